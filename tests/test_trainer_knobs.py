"""Knobs: what each one does to the networks, when, and what is refused."""

import math

import numpy as np
import pytest
import torch

from bnviz import Trainer, registry
from bnviz.config import FIELDS, KNOBS
from bnviz.fields import Choice
from bnviz.snapshot import TEXT_FIELDS

ARMS = ("none", "batch", "layer")
PARTS = [("gamma", "weight", 2.0), ("beta", "bias", -1.5)]


def values_of(trainer, arm, part):
    """γ (weight) or β (bias) of every layer, (layer, unit)."""
    return torch.stack([getattr(normalizer, part) for normalizer in trainer.networks[arm].normalizers]).detach().numpy()


def another_value(config, name):
    """An allowed value of a knob other than the one it has."""
    allowed = FIELDS[name].range
    values = allowed.options() if isinstance(allowed, Choice) else (*allowed.stops[3:], 1 if allowed.integer else 0.75)
    return next(value for value in values if value != getattr(config, name))


# ---------------------------------------------------------------------- all knobs


@pytest.mark.parametrize("name", KNOBS)
def test_every_knob_has_an_effect(small, name):
    """Started from held γ and β and with momentum, so that each knob alone has something to act on."""
    one, other = (Trainer(small(affine="held", sgd_momentum=0.5)) for _ in range(2))
    value = another_value(one.config, name)
    for trainer in (one, other):
        trainer.advance(5)
        if trainer is other:
            trainer.change(**{name: value})
        trainer.advance(5)
    assert one.snapshot().knobs | {name: value} == other.snapshot().knobs
    ours, theirs = ({**t.snapshot().values, **t.networks["batch"].state_dict()} for t in (one, other))
    numbers = ours.keys() - set(TEXT_FIELDS)
    assert any(not np.array_equal(ours[key], theirs[key], equal_nan=True) for key in numbers)


@pytest.mark.parametrize("name", KNOBS)
def test_a_knob_set_to_what_it_is_changes_nothing(small, name, assert_identical):
    one, other = (Trainer(small(affine="held", gamma=1.5, sgd_momentum=0.5)) for _ in range(2))
    for trainer in (one, other):
        trainer.advance(5)
        if trainer is other:
            trainer.change(**{name: getattr(trainer.config, name)})
        trainer.advance(5)
    assert_identical(one, other)


@pytest.mark.parametrize(
    "knobs",
    [{"gamma": 2.0}, {"beta": 1.0}, {"eps": 10.0}, {"batch_size": 8}, {"input_scale": 3.0}, {"input_shift": 1.0}],
)
def test_a_knob_of_the_forward_pass_is_measured_at_the_same_step(small, knobs):
    trainer = Trainer(small())
    trainer.advance(5)
    before = trainer.snapshot()
    trainer.change(**knobs)
    after = trainer.snapshot()
    assert after.step == before.step
    assert after.knobs == before.knobs | knobs
    assert not np.array_equal(after.density["affine_output"], before.density["affine_output"])


# ---------------------------------------------------------------------- γ and β


@pytest.mark.parametrize(("knob", "part", "value"), PARTS)
@pytest.mark.parametrize("affine", ["learned", "held"])
def test_gamma_and_beta_are_set_at_once_in_all_layers(small, knob, part, value, affine):
    trainer = Trainer(small(normalizers=ARMS, activation="tanh"))
    trainer.advance(5)
    trainer.change(**{knob: value, "affine": affine})
    for arm in ("batch", "layer"):
        assert (values_of(trainer, arm, part) == value).all()
    trainer.advance(5)
    for arm in ("batch", "layer"):
        assert (values_of(trainer, arm, part) == value).all() == (affine == "held")
        assert np.abs(values_of(trainer, arm, part) - value).max() < 0.5


@pytest.mark.parametrize(("knob", "part", "value"), PARTS)
@pytest.mark.parametrize("affine", ["learned", "held"])
def test_gamma_and_beta_are_set_in_one_layer_and_the_others_go_on_learning(small, knob, part, value, affine):
    trainer, undisturbed = (Trainer(small(activation="tanh")) for _ in range(2))
    for one in (trainer, undisturbed):
        one.advance(5)
    trainer.change(**{knob: value, "affine": affine, "affine_layer": 2})
    first, second, third = values_of(trainer, "batch", part)
    assert (second == value).all()
    np.testing.assert_array_equal([first, third], values_of(undisturbed, "batch", part)[[0, 2]])
    trainer.advance(5)
    moved = values_of(trainer, "batch", part)
    assert (moved[1] == value).all() == (affine == "held")
    assert not np.array_equal(moved[0], first)
    assert not np.array_equal(moved[2], third)


def test_a_run_can_start_with_gamma_and_beta_set_or_held(small):
    set_in_one = Trainer(small(gamma=3, affine_layer=1))
    np.testing.assert_array_equal(values_of(set_in_one, "batch", "weight")[:, 0], [3, 1, 1])
    held = Trainer(small(gamma=3, beta=1, affine="held"))
    held.advance(10)
    assert (values_of(held, "batch", "weight") == 3).all()
    assert (values_of(held, "batch", "bias") == 1).all()


def test_holding_puts_gamma_where_the_slider_stands_and_letting_go_learns_on_from_there(small):
    trainer = Trainer(small())
    trainer.advance(10)
    assert (values_of(trainer, "batch", "weight") != 1).any()
    trainer.change(affine="held")
    assert (values_of(trainer, "batch", "weight") == 1).all()
    trainer.advance(10)
    trainer.change(affine="learned")
    assert (values_of(trainer, "batch", "weight") == 1).all()
    trainer.advance(1)
    assert (values_of(trainer, "batch", "weight") != 1).any()


def test_a_layer_no_longer_meant_learns_on_from_where_it_was_held(small):
    trainer = Trainer(small(gamma=2, affine="held"))
    trainer.advance(3)
    trainer.change(affine_layer=3)
    np.testing.assert_array_equal(values_of(trainer, "batch", "weight"), 2)
    trainer.advance(3)
    held = (values_of(trainer, "batch", "weight") == 2).all(axis=1)
    assert held.tolist() == [False, False, True]


def test_learned_gamma_and_beta_are_left_alone_by_the_other_knobs(small):
    trainer = Trainer(small())
    trainer.advance(10)
    learned = values_of(trainer, "batch", "weight")
    trainer.change(eps=1e-3, learning_rate=0.2, affine_layer=2, batch_size=16, input_scale=2, statistics="running")
    np.testing.assert_array_equal(values_of(trainer, "batch", "weight"), learned)


def test_the_output_of_held_batch_norm_has_mean_beta_and_spread_gamma(small):
    held = small(gamma=0.5, beta=2, affine="held", normalizers=("batch",), activation="tanh", eps=1e-8)
    snapshot = Trainer(held).snapshot()
    np.testing.assert_allclose(snapshot.mean["affine_output"], 2, atol=1e-5)
    np.testing.assert_allclose(snapshot.std["affine_output"], 0.5, rtol=1e-4)


# ---------------------------------------------------------------------- ε, momentum, inputs


@pytest.mark.parametrize("arm", registry.entries("normalizers"))
def test_epsilon_and_momentum_reach_the_modules(small, arm):
    trainer = Trainer(small(normalizers=(arm,), eps=1e-3, momentum=0.25))
    for eps, momentum in ((1e-3, 0.25), (0.1, 1.0), (1e-8, 0.0)):
        trainer.change(eps=eps, momentum=momentum)
        normalizers = trainer.networks[arm].normalizers
        assert {normalizer.eps for normalizer in normalizers} == {eps}
        assert {normalizer.momentum for normalizer in normalizers if normalizer.running_statistics} <= {momentum}


@pytest.mark.parametrize("affine", ["learned", "held"])
def test_rms_norm_has_gamma_to_be_set_and_held_and_no_beta(small, affine):
    trainer = Trainer(small(normalizers=("rms",), gamma=2.0, beta=1.0, affine=affine))
    assert (values_of(trainer, "rms", "weight") == 2).all()
    trainer.advance(5)
    assert (values_of(trainer, "rms", "weight") == 2).all() == (affine == "held")
    assert not any("normalizer.bias" in name for name in trainer.networks["rms"].state_dict())
    site = trainer.snapshot(fields=("std",)).std
    if affine == "held":
        np.testing.assert_allclose(site["affine_output"], 2 * site["normalized"], rtol=1e-5)


def test_momentum_zero_keeps_the_running_statistics_and_one_takes_the_last_batch(small, plain_run):
    trainer = Trainer(small(momentum=0, normalizers=("batch",)), dtype=torch.float64)
    first = trainer.networks["batch"].normalizers[0]
    trainer.advance(3)
    assert (first.running_mean == 0).all()
    assert (first.running_var == 1).all()
    run = plain_run(trainer, "batch")
    for _ in range(4):
        inputs, _ = run.batch()  # the trainer's fourth batch
    linear = trainer.networks["batch"].layers[0].linear
    pre_activation = linear(inputs).detach()
    trainer.change(momentum=1)
    trainer.advance(1)
    torch.testing.assert_close(first.running_mean, pre_activation.mean(0))
    torch.testing.assert_close(first.running_var, pre_activation.var(0))


@pytest.mark.parametrize("eps", [1e-8, 0.1, 10.0])
def test_epsilon_weakens_the_normalization_as_the_formula_says(small, plain_run, eps):
    trainer = Trainer(small(eps=eps, batch_size=256, normalizers=("batch",)), dtype=torch.float64)
    probe = plain_run(trainer, "batch").test_inputs[:256]
    variance = trainer.networks["batch"].layers[0].linear(probe).detach().var(0, correction=0)
    expected = math.sqrt((variance / (variance + eps)).mean())
    assert trainer.snapshot().std["normalized"][0, 0] == pytest.approx(expected, rel=1e-9)


def test_scale_and_shift_of_the_inputs_are_seen_in_measuring(small, plain_run):
    trainer = Trainer(small(normalizers=("none",)), dtype=torch.float64)
    trainer.change(input_scale=3, input_shift=-2)
    probe = plain_run(trainer, "none").test_inputs[:256]
    expected = trainer.networks["none"].layers[0].linear(3 * probe - 2).mean().item()
    assert trainer.snapshot().mean["pre_activation"][0, 0] == pytest.approx(expected)


def test_batch_norm_does_not_see_the_scale_of_the_inputs(small):
    mild, strong = (Trainer(small(eps=1e-8, input_scale=scale), dtype=torch.float64) for scale in (1, 100))
    mild.networks["batch"].layers[0].linear.bias.data.zero_()
    strong.networks["batch"].layers[0].linear.bias.data.zero_()
    mild, strong = (trainer.snapshot().std["affine_output"] for trainer in (mild, strong))
    np.testing.assert_allclose(mild[1], strong[1], rtol=1e-4)
    assert (strong[0] > 3 * mild[0]).all()


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"depth": 3}, r"^depth is part of the structure: start a new run to change it; knobs are batch_size, "),
        ({"normalizers": ("layer",)}, r"^normalizers is part of the structure: start a new run to change it; knobs"),
        ({"gama": 3}, r"^gama is no field; knobs are batch_size, .*, input_shift$"),
        ({"gamma": 9}, r"^gamma must lie between 0 and 5, got 9$"),
        ({"gamma": "2"}, r"^gamma must be a finite number, got '2'$"),
        ({"eps": math.nan}, r"^eps must be a finite number, got nan$"),
        ({"batch_size": 2.5}, r"^batch_size must be a whole number, got 2.5$"),
        ({"affine": "frozen"}, r"^affine must be one of learned, held, got 'frozen'$"),
        ({"affine_layer": 4}, r"^affine_layer must be 'all' or a layer up to the depth of 3, got '4'$"),
        ({"beta": 1, "gamma": 2, "eps": -1}, r"^eps must lie between 1e-08 and 100, got -1$"),
    ],
)
def test_a_refused_change_says_why_and_leaves_the_run_as_it_was(small, assert_identical, knobs, message):
    trainer, undisturbed = Trainer(small()), Trainer(small())
    trainer.advance(3)
    with pytest.raises(ValueError, match=message):
        trainer.change(**knobs)
    trainer.advance(3)
    undisturbed.advance(6)
    assert_identical(trainer, undisturbed)
