"""Pairing: arms differ in their normalizer alone, and a seed gives three streams that do not touch each other."""

import itertools
from functools import cache

import numpy as np
import pytest
import torch

from bnviz import Trainer, registry
from bnviz.config import FIELDS

ALL = tuple(registry.entries("normalizers"))
FOURS = [(ALL * 2)[start : start + 4] for start in range(len(ALL))]  # each arm with each of the next three
ACTIVATIONS, PLACEMENTS, INITS = (list(FIELDS[name].range.options()) for name in ("activation", "placement", "init"))


def linear_weights(trainer, arm):
    return {name: value for name, value in trainer.networks[arm].state_dict().items() if "normalizer" not in name}


def assert_equal_weights(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def history(trainer, arm):
    snapshot = trainer.snapshot(fields=("loss_history",))
    return snapshot.loss_history[snapshot.arms.index(arm)]


@pytest.mark.parametrize(("activation", "placement", "init"), [*itertools.product(ACTIVATIONS, PLACEMENTS, INITS)])
@pytest.mark.parametrize("arms", [FOURS[0], FOURS[4]], ids="-".join)
def test_all_nets_start_alike_and_stay_finite(small, arms, activation, placement, init):
    trainer = Trainer(small(normalizers=arms, activation=activation, placement=placement, init=init))
    for arm in arms[1:]:
        assert_equal_weights(linear_weights(trainer, arms[0]), linear_weights(trainer, arm))
    trainer.advance(12)
    snapshot = trainer.snapshot()
    assert snapshot.diverged == {}
    for name in ("train_loss", "test_accuracy", "drift", "gradient_rms", "loss_history"):
        assert np.isfinite(getattr(snapshot, name)).all(), name
    assert all(not lost.any() for lost in snapshot.nonfinite.values())


@pytest.fixture(scope="module")
def alone(small):
    """Makes a run of one arm by itself, once for each."""

    @cache
    def make(arm, optimizer):
        trainer = Trainer(small(normalizers=(arm,), sgd_momentum=0.5, optimizer=optimizer))
        trainer.advance(25)
        return trainer

    return make


COMPANIES = [*FOURS, *(four[::-1] for four in FOURS), *itertools.permutations(("none", "batch", "layer"), 2)]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("company", COMPANIES, ids="-".join)
def test_an_arm_trains_with_the_same_numbers_in_any_company(small, alone, company, optimizer):
    together = Trainer(small(normalizers=company, sgd_momentum=0.5, optimizer=optimizer))
    together.advance(25)
    for arm in company:
        by_itself = alone(arm, optimizer)
        np.testing.assert_array_equal(history(together, arm), history(by_itself, arm))
        assert_equal_weights(together.networks[arm].state_dict(), by_itself.networks[arm].state_dict())


VARIANTS = [
    {"noise": 1.0}, {"batch_size": 7}, {"input_scale": 3.0}, {"learning_rate": 1.0}, {"sgd_momentum": 0.9},
    {"placement": "after"}, {"activation": "tanh"}, {"gamma": 2.0}, {"normalizers": ("batch", "layer", "none")},
    {"normalizers": ("rms", "group", "none", "batch")}, {"optimizer": "adam"},
]  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_the_starting_weights_depend_on_seed_and_shape_alone(small, variant):
    assert_equal_weights(linear_weights(Trainer(small()), "batch"), linear_weights(Trainer(small(**variant)), "batch"))


@pytest.mark.parametrize("variant", [*VARIANTS, {"width": 40}, {"depth": 1}, {"init": "gain"}, {"seed": 5}], ids=str)
def test_data_and_order_come_from_their_own_streams_whatever_else_is_drawn(small, plain_run, variant):
    trainer = Trainer(small(**{"normalizers": ("none",)} | variant), dtype=torch.float64)
    run = plain_run(trainer, "none")  # which derives both from the seed
    expected = [run.step() for _ in range(12)]
    trainer.advance(12)
    np.testing.assert_allclose(history(trainer, "none"), expected, rtol=1e-6)


def test_another_seed_changes_data_weights_and_order(small, plain_run):
    trainers = [Trainer(small(seed=seed)) for seed in (0, 1)]
    one, other = (plain_run(trainer, "none") for trainer in trainers)
    assert not torch.equal(one.train_inputs, other.train_inputs)
    assert not torch.equal(one.linears[0].weight, other.linears[0].weight)
    assert not np.array_equal(one.shuffle.permutation(1500), other.shuffle.permutation(1500))
