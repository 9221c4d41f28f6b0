"""Checkpoint and rewind: a run taken back and led the same way again cannot be told from one that went there once."""

import numpy as np
import pytest
import torch

from bnviz import Trainer, keeping
from bnviz.snapshot import MOMENTARY, OVER_TIME, Change

COURSE = {  # knobs turned at a step, some of them before the checkpoint at 100, some right after it
    7: {"learning_rate": 0.2}, 55: {"gamma": 2.0, "affine": "held", "affine_layer": "2"}, 90: {"batch_size": 24},
    100: {"statistics": "running", "eps": 0.01}, 113: {"affine": "learned", "affine_layer": "all"},
    130: {"momentum": 0.5, "unit": 3, "layer": "1"}, 171: {"beta": -0.5}, 200: {"input_scale": 2, "batch_size": 64},
    205: {"gamma": 0.5, "affine": "held"}, 240: {"batch_size": 32},
}  # fmt: skip
RUNS = {
    "sgd": {},
    "momentum, norms of single examples": {
        "sgd_momentum": 0.9, "learning_rate": 0.02, "normalizers": ("layer", "rms")
    },
    "adam, parts of batch norm": {
        "optimizer": "adam", "learning_rate": 0.005, "normalizers": ("batch", "mean_only")
    },
    "after, with noise": {"placement": "after", "noise": 0.3, "activation": "tanh"},
}  # fmt: skip


def lead(trainer, until, course, at_step=None):
    """Steps and changes up to a step, those at that step not yet; ``at_step`` looks at each tenth step before them."""
    while trainer.step < until:
        if at_step and trainer.step % 10 == 0:
            at_step(trainer)
        if trainer.step in course:
            trainer.change(**course[trainer.step])
        trainer.advance()
    return trainer


def momentary(trainer):
    return trainer.snapshot(MOMENTARY).values


def assert_equal(values, expected):
    assert values.keys() == expected.keys()
    for name, value in values.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


# ---------------------------------------------------------------------- the same once more


@pytest.mark.parametrize("settings", RUNS.values(), ids=RUNS)
def test_a_run_led_the_same_way_again_is_the_same_bit_by_bit(small, assert_identical, assert_same, settings):
    config = small(**{"depth": 2, "width": 8, "sgd_momentum": 0.5, **settings})
    seen = {}
    trainer = lead(Trainer(config), 100, COURSE)
    checkpoint, there, then = trainer.checkpoint(), trainer.snapshot(), trainer.config
    lead(trainer, 250, COURSE, lambda it: seen.setdefault(it.step, momentary(it)))
    straight = lead(Trainer(config), 250, COURSE)
    assert_identical(trainer, straight)

    undone = trainer.rewind(checkpoint)
    assert (trainer.step, trainer.config) == (100, then)
    assert_equal(trainer.snapshot().values, there.values)
    assert [(change.step, dict(change.now)) for change in undone] == list(COURSE.items())[3:]
    assert_same(*map(keeping.from_bytes, (trainer.checkpoint(), checkpoint)))

    course = {change.step: change.now for change in undone}
    again = lead(trainer, 250, course, lambda it: assert_equal(momentary(it), seen[it.step]))
    assert len(seen) == 15
    assert_identical(again, straight)
    assert_same(*map(keeping.from_bytes, (again.save(), straight.save())))  # optimizers, order of batches and all
    lead(again, 270, {})
    assert_identical(again, lead(straight, 270, {}))


def test_it_can_go_another_way_from_there_and_come_back_to_the_first(small, assert_same):
    trainer = lead(Trainer(small()), 100, COURSE)
    checkpoint = trainer.checkpoint()
    first = lead(trainer, 150, COURSE).checkpoint()
    trainer.rewind(checkpoint)
    lead(trainer, 140, {100: {"learning_rate": 1.0}, 120: {"gamma": 3.0}})
    assert [change.step for change in trainer.rewind(checkpoint)] == [100, 120]
    assert_same(*map(keeping.from_bytes, (lead(trainer, 150, COURSE).checkpoint(), first)))


def test_an_arm_that_diverged_after_the_checkpoint_trains_again(small, assert_identical):
    trainer = lead(Trainer(small()), 20, {})
    checkpoint = trainer.checkpoint()
    trainer.change(learning_rate=10, input_scale=100)
    lead(trainer, 40, {})
    assert "none" in trainer.diverged
    trainer.rewind(checkpoint)
    assert trainer.diverged == {}
    assert_identical(lead(trainer, 40, {}), lead(Trainer(small()), 40, {}))


def test_an_arm_that_had_diverged_before_it_stays_where_it_was(small):
    trainer = Trainer(small())
    trainer.advance(14)
    torch.nn.init.constant_(trainer.networks["none"].output.bias, torch.nan)
    lead(trainer, 20, {})
    checkpoint = trainer.checkpoint()
    seen = {}
    lead(trainer, 60, {25: {"gamma": 2.0}}, lambda it: seen.setdefault(it.step, momentary(it)))
    course = {change.step: change.now for change in trainer.rewind(checkpoint)}
    assert trainer.diverged == {"none": (15, "output")}
    lead(trainer, 60, course, lambda it: assert_equal(momentary(it), seen[it.step]))


def test_a_run_can_be_taken_back_to_its_start(small, assert_identical):
    trainer = Trainer(small())
    checkpoint = trainer.checkpoint()
    lead(trainer, 33, {5: {"gamma": 2.0}})
    trainer.rewind(checkpoint)
    assert_identical(trainer, Trainer(small()))
    assert_identical(lead(trainer, 25, {}), lead(Trainer(small()), 25, {}))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_restored_run_goes_back_like_the_one_that_was_saved(small, assert_identical, dtype):
    trainer = lead(Trainer(small(sgd_momentum=0.9), dtype), 100, COURSE)
    checkpoint = trainer.checkpoint()
    lead(trainer, 130, COURSE)
    trainer.mark_ghost()
    lead(trainer, 175, COURSE)
    twin = Trainer.restore(trainer.save())
    assert_identical(twin, trainer)
    assert twin.changes == trainer.changes
    assert twin.snapshot(()).ghost_step == 130
    assert twin.rewind(checkpoint) == trainer.rewind(checkpoint) != []
    assert_identical(twin, trainer)
    assert_identical(lead(twin, 130, COURSE), lead(trainer, 130, COURSE))


# ---------------------------------------------------------------------- what is forgotten


def test_histories_end_where_the_run_stands_again(small):
    trainer = lead(Trainer(small()), 50, {})
    checkpoint, there = trainer.checkpoint(), trainer.snapshot()
    lead(trainer, 90, {})
    trainer.rewind(checkpoint)
    snapshot = trainer.snapshot()
    assert snapshot.loss_steps.tolist() == list(range(1, 51))
    grid = [0, 10, 20, 30, 40, 50]
    assert snapshot.accuracy_steps.tolist() == snapshot.grid_steps.tolist() == grid
    assert trainer.record.units.steps.tolist() == grid
    for name in OVER_TIME:
        np.testing.assert_array_equal(snapshot.values[name], there.values[name], err_msg=name)


def test_a_long_run_taken_back_shows_the_same_though_its_curves_are_thinner(small):
    trainer = lead(Trainer(small(depth=1, width=2)), 390, {})
    checkpoint, there = trainer.checkpoint(), trainer.snapshot()
    lead(trainer, 850, {})
    trainer.rewind(checkpoint)
    snapshot = trainer.snapshot()
    assert_equal({name: snapshot.values[name] for name in MOMENTARY}, {name: there.values[name] for name in MOMENTARY})
    assert set(np.diff(snapshot.loss_steps).tolist()) == {4}
    kept = np.isin(there.loss_steps, snapshot.loss_steps)
    np.testing.assert_array_equal(snapshot.loss_history, there.loss_history[:, kept])


def test_a_ghost_that_was_marked_later_is_forgotten_and_the_one_before_it_is_back(small):
    trainer = Trainer(small())
    start = trainer.checkpoint()
    lead(trainer, 30, {})
    marked = trainer.snapshot(("profile",)).profile
    trainer.mark_ghost()
    checkpoint = lead(trainer, 40, {}).checkpoint()
    lead(trainer, 55, {}).mark_ghost()
    lead(trainer, 60, {})
    assert trainer.snapshot(()).ghost_step == 55
    trainer.rewind(checkpoint)
    snapshot = trainer.snapshot(("ghost",))
    assert snapshot.ghost_step == 30
    for site, value in marked.items():
        np.testing.assert_array_equal(snapshot.ghost[site], value)
    trainer.rewind(start)
    snapshot = trainer.snapshot(("ghost", "profile"))
    assert snapshot.ghost_step == 0
    for site, value in snapshot.profile.items():
        np.testing.assert_array_equal(snapshot.ghost[site], value)


# ---------------------------------------------------------------------- the changes that are known


def test_changes_are_noted_with_what_was_and_what_is_those_that_change_something_and_gamma_and_beta(small):
    """γ and β may have learned since, so that the value that was set last changes them too."""
    trainer = Trainer(small())
    trainer.change(eps=1e-5)
    trainer.advance(3)
    trainer.change(gamma=2, beta=0.0)
    trainer.change(gamma=2.0)
    trainer.advance(2)
    trainer.change(affine="held", affine_layer=2)
    assert trainer.changes == [
        Change(3, {"gamma": 1.0, "beta": 0.0}, {"gamma": 2.0, "beta": 0.0}),
        Change(3, {"gamma": 2.0}, {"gamma": 2.0}),
        Change(5, {"affine": "learned", "affine_layer": "all"}, {"affine": "held", "affine_layer": "2"}),
    ]
    assert trainer.snapshot(("changes",)).changes.splitlines()[-1] == "step 3: γ 1 → 2"


def turn(trainer, times):
    for number in range(times):
        trainer.change(gamma=2 + number % 2 / 4 + number % 3 / 2)


def test_only_so_many_changes_are_remembered_and_a_run_goes_back_no_further(small, monkeypatch):
    monkeypatch.setattr("bnviz.change_log.MAX_CHANGES", 5)
    trainer = lead(Trainer(small()), 10, {})
    far = trainer.checkpoint()
    turn(trainer, 3)
    near = lead(trainer, 20, {}).checkpoint()
    turn(trainer, 3)
    lead(trainer, 25, {})
    assert [change.step for change in trainer.changes] == [10, 10, 20, 20, 20]
    before = trainer.save()
    with pytest.raises(ValueError, match="are known") as refused:
        trainer.rewind(far)
    assert str(refused.value) == "only the last 5 changes are known, 6 would have to be undone; choose a later step"
    assert trainer.save() == before
    assert [change.step for change in trainer.rewind(near)] == [20, 20, 20]
    assert [change.step for change in trainer.changes] == [10, 10]
    with pytest.raises(ValueError, match="only the last 2 changes are known, 3 would have"):
        trainer.rewind(far)


def test_a_checkpoint_beside_the_grid_is_refused_for_drift_counts_from_the_grid(small):
    trainer = lead(Trainer(small()), 13, {})
    checkpoint = trainer.checkpoint()
    lead(trainer, 20, {})
    before = trainer.save()
    with pytest.raises(ValueError, match="multiples of 10 steps, got 13; choose one"):
        trainer.rewind(checkpoint)
    assert trainer.save() == before


def test_a_checkpoint_is_small_beside_all_that_is_saved_and_holds_no_history(small):
    trainer = lead(Trainer(small()), 40, {})
    checkpoint = trainer.checkpoint()
    later = lead(trainer, 200, {})
    assert abs(len(later.checkpoint()) - len(checkpoint)) < 1000
    assert len(checkpoint) < len(later.save()) / 2
    assert {"record", "log"} & keeping.from_bytes(checkpoint).keys() == set()
