"""The four steps and the three terms, against torch's autograd."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bnviz.transform import agreement, bound
from bnviz.transform.arithmetic import Steps, Terms, upstream

EPS = [1e-8, 1e-5, 1e-2, 1.0, 100.0]
batches = st.builds(
    lambda size, seed, scale: np.random.default_rng(seed).normal(2, scale, size),
    st.integers(2, 200), st.integers(0, 10_000), st.sampled_from([1e-3, 1.0, 5.0]),
)  # fmt: skip


def traced(x, gamma, beta, eps, stopped=False):
    """x, and what batch norm makes of it, written out in torch; ``stopped``: no gradient through the statistics."""
    leaf = torch.tensor(x, requires_grad=True)
    mean, var = leaf.mean(), leaf.var(correction=0)
    if stopped:
        mean, var = mean.detach(), var.detach()
    return leaf, gamma * (leaf - mean) / (var + eps).sqrt() + beta


@given(batches, st.floats(-3, 3), st.floats(-5, 5), st.sampled_from(EPS))
def test_the_steps_end_where_torch_does(x, gamma, beta, eps):
    steps = Steps(x, gamma, beta, eps)
    _, outputs = traced(x, gamma, beta, eps)
    np.testing.assert_allclose(steps.y, outputs.detach().numpy(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(gamma * steps.normalized + beta, steps.y, rtol=1e-12, atol=1e-12)
    assert steps.normalized.std() == pytest.approx(steps.kept)
    assert steps.y.std() == pytest.approx(abs(steps.gain) * x.std())


@given(batches, st.sampled_from(EPS), st.floats(0.1, 3), st.integers(0, 100))
def test_the_terms_add_up_to_torchs_gradient(x, eps, gamma, seed):
    steps, sent = Steps(x, gamma, 1.0, eps), np.random.default_rng(seed).normal(size=len(x))
    leaf, outputs = traced(x, gamma, 1.0, eps)
    (whole,) = torch.autograd.grad(outputs, [leaf], torch.from_numpy(sent))
    terms = Terms(steps.normalized, sent)
    scale = abs(steps.gain)
    np.testing.assert_allclose(steps.gain * terms.total, whole.numpy(), rtol=1e-7, atol=1e-9 * scale)
    leaf, outputs = traced(x, gamma, 1.0, eps, stopped=True)
    (direct,) = torch.autograd.grad(outputs, [leaf], torch.from_numpy(sent))
    np.testing.assert_allclose(steps.gain * terms.direct, direct.numpy(), rtol=1e-9, atol=1e-12 * scale)
    np.testing.assert_allclose(terms.all[:3].sum(0), terms.all[3], atol=1e-12)


def test_what_only_shifts_or_stretches_is_taken_away():
    steps = Steps(np.random.default_rng(0).normal(size=20), 1.5, 1.0, 1e-8)
    drawn = np.random.default_rng(1).normal(size=20)
    for kind in ("alike", "along"):
        assert abs(Terms(steps.normalized, upstream(kind, drawn, steps, 3)).total).max() < 1e-6
    one = upstream("one", drawn, steps, 3)
    assert one.tolist() == [0] * 3 + [1] + [0] * 16
    assert (abs(Terms(steps.normalized, one).total) > 1e-4).all()  # one output's gradient reaches all inputs
    assert upstream("drawn", drawn, steps, 3) is drawn


@given(batches, st.sampled_from(EPS))
def test_no_value_is_beyond_the_bound(x, eps):
    assert bound.largest(x, eps) <= np.sqrt(len(x) - 1) + 1e-9


@pytest.mark.parametrize("size", [2, 3, 17, 1024])
def test_one_apart_reaches_the_bound(size):
    assert bound.largest(np.eye(1, size)[0], 1e-12) == pytest.approx(np.sqrt(size - 1))


def test_of_two_values_only_their_order_is_left():
    np.testing.assert_allclose(Steps(np.array([7.0, -200.0]), 1.0, 0.0, 1e-8).normalized, [1, -1])


@pytest.mark.parametrize("size", [2, 5, 64, 1024])
@pytest.mark.parametrize("eps", EPS)
def test_numpy_and_torch_agree(size, eps):
    x, sent = np.random.default_rng(size).normal(3, 2, (2, size))
    assert max(agreement.differences(Steps(x, 1.5, 1.0, eps), sent).values()) < 1e-11


def test_the_comparison_sees_a_difference(monkeypatch):
    """So that it cannot agree by looking at the same thing twice."""
    x, sent = np.random.default_rng(0).normal(3, 2, (2, 8))
    right = agreement.batch.reference_backward
    monkeypatch.setattr(agreement.batch, "reference_backward", lambda *asked: [2 * part for part in right(*asked)])
    found = agreement.differences(Steps(x, 1.5, 1.0, 1e-5), sent)
    assert found["y"] < 1e-12
    assert min(found[name] for name in ("dL/dx", "dL/dγ", "dL/dβ")) > 1e-3


def test_a_batch_of_one_is_refused_in_torchs_words():
    steps = Steps(np.array([4.0]), 1.5, 1.0, 1e-5)
    assert steps.y.tolist() == [1.0]
    assert "Expected more than 1 value per channel when training" in agreement.words(steps, np.ones(1))
