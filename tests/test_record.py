"""What is kept of a run: histories against snapshots taken on the way, their thinning, recent losses, the ghost."""

import numpy as np
import pytest
import torch

from bnviz import Trainer, keeping
from bnviz.snapshot import SITES

ARMS = ("none", "batch", "layer")
PATHS = ("drift", "percentiles/affine_output", "profile/affine_output")
COURSE = {  # what changes right after a row of the grid
    10: {"gamma": 2.0, "affine_layer": 2}, 20: {"batch_size": 24, "statistics": "running"},
    30: {"input_scale": 30, "learning_rate": 0.3},
}  # fmt: skip


def probe_values(trainer, run, layer):
    """Values (example, unit) of a layer's affine output on the probe, group after group, each by its own statistics."""
    size, values = trainer.config.batch_size, []
    for start in range(0, 256 - size + 1, size):
        flowing = run.test_inputs[start : start + size]
        for module in list(trainer.networks[run.arm].layers)[:layer]:
            flowing, sites = module.sites(flowing[None], running=False)
            flowing = flowing[0]
        values.append(sites["affine_output"][0].detach().numpy())
    return np.concatenate(values)


# ---------------------------------------------------------------------- percentiles


@pytest.mark.parametrize("batch_size", [24, 64])
def test_percentiles_are_those_of_numpy_over_all_units_or_of_one(small, plain_run, batch_size):
    trainer = Trainer(small(normalizers=ARMS, batch_size=batch_size), dtype=torch.float64)
    trainer.advance(5)
    for unit in (0, 1, 7, 16):
        trainer.change(unit=unit)
        found = trainer.snapshot(fields=("percentiles",)).percentiles["affine_output"]
        for index, arm in enumerate(ARMS):
            run = plain_run(trainer, arm)
            run.arm = arm
            for layer in (1, 2, 3):
                values = probe_values(trainer, run, layer)
                chosen = values[:, unit - 1] if unit else values
                np.testing.assert_allclose(found[index, layer - 1], np.percentile(chosen, [15, 50, 85]), rtol=1e-9)


# ---------------------------------------------------------------------- histories


def looked_at(trainer):
    """A snapshot for every unit, and for all of them together."""
    found = {}
    for unit in range(trainer.config.width + 1):
        trainer.change(unit=unit)
        found[unit] = trainer.snapshot(fields=PATHS)
    trainer.change(unit=0)
    return found


def test_histories_are_what_snapshots_on_the_way_showed_in_each_layer_and_unit(small):
    trainer = Trainer(small(normalizers=ARMS, width=6))
    taken = []
    for step in range(0, 50, 10):
        trainer.advance(step - trainer.step)
        taken.append(looked_at(trainer))
        trainer.change(**COURSE.get(step, {}))
    trainer.advance(7)
    for layer in (1, 2, 3):
        trainer.change(layer=layer)
        for unit in range(7):
            trainer.change(unit=unit)
            snapshot = trainer.snapshot(
                fields=("percentile_steps", "percentile_history", "grid_steps", "drift_history", "density_history")
            )
            assert snapshot.percentile_steps.tolist() == snapshot.grid_steps.tolist() == [0, 10, 20, 30, 40]
            for place, looks in enumerate(taken):
                look = looks[unit]
                expected = look.percentiles["affine_output"][:, layer - 1]
                np.testing.assert_allclose(snapshot.percentile_history[:, :, place], expected, rtol=1e-6)
                profile = look.profile["affine_output"][:, layer - 1]
                np.testing.assert_array_equal(snapshot.density_history[:, place], profile)
                np.testing.assert_allclose(snapshot.drift_history[:, :, place], look.drift, rtol=1e-6)


def test_the_last_hidden_layer_goes_by_that_name_too(small):
    trainer = Trainer(small())
    trainer.advance(10)
    by_name = trainer.snapshot(fields=("percentile_history", "density_history"))
    trainer.change(layer=3)
    by_number = trainer.snapshot(fields=("percentile_history", "density_history"))
    for name, value in by_name.values.items():
        np.testing.assert_array_equal(value, by_number.values[name])


def test_the_grid_of_a_long_run_is_thinned_evenly_and_keeps_its_numbers(small):
    trainer = Trainer(small(depth=1, width=2, normalizers=("layer",)))
    trainer.record._grid.capacity = trainer.record._units.capacity = 30
    drifts = {0: trainer.snapshot(fields=("drift",)).drift}
    while trainer.step < 1090:
        trainer.advance(10)
        drifts[trainer.step] = trainer.snapshot(fields=("drift",)).drift
    snapshot = trainer.snapshot()
    steps = snapshot.grid_steps.tolist()
    assert steps == [*range(0, 200, 20), *range(200, 1090, 100), 1090]
    assert snapshot.percentile_steps.tolist() == steps
    assert snapshot.density_history.shape[1] == snapshot.percentile_history.shape[2] == len(steps)
    expected = np.stack([drifts[step] for step in steps], axis=-1)
    np.testing.assert_allclose(snapshot.drift_history, expected, rtol=1e-6)


def test_rows_are_close_after_the_start_and_after_a_change_and_else_seldom(small):
    trainer = Trainer(small(depth=1, width=2))
    trainer.advance(333)
    assert trainer.snapshot().grid_steps.tolist() == [*range(0, 210, 10), 250, 300, 330]
    trainer.change(gamma=2.0)
    trainer.advance(250)
    steps = trainer.snapshot().grid_steps.tolist()
    assert steps == [*range(0, 210, 10), 250, 300, *range(340, 540, 10), 550, 580]
    assert trainer.snapshot().percentile_steps.tolist() == steps


def test_choosing_what_is_looked_at_makes_no_rows(small):
    trainer = Trainer(small(depth=1, width=2))
    trainer.advance(320)
    trainer.change(unit=1, layer="1")
    trainer.advance(200)
    assert trainer.record._grid.steps.tolist() == [*range(0, 210, 10), *range(250, 520, 50)]
    trainer.change(statistics="running")  # which moves what is measured
    trainer.advance(20)
    assert trainer.record._grid.steps.tolist()[-2:] == [530, 540]


def test_once_measured_a_moment_holds_no_weights(small):
    trainer = Trainer(small())
    trainer.advance(320)
    assert hasattr(trainer.record.latest, "_values")
    trainer.snapshot(["drift"])
    assert not hasattr(trainer.record.latest, "_values")
    assert trainer.record.latest._before is None


@pytest.mark.parametrize("turned", [{"eps": 1.0}, {"batch_size": 24}, {"gamma": 3.0}, {"statistics": "running"}])
def test_what_a_quiet_step_of_the_grid_showed_does_not_depend_on_when_it_is_asked_for(small, assert_same, turned):
    fields = ("drift", "grid_steps", "drift_history", "density_history", "percentile_history")
    asked, late = (Trainer(small(normalizers=ARMS)) for _ in range(2))
    for trainer in (asked, late):
        trainer.advance(320)
    at_once = asked.snapshot(fields)
    for trainer in (asked, late):
        trainer.advance(4)
        trainer.change(**turned)
        trainer.advance(3)
    for trainer in (asked, late):
        for name, value in trainer.snapshot(fields).values.items():
            np.testing.assert_array_equal(value, at_once.values[name])
    assert at_once.grid_steps[-1] == 320
    for trainer in (asked, late):
        trainer.advance(10)
    assert_same(*(keeping.from_bytes(trainer.save()) for trainer in (asked, late)))


def test_accuracy_is_recorded_more_seldom_once_most_has_happened(small):
    trainer = Trainer(small(depth=1, width=2, normalizers=("none", "batch")))
    seen = {}
    for step in range(0, 421, 10):
        trainer.advance(step - trainer.step)
        snapshot = trainer.snapshot(fields=("test_accuracy", "test_accuracy_running"))
        seen[step] = (snapshot.test_accuracy, snapshot.test_accuracy_running)
    snapshot = trainer.snapshot(fields=("accuracy_steps", "accuracy_history", "accuracy_running_history"))
    steps = snapshot.accuracy_steps.tolist()
    assert steps == [*range(0, 201, 10), 250, 300, 350, 400, 420]
    for kind, history in enumerate((snapshot.accuracy_history, snapshot.accuracy_running_history)):
        np.testing.assert_array_equal(history.T, np.array([seen[step][kind] for step in steps], np.float32))


def test_percentiles_of_single_units_take_more_room_and_are_thinned_by_themselves(small):
    trainer = Trainer(small(normalizers=("none",), width=6))
    row = trainer.record.units["percentiles"][0].nbytes
    trainer.record.units.max_bytes = 10 * row
    taken = {}
    for step in range(0, 210, 10):
        trainer.advance(step - trainer.step)
        taken[step] = looked_at(trainer)[5].percentiles["affine_output"][:, 2]
    trainer.change(unit=5)
    snapshot = trainer.snapshot(fields=("grid_steps", "percentile_steps", "percentile_history"))
    assert snapshot.grid_steps.tolist() == list(range(0, 210, 10))
    assert snapshot.percentile_steps.tolist() == list(range(0, 210, 40))
    expected = np.stack([taken[step] for step in snapshot.percentile_steps.tolist()], axis=-1)
    np.testing.assert_allclose(snapshot.percentile_history, expected, rtol=1e-6)


def test_an_arm_that_diverges_leaves_rows_without_numbers_and_the_other_goes_on(small):
    trainer = Trainer(small())
    trainer.advance(14)
    torch.nn.init.constant_(trainer.networks["none"].output.bias, torch.nan)
    trainer.advance(16)
    assert trainer.diverged == {"none": (15, "output")}
    snapshot = trainer.snapshot(
        fields=("drift", "drift_history", "percentile_history", "density_history", "accuracy_history")
    )
    for history in (snapshot.drift_history, snapshot.percentile_history):
        assert np.isfinite(history[0, :, 1]).all()  # step 10
        assert np.isnan(history[0, :, 2:]).all()
        assert np.isfinite(history[1, :, 1:]).all()
    assert snapshot.density_history.any(axis=2).tolist() == [[True, True, False, False], [True] * 4]
    assert np.isnan(snapshot.drift[0]).all()
    np.testing.assert_allclose(snapshot.drift[1], snapshot.drift_history[1, :, -1], rtol=1e-6)
    assert np.isnan(snapshot.accuracy_history).tolist() == [[False, False, True, True], [False] * 4]


# ---------------------------------------------------------------------- recent losses


def test_the_recent_loss_is_the_mean_of_the_last_ten_batches_however_long_the_run_is(small):
    trainer = Trainer(small(depth=1, width=2, learning_rate=0.01))
    assert np.isnan(trainer.snapshot(fields=("recent_loss",)).recent_loss).all()
    losses = []
    for _ in range(850):  # by then the curve keeps every fourth loss
        trainer.advance()
        snapshot = trainer.snapshot(fields=("train_loss", "recent_loss"))
        losses.append(snapshot.train_loss)
        np.testing.assert_allclose(snapshot.recent_loss, np.mean(losses[-10:], axis=0), rtol=1e-12)
    assert len(trainer.snapshot(fields=("loss_steps",)).loss_steps) < 300


def test_an_arm_whose_loss_was_not_finite_has_no_recent_loss(small):
    trainer = Trainer(small())
    trainer.advance(3)
    torch.nn.init.constant_(trainer.networks["none"].output.bias, torch.nan)
    trainer.advance(2)
    assert np.isnan(trainer.snapshot(fields=("recent_loss",)).recent_loss).tolist() == [True, False]


# ---------------------------------------------------------------------- the ghost


def assert_ghost(snapshot, step, profiles):
    assert snapshot.ghost_step == step
    for site in SITES:
        np.testing.assert_array_equal(snapshot.ghost[site], profiles[site], strict=True)


@pytest.mark.parametrize("restored", [False, True])
def test_the_ghost_is_that_of_the_start_until_another_is_marked(small, restored):
    trainer = Trainer(small(normalizers=ARMS))
    start = trainer.snapshot().profile
    trainer.advance(13)
    if restored:
        trainer = Trainer.restore(trainer.save())
    now = trainer.snapshot()
    assert_ghost(now, 0, start)
    assert not np.array_equal(now.profile["affine_output"], start["affine_output"])
    trainer.mark_ghost()
    trainer.change(gamma=2.0, input_scale=3)
    if restored:
        trainer = Trainer.restore(trainer.save())
    trainer.advance(20)
    assert_ghost(trainer.snapshot(), 13, now.profile)
    later = trainer.snapshot().profile
    trainer.mark_ghost()
    trainer.advance()
    assert_ghost(trainer.snapshot(), 33, later)
