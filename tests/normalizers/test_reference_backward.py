"""The backward pass of batch norm in NumPy, against torch and against the equations of the paper."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from bnviz.normalizers.batch import reference, reference_backward


def drawn(examples, units, seed):
    generator = np.random.default_rng(seed)
    inputs, sent = generator.normal(3, 2, (2, examples, units))
    gamma, beta = generator.normal(0, 1, (2, units))
    return inputs, gamma, beta, sent


def by_torch(inputs, gamma, beta, eps, sent):
    module = nn.BatchNorm1d(len(gamma), eps=eps, dtype=torch.float64)
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(gamma))
        module.bias.copy_(torch.from_numpy(beta))
    leaf = torch.tensor(inputs, requires_grad=True)
    outputs = module(leaf)
    gradients = torch.autograd.grad(outputs, [leaf, module.weight, module.bias], torch.from_numpy(sent))
    return [outputs.detach().numpy(), *(gradient.numpy() for gradient in gradients)]


def by_the_paper(inputs, gamma, eps, sent):
    """Ioffe & Szegedy 2015, section 3, one equation after the other."""
    m, centred = len(inputs), inputs - inputs.mean(0)
    var = (centred**2).mean(0) + eps
    normalized_gradient = sent * gamma
    var_gradient = (normalized_gradient * centred).sum(0) * -0.5 * var**-1.5
    mean_gradient = -normalized_gradient.sum(0) / np.sqrt(var) + var_gradient * (-2 * centred).sum(0) / m
    input_gradient = normalized_gradient / np.sqrt(var) + var_gradient * 2 * centred / m + mean_gradient / m
    return input_gradient, (sent * centred / np.sqrt(var)).sum(0), sent.sum(0)


@pytest.mark.parametrize("eps", [1e-8, 1e-5, 1.0, 100.0])
@pytest.mark.parametrize("examples", [2, 3, 16, 1024])
def test_it_is_torchs(examples, eps):
    inputs, gamma, beta, sent = drawn(examples, 5, seed=examples)
    ours = [reference(inputs, gamma, beta, eps), *reference_backward(inputs, gamma, eps, sent)]
    for mine, theirs in zip(ours, by_torch(inputs, gamma, beta, eps, sent), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


@given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 1000), st.sampled_from([1e-5, 1e-2, 10.0]))
def test_it_is_the_papers(examples, units, seed, eps):
    inputs, gamma, _, sent = drawn(examples, units, seed)
    pairs = zip(reference_backward(inputs, gamma, eps, sent), by_the_paper(inputs, gamma, eps, sent), strict=True)
    for mine, theirs in pairs:
        np.testing.assert_allclose(mine, theirs, rtol=1e-7, atol=1e-9)


@given(st.integers(2, 40), st.integers(0, 1000), st.sampled_from([1e-5, 1e-2, 10.0]))
def test_what_shifts_or_stretches_all_inputs_gets_no_gradient(examples, seed, eps):
    inputs, gamma, _, sent = drawn(examples, 3, seed)
    found, gamma_gradient, _ = reference_backward(inputs, gamma, eps, sent)
    spread = np.sqrt(inputs.var(0) + eps)
    normalized = (inputs - inputs.mean(0)) / spread
    np.testing.assert_allclose(found.sum(0), 0, atol=1e-9 * abs(gamma / spread).max())
    expected = gamma * gamma_gradient * eps / spread**3
    np.testing.assert_allclose((found * normalized).sum(0), expected, atol=1e-9 * abs(gamma / spread).max())


def test_one_example_gets_no_gradient():
    inputs, gamma, _, sent = drawn(1, 3, seed=0)
    found, gamma_gradient, beta_gradient = reference_backward(inputs, gamma, 1e-5, sent)
    assert not found.any()
    assert not gamma_gradient.any()
    np.testing.assert_array_equal(beta_gradient, sent[0])
