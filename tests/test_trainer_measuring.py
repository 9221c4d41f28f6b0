"""Measuring: the probe, densities, accuracy, drift and curves, and that looking changes nothing."""

import copy
import random

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from bnviz import Trainer
from bnviz.snapshot import FIELDS, SITES

ARMS = ("none", "batch", "layer")


def in_groups(inputs, size):
    """A list of whole groups; the remainder is left out."""
    return [inputs[start : start + size] for start in range(0, len(inputs) - size + 1, size)]


def probe_values(trainer, arm, inputs, site="affine_output"):
    """Values (layer, example, unit) of the probe at a site, group after group."""
    size = min(trainer.config.batch_size, len(inputs))
    running = trainer.config.statistics == "running"
    measured = [
        [values[site][0].numpy() for _, values in list(trainer.networks[arm].measure(group[None], running))[:-1]]
        for group in in_groups(inputs[: max(256, size)], size)
    ]
    return np.concatenate(measured, axis=1)


# ---------------------------------------------------------------------- the probe


@pytest.mark.parametrize(
    ("batch_size", "examples"),
    [(1, 256), (2, 256), (3, 255), (24, 240), (64, 256), (192, 192), (256, 256), (384, 384), (500, 500), (1024, 500)],
)
def test_the_probe_is_256_examples_or_one_batch_in_whole_groups(small, batch_size, examples):
    snapshot = Trainer(small(batch_size=batch_size)).snapshot(fields=("density", "underflow", "overflow", "nonfinite"))
    for site in SITES:
        outside = snapshot.underflow[site] + snapshot.overflow[site] + snapshot.nonfinite[site]
        np.testing.assert_array_equal(snapshot.density[site].sum(axis=2) + outside, examples * 16)


@pytest.mark.parametrize("statistics", ["batch", "running"])
@pytest.mark.parametrize("batch_size", [2, 24, 64, 400])
def test_densities_and_moments_are_those_of_the_probe_group_by_group(small, plain_run, batch_size, statistics):
    trainer = Trainer(small(normalizers=ARMS, placement="after", statistics=statistics), dtype=torch.float64)
    trainer.advance(15)
    trainer.change(batch_size=batch_size)
    snapshot = trainer.snapshot()
    for index, arm in enumerate(ARMS):
        inputs = plain_run(trainer, arm).test_inputs
        for site in SITES:
            edges = snapshot.edges[site]
            for layer, values in enumerate(probe_values(trainer, arm, inputs, site)):
                assert snapshot.mean[site][index, layer] == pytest.approx(values.mean(), rel=1e-9, abs=1e-12)
                assert snapshot.std[site][index, layer] == pytest.approx(values.std(), rel=1e-9, abs=1e-12)
                moved = np.abs(np.histogram(values, edges)[0] - snapshot.density[site][index, layer])
                assert moved.sum() <= 0.001 * values.size  # a value on an edge may be rounded to either side


def test_a_batch_of_two_is_normalized_to_plus_and_minus_one(small):
    trainer = Trainer(small(batch_size=2, eps=1e-8, activation="tanh", normalizers=("batch",)), dtype=torch.float64)
    snapshot = trainer.snapshot(fields=("density/normalized", "mean/normalized"))
    edges = snapshot.edges["normalized"]
    touching_one = [i for i in range(len(edges) - 1) if 1 in (abs(edges[i]), abs(edges[i + 1]))]
    counts = snapshot.density["normalized"][0]
    assert (counts[:, touching_one].sum(axis=1) > 0.99 * counts.sum(axis=1)).all()
    np.testing.assert_allclose(snapshot.mean["normalized"], 0, atol=1e-12)


# ---------------------------------------------------------------------- accuracy


@pytest.mark.parametrize("batch_size", [2, 64, 300, 1024])
def test_accuracy_is_the_share_guessed_rightly_group_by_group_with_batch_and_with_running_statistics(
    small, plain_run, batch_size
):
    trainer = Trainer(small(normalizers=ARMS, dataset="digits", learning_rate=0.5, input_shift=0.5), torch.float64)
    trainer.advance(30)
    trainer.change(batch_size=batch_size)
    snapshot = trainer.snapshot()
    for index, arm in enumerate(ARMS):
        data = plain_run(trainer, arm)
        size = min(batch_size, len(data.test_inputs))
        for accuracy, training in ((snapshot.test_accuracy, True), (snapshot.test_accuracy_running, False)):
            network = copy.deepcopy(trainer.networks[arm]).train(training)
            right, seen = 0, 0
            pairs = zip(in_groups(data.test_inputs, size), in_groups(data.test_targets, size), strict=True)
            for inputs, targets in pairs:
                guesses = network(inputs + 0.5).argmax(1)
                right += sum(int(guess == target) for guess, target in zip(guesses, targets, strict=True))
                seen += len(targets)
            assert accuracy[index] == pytest.approx(right / seen, abs=1e-12)


def test_accuracies_differ_only_where_running_statistics_are_kept(small):
    trainer = Trainer(small(normalizers=ARMS))
    trainer.advance(10)
    snapshot = trainer.snapshot()
    np.testing.assert_array_equal(snapshot.test_accuracy == snapshot.test_accuracy_running, [True, False, True])


# ---------------------------------------------------------------------- drift


def drift_from_scratch(before, now):
    """From the definition, one unit after the other; before and now of shape (example, unit)."""
    layer_spread = np.std(np.concatenate([before, now]))
    moved = []
    for unit in range(now.shape[1]):
        then, there = before[:, unit], now[:, unit]
        spread = max(np.std(np.concatenate([then, there])), layer_spread / 100)
        moved.append(wasserstein_distance(then, there) / spread)
    return np.mean(moved)


@pytest.mark.parametrize(
    "settings", [{}, {"statistics": "running"}, {"placement": "after", "batch_size": 400}], ids=str
)
def test_drift_is_that_between_the_probe_now_and_ten_steps_before(small, plain_run, settings):
    trainer = Trainer(small(normalizers=ARMS, **settings), dtype=torch.float64)
    inputs = {arm: plain_run(trainer, arm).test_inputs for arm in ARMS}
    before = {arm: probe_values(trainer, arm, inputs[arm]) for arm in ARMS}
    for batch_size in (trainer.config.batch_size, 24, 7):  # groups of another size leave another remainder
        trainer.change(batch_size=batch_size)
        trainer.advance(10)
        drift = trainer.snapshot(fields=("drift",)).drift
        for index, arm in enumerate(ARMS):
            now = probe_values(trainer, arm, inputs[arm])
            expected = [drift_from_scratch(*pair) for pair in zip(before[arm], now, strict=True)]
            np.testing.assert_allclose(drift[index], expected, rtol=1e-9)
            before[arm] = now


def test_drift_is_not_a_number_before_step_10_and_moves_on_every_tenth(small):
    trainer = Trainer(small())
    drifts = []
    for _ in range(31):
        drifts.append(trainer.snapshot(fields=("drift",)).drift)
        trainer.advance()
    assert all(np.isnan(drift).all() for drift in drifts[:10])
    for start in (10, 20):
        assert np.isfinite(drifts[start]).all()
        assert all(np.array_equal(drift, drifts[start]) for drift in drifts[start : start + 10])
    assert not np.array_equal(drifts[10], drifts[20])
    assert not np.array_equal(drifts[20], drifts[30])


# ---------------------------------------------------------------------- curves


def test_the_loss_curve_holds_the_loss_of_every_step(small):
    trainer = Trainer(small(normalizers=ARMS))
    losses = []
    for _ in range(15):
        trainer.advance()
        losses.append(trainer.snapshot(fields=("train_loss",)).train_loss)
    snapshot = trainer.snapshot(fields=("loss_steps", "loss_history"))
    assert snapshot.loss_steps.tolist() == list(range(1, 16))
    np.testing.assert_array_equal(snapshot.loss_history, np.array(losses, np.float32).T)


def test_the_accuracy_curves_hold_every_tenth_step_and_now(small):
    trainer = Trainer(small())
    seen = []
    for steps in (0, 10, 10, 10, 4):
        trainer.advance(steps)
        snapshot = trainer.snapshot()
        seen.append((snapshot.test_accuracy, snapshot.test_accuracy_running))
    assert snapshot.accuracy_steps.tolist() == [0, 10, 20, 30, 34]
    np.testing.assert_array_equal(snapshot.accuracy_history, np.array(seen, np.float32)[:, 0].T)
    np.testing.assert_array_equal(snapshot.accuracy_running_history, np.array(seen, np.float32)[:, 1].T)


def test_the_accuracy_curve_ends_in_what_a_knob_has_just_made_of_it(small):
    trainer = Trainer(small(normalizers=("batch",), learning_rate=0.5))
    trainer.advance(60)
    at_first = trainer.snapshot()
    trainer.change(gamma=0, affine="held")
    at_once = trainer.snapshot()
    assert at_once.accuracy_steps.tolist() == at_first.accuracy_steps.tolist() == [0, 10, 20, 30, 40, 50, 60]
    np.testing.assert_array_equal(at_once.accuracy_history[:, :-1], at_first.accuracy_history[:, :-1])
    assert at_once.accuracy_history[0, -1] == np.float32(at_once.test_accuracy[0]) < at_first.test_accuracy[0]


def test_curves_are_bounded_however_long_a_run_is(small):
    trainer = Trainer(small(depth=1, width=2, normalizers=("none",)))
    trainer.advance(1000)
    steps = trainer.snapshot(fields=("loss_steps",)).loss_steps
    assert 200 <= len(steps) <= 401
    assert (steps[0], steps[-1]) == (1, 1000)
    assert len(set(np.diff(steps[:-1]))) == 1


# ---------------------------------------------------------------------- looking changes nothing


@pytest.mark.parametrize("fields", [(), ("drift",), None], ids=["nothing", "drift", "everything"])
def test_a_run_is_the_same_whatever_was_looked_at_in_between(small, assert_identical, fields):
    looked, unseen = (Trainer(small(normalizers=ARMS, sgd_momentum=0.5)) for _ in range(2))

    def train(trainer, steps, look):
        for steps_at_once in [1] * steps if look else [steps]:
            trainer.advance(steps_at_once)
            if look:
                trainer.snapshot(fields)

    for knobs in ({"gamma": 2.0}, {"batch_size": 20, "statistics": "running"}, {"affine": "held", "eps": 0.1}):
        for trainer in (looked, unseen):
            train(trainer, 13, look=trainer is looked)
            trainer.change(**knobs)
    assert_identical(looked, unseen)


def state_of_the_world(trainer):
    """All that measuring could touch, as one comparable value."""
    weights = {
        (arm, name): value.numpy().tobytes()
        for arm, network in trainer.networks.items()
        for name, value in network.state_dict().items()
    }
    parameters = [p for network in trainer.networks.values() for p in network.parameters()]
    return {
        "weights, running statistics, batches tracked": weights,
        "gradients": [p.grad for p in parameters],
        "learnable": [p.requires_grad for p in parameters],
        "modes": [module.training for network in trainer.networks.values() for module in network.modules()],
        "torch's random stream": torch.get_rng_state().tolist(),
        "NumPy's random stream": np.random.get_state()[1].tolist(),
        "Python's random stream": random.getstate(),
        "gradients are recorded": torch.is_grad_enabled(),
        "hooks": [len(m._forward_hooks) for network in trainer.networks.values() for m in network.modules()],
    }


@pytest.mark.parametrize("statistics", ["batch", "running"])
def test_measuring_leaves_no_trace(small, statistics):
    trainer = Trainer(small(normalizers=ARMS, statistics=statistics, affine="held"))
    trainer.advance(12)
    before = state_of_the_world(trainer)
    trainer.snapshot()
    for path in FIELDS:
        trainer.snapshot(fields=(path,))
    trainer.save()
    after = state_of_the_world(trainer)
    assert [name for name in before if before[name] != after[name]] == []


def test_a_refused_snapshot_leaves_no_trace_either(small):
    trainer = Trainer(small())
    before = state_of_the_world(trainer)
    with pytest.raises(ValueError, match="no field 'losses'"):
        trainer.snapshot(fields=("drift", "losses"))
    assert state_of_the_world(trainer) == before


def test_neither_starting_nor_training_touches_the_random_streams_of_the_process(small):
    torch.manual_seed(987)  # a state that no earlier test has left behind
    streams = [torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()]
    Trainer(small(normalizers=ARMS, noise=0.5)).advance(60)
    assert [torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()] == streams
