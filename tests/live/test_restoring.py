"""A run whose worker is lost goes on in another one as if nothing had happened."""

import dataclasses
import json
import math

import numpy as np
import pytest

from bnviz.live.kept import MOST_CHANGES, Kept
from bnviz.live.limits import Limits
from bnviz.live.loop import Loop
from bnviz.live.player import GESTURE, Player
from bnviz.live.reports import SHARE

ARMS = ("none", "batch")
SETTINGS = {"normalizers": ARMS, "optimizer": "adam", "noise": 0.1}


class Life:
    """A player, and what the server keeps of it."""

    def __init__(self, config, **more):
        self.limits = dataclasses.replace(Limits(kept_every=0.1), **more)
        self.player = Player(config, playing=False, limits=self.limits)
        self.player.reports._due = -1.0  # the first state as soon as can be
        self.kept = Kept(config)
        self.hear()

    def hear(self):
        for word, payload in self.player.reports.take():
            self.kept.hear(json.loads(json.dumps(word)), payload)  # as it comes over the pipe
        self.kept.hear({"type": "frame", "step": self.player.reached, "generation": self.player.generation}, b"")

    def live(self, *course):
        """Numbers of steps, and changes of knobs, each a movement of the hand of its own."""
        for move in course:
            if isinstance(move, dict):
                self.player._changed -= 2 * GESTURE
                self.player.change(move, seq=self.player.seq + 1)
            else:
                for _ in range(move):
                    self.player.step()
            self.hear()
        return self

    def elsewhere(self, knobs=None):
        """The player that another worker makes of what is kept."""
        message, payload = self.kept.opening(b"")
        loop = object.__new__(Loop)  # without its worker
        loop._limits = self.limits
        now = self.player.trainer.config.knobs if knobs is None else knobs
        again = {**self.kept.again, "knobs": now, "seq": self.player.seq}
        opening = json.loads(json.dumps({**message, "playing": False, "again": again}))  # as it goes over the pipe
        found = loop._opened(opening | {"payload": payload})
        found.play_for(60)
        assert found.state == "paused"
        return found


COURSES = [
    [0], [7], [10], [37], [25, {"gamma": 2.0, "affine": "held"}, 8], [{"learning_rate": 0.02}, 13, {"batch_size": 7}],
    [3, {"gamma": 2.0, "affine": "held"}, {"affine": "learned"}, 30, {"eps": 0.1}, 5, {"eps": 1e-5}, {"beta": 0.5}, 2],
]  # fmt: skip


@pytest.mark.parametrize("kept_mb", [8, 0], ids=["from its state", "from the start"])
@pytest.mark.parametrize("course", COURSES, ids=str)
def test_it_stands_where_it_stood_bit_by_bit(small, assert_identical, course, kept_mb):
    life = Life(small(**SETTINGS), kept_mb=kept_mb).live(*course)
    assert bool(life.kept.nbytes) == (kept_mb > 0 and life.player.trainer.step >= 1)
    found = life.elsewhere()
    assert found.trainer.step == life.player.trainer.step
    assert_identical(found.trainer, life.player.trainer)
    assert found.generation > life.player.generation
    assert found.seq == life.player.seq


def test_it_goes_on_as_the_other_would_have(small, assert_identical):
    life = Life(small(**SETTINGS)).live(24, {"gamma": 1.5}, 3)
    found = life.elsewhere()
    life.live(20)
    for _ in range(20):
        found.step()
    assert_identical(found.trainer, life.player.trainer)


def test_a_change_that_the_worker_did_not_confirm_is_turned_at_the_end(small):
    life = Life(small(**SETTINGS)).live(12)
    found = life.elsewhere(knobs=life.player.trainer.config.change(gamma=3.0).knobs)
    assert (found.trainer.step, found.trainer.config.gamma) == (12, 3.0)


def test_after_a_reset_it_begins_there(small, assert_identical):
    life = Life(small(**SETTINGS)).live(25, {"learning_rate": 0.01}, 3)
    life.player.reset()
    life.hear()
    assert (life.kept.step, life.kept.nbytes) == (0, 0)
    life.live(4)
    assert_identical(life.elsewhere().trainer, life.player.trainer)


@pytest.mark.parametrize("kept_mb", [8, 0], ids=["from its state", "from the start"])
def test_after_going_back_it_is_of_the_new_line_at_once(small, assert_identical, kept_mb):
    life = Life(small(**SETTINGS), kept_mb=kept_mb).live(104, {"learning_rate": 0.02}, 20, {"gamma": 3.0}, 19)
    knobs = life.player.trainer.config.knobs
    life.player.continue_from(127)
    life.player.pause()
    life.hear()
    assert life.kept.step == 127  # where it is on its way to
    on_its_way = life.elsewhere(knobs)
    life.player.play_for(60)
    assert_identical(on_its_way.trainer, life.player.trainer)
    life.live({"learning_rate": 0.3})
    assert_identical(life.elsewhere().trainer, life.player.trainer)
    life.live(11)
    assert_identical(life.elsewhere().trainer, life.player.trainer)


@pytest.mark.parametrize("kept_mb", [8, 0], ids=["from its state", "from the start"])
def test_lost_again_and_again_it_stands_where_it_stood(small, assert_identical, kept_mb):
    life = Life(small(**SETTINGS), kept_mb=kept_mb).live(8, {"gamma": 2.0, "affine": "held"}, 3)
    before = life.player.trainer
    for _ in range(3):
        life.player = life.elsewhere()
        life.hear()
        assert_identical(life.player.trainer, before)


def test_its_past_begins_where_its_state_was_taken_and_it_goes_back_from_the_grids_next_step_on(small):
    life = Life(small(**SETTINGS)).live(13)
    life.player.keep()
    life.player.reports._due = math.inf
    found = life.live(9).elsewhere()
    for _ in range(250):
        found.step()
    assert min(step for step, _ in found.past._rows) == 13
    assert [step for step, _ in found.past._checkpoints] == [20, 120, 220]
    found.continue_from(17)
    assert "Cannot go back to step 17" in found.note
    found.continue_from(150)
    found.pause()
    found.play_for(60)
    assert found.trainer.step == 150


@pytest.mark.parametrize("stands", [0, 20])
def test_one_handed_over_with_a_knob_turned_where_it_stands_repeats_itself_all_the_same(small, stands):
    life = Life(small(**SETTINGS)).live(stands, {"input_scale": 3.0})
    life.player.keep()
    life.hear()
    found = life.elsewhere()
    drifts = {}
    for step in range(stands + 1, stands + 41):
        found.step()
        drifts[step] = found.trainer.snapshot(["drift"]).drift
    assert min(step for step, _ in found.past._checkpoints) == stands + 10
    for step in (stands + 11, stands + 25):
        found.continue_from(step)
        found.pause()
        found.play_for(60)
        while found.trainer.step < stands + 40:
            np.testing.assert_array_equal(found.trainer.snapshot(["drift"]).drift, drifts[found.trainer.step])
            found.step()
    found.continue_from(stands)
    assert "choose a later one" in found.note


def test_a_run_that_plays_does_again_what_was_done_before_its_first_step(small):
    life = Life(small(**SETTINGS)).live(12, {"learning_rate": 0.02}, 3)
    message, payload = life.kept.opening(b"")
    again = {**life.kept.again, "knobs": life.player.trainer.config.knobs, "seq": 1}
    loop = object.__new__(Loop)
    loop._limits = life.limits
    found = loop._opened(
        message | {"payload": payload, "playing": True, "speed": None, "looks": ["drift"], "again": again}
    )
    assert found.state == "restarting"
    assert found.looks == {"drift"}
    while found.state == "restarting":
        found.play_for(0)  # a step at a time
    assert [change.step for change in found.trainer.changes] == [12]


def test_states_come_seldom_enough_to_cost_little(small, monkeypatch):
    life = Life(small(**SETTINGS))
    saved = []
    save = life.player.trainer.save
    monkeypatch.setattr(life.player.trainer, "save", lambda: saved.append(life.player.trainer.step) or save())
    monkeypatch.setattr("bnviz.live.reports.monotonic", clock := Ticking(0.02))
    life.live(200)
    assert len(saved) >= 2
    between = clock.tick * (saved[1] - saved[0])  # the clock is read once a step
    assert between >= min(SHARE * clock.tick, 0.1)


class Ticking:
    """A clock that goes on each time it is read."""

    def __init__(self, tick):
        self.tick, self.now = tick, 1000.0

    def __call__(self):
        self.now += self.tick
        return self.now


def test_what_is_known_of_a_run_is_bounded(small):
    kept = Kept(small())
    for step in range(MOST_CHANGES + 50):
        kept.hear({"type": "changed", "step": step, "knobs": {"gamma": 1.0}, "ghost": False}, b"")
    assert len(kept.again["changes"]) == MOST_CHANGES
    kept.hear({"type": "kept", "step": 60_000, "config": {}}, b"state")
    assert kept.again == {"step": 60_000, "changes": []}
