"""The past of one run: the rows that are kept of it, the ghost, and going on from an earlier step."""

import numpy as np
import pytest

from bnviz import Trainer
from bnviz.live.limits import Limits
from bnviz.live.past import ROW_EVERY, ROW_SELDOM
from bnviz.live.player import GESTURE, START_SPEED, Player
from bnviz.live.wire import unpack_frame, unpack_rows
from bnviz.snapshot import MOMENTARY

ARMS = ("none", "batch")


@pytest.fixture
def make(clock, small):
    """Makes a player that stands still."""
    return lambda limits=None, **settings: Player(
        small(**{"normalizers": ARMS} | settings), playing=False, limits=limits
    )


def lived(player, *course):
    """A player taken through numbers of steps and changes of knobs, all in one movement of a hand."""
    for move in course:
        if isinstance(move, dict):
            player.change(move, seq=player.seq + 1)
            continue
        for _ in range(move):
            player.step()
    return player


def back(player, step):
    """Let a player go back to a step, and stand there."""
    player.continue_from(step)
    player.pause()
    player.play_for(1)
    assert (player.trainer.step, player.playing) == (step, False)
    assert player.state != "restarting"
    return player


def rows(player, after=-1):
    """The header of the rows, and of each row header and arrays, by step."""
    header, frames = unpack_rows(player.history(after))
    return header, {step: unpack_frame(frame) for step, frame in frames.items()}


def test_the_first_row_after_a_reset_is_that_of_the_new_run(make):
    """Also when somebody has just looked at the old one."""
    player, fresh = make(), make(gamma=2.0)
    player.look(["drift", "std/affine_output"])
    for _ in range(12):
        player.step()
    player.change({"gamma": 2.0}, seq=1)
    player.make_frame(["std/affine_output"])
    player.reset()
    header, arrays = rows(player)[1][0]
    assert (header["step"], header["ghost"]) == (0, 0)
    expected = rows(fresh)[1][0][1]
    for name in ("std/affine_output", "profile/affine_output"):
        np.testing.assert_array_equal(arrays[name], expected[name])


def header_of(player):
    return unpack_frame(player.make_frame(()))[0]


# ---------------------------------------------------------------------- rows


def test_rows_are_kept_every_few_steps_with_what_is_looked_at_and_can_be_kept(make, clock):
    player = make()
    player.look(["drift", "density/activation", "loss_history", "surface_x", "changes"])
    player.play()
    while player.trainer.step < 23:
        player.play_for(0.006)
        clock.now += 1 / 256
    player.pause()
    _, found = rows(player)
    assert list(found) == [*range(0, 23, ROW_EVERY), 23]
    for step, (header, arrays) in found.items():
        assert header["step"] == step
        if step:
            assert arrays.keys() == {"drift", "density/activation"}


@pytest.mark.parametrize(
    ("speed", "every"), [(5, ROW_EVERY), (START_SPEED, ROW_EVERY), (200, ROW_SELDOM), (None, ROW_SELDOM)]
)
def test_at_a_high_speed_rows_are_seldom(make, clock, speed, every):
    player = make()
    player.set_speed(speed)
    player.play()
    while player.trainer.step < 81:
        player.play_for(0)
        clock.now += 1 / (speed or 1000)
    player.pause()
    assert list(rows(player)[1]) == [*range(0, 81, every), player.trainer.step]


def test_where_steps_come_late_rows_are_seldom_too(make, clock):
    """Once it is known: the first second is like any other."""
    player = make()
    player.set_speed(60)
    player.play()
    while player.trainer.step < 161:
        player.play_for(0)
        clock.now += 1 / 10
    player.pause()
    assert list(rows(player)[1]) == [0, 5, 10, *range(ROW_SELDOM, 161, ROW_SELDOM), player.trainer.step]


def test_a_row_holds_the_numbers_of_its_step(make, small):
    player = make()
    player.look(MOMENTARY)
    lived(player, 12, {"gamma": 2.0}, 5)
    _, found = rows(player)
    trainer = Trainer(small(normalizers=ARMS))
    trainer.advance(10)
    header, arrays = found[10]
    for name, value in trainer.snapshot(MOMENTARY).values.items():
        if isinstance(value, str):
            assert header["texts"][name] == value
        else:
            np.testing.assert_array_equal(arrays[name], value.astype(arrays[name].dtype), err_msg=name)
    assert [found[step][0]["knobs"]["gamma"] for step in (10, 12, 15)] == [1.0, 1.0, 2.0]


def test_of_the_start_everything_is_kept_for_nobody_has_said_yet_what_is_looked_at(make):
    for player in (lived(make(), 7), lived(make(), 7)):
        player.look(["drift"])
        header, arrays = rows(player)[1][0]
        assert set(arrays) | set(header["texts"]) == MOMENTARY
        player.reset()
        header, arrays = rows(player)[1][0]  # which keeps it again
        assert set(arrays) | set(header["texts"]) == MOMENTARY


def test_who_looks_at_something_else_is_kept_that_from_now_on(make):
    player = make()
    player.look(["drift"])
    lived(player, 7)
    player.look(["train_loss"])
    lived(player, 3)
    for step, (_, arrays) in rows(player, after=0)[1].items():
        assert set(arrays) == {"drift" if step <= 7 else "train_loss"}


def test_steps_made_by_hand_are_kept_one_by_one(make, clock):
    player = make()
    player.play()
    player.play_for(0)
    lived(player, 3)
    assert list(rows(player)[1]) == [0, 2, 3, 4]
    assert clock.now == 1000


def test_rows_of_later_steps_alone_are_given_when_asked_for(make):
    player = lived(make(), 12)
    header, found = rows(player, after=9)
    assert list(found) == [10, 11, 12]
    assert header["kept"] == list(range(13))
    assert list(rows(player, after=12)[1]) == []


def test_the_row_of_now_is_as_it_is_now(make):
    player = lived(make(), 5)
    assert rows(player)[1][5][0]["knobs"]["gamma"] == 1.0
    lived(player, {"gamma": 2.0})
    assert rows(player, after=4)[1][5][0]["knobs"]["gamma"] == 2.0
    assert list(rows(player)[0]["kept"]) == list(range(6))


def test_looking_back_changes_nothing(make, assert_identical):
    player, twin = lived(make(), 8), lived(make(), 8)
    player.look(MOMENTARY)
    for _ in range(3):
        player.history(-1)
        lived(player, 3)
    assert_identical(player.trainer, lived(twin, 9).trainer)


def test_the_past_is_bounded_in_bytes(make):
    player = make(limits=Limits(rows_mb=0.1, checkpoints_mb=0.1))
    player.look(["density", "profile"])
    lived(player, 320)
    whole = player.history(-1)
    assert 40_000 < len(whole) < 110_000
    size = len(player.trainer.checkpoint())
    kept = {player.past.checkpoint_before(step) for step in (0, 100, 200, 300)}
    assert len(kept) == 4
    assert 4 * size < 100_000


def test_a_reset_clears_the_past_and_counts_as_another_beginning(make):
    player = lived(make(), 12)
    before = rows(player)[0]["generation"]
    player.reset()
    header, found = rows(player)
    assert list(found) == [0]
    assert header["generation"] == before + 1 == header_of(player)["generation"]
    assert found[0][0]["generation"] == before + 1


# ---------------------------------------------------------------------- the ghost


def test_what_was_there_before_a_hand_took_hold_is_the_ghost_as_long_as_it_moves(make, clock):
    player = lived(make(), 10)
    assert header_of(player)["ghost"] == 0
    before = player.trainer.snapshot(["profile"]).values
    player.look(MOMENTARY)
    lived(player, {"gamma": 2.0, "affine": "held"}, 1)
    for _ in range(5):  # the thumb is held down for longer than a gesture takes
        clock.now += 0.6 * GESTURE
        lived(player, {"gamma": player.trainer.config.gamma + 0.1}, 1)
    assert header_of(player)["ghost"] == 10
    ghost = player.trainer.snapshot(["ghost"]).values
    for name, value in before.items():
        np.testing.assert_array_equal(ghost[name.replace("profile", "ghost")], value)

    clock.now += 1.1 * GESTURE
    lived(player, {"gamma": 0.5})
    assert header_of(player)["ghost"] == 16


@pytest.mark.parametrize("knobs", [{"layer": "2"}, {"unit": 3}, {"statistics": "running"}, {"gamma": 1.0}])
def test_what_does_not_change_the_networks_leaves_the_ghost(make, knobs):
    player = lived(make(), 10, knobs)
    assert header_of(player)["ghost"] == 0
    lived(player, {"gamma": 2.0})  # nor does it begin a movement of a hand
    assert header_of(player)["ghost"] == 10


# ---------------------------------------------------------------------- going on from an earlier step

ADAM = {"optimizer": "adam", "learning_rate": 0.01}
MOMENTUM = {"sgd_momentum": 0.9}
UNSTABLE = {"activation": "identity", "learning_rate": 0.01}  # with a learning rate of 3 one arm diverges, and one not
COURSES = {  # settings; what happened up to the step that is gone back to; what happened after it
    "from the start": ({}, (), (30,)),
    "from now": ({}, (43,), ()),
    "from a checkpoint": ({}, (100,), (50,)),
    "from between two": ({}, (137,), (80,)),
    "momentum": (MOMENTUM, (107,), (8,)),
    "adam": (ADAM, (107,), (8,)),
    "adam, set by hand": (ADAM, (103, {"gamma": 2.0, "affine_layer": "2"}, 4), (8,)),
    "knobs turned in between": (
        {},
        (50, {"batch_size": 20}, 51, {"learning_rate": 0.3, "momentum": 0.5, "eps": 0.01}, 6,
         {"input_scale": 2.0, "statistics": "running", "beta": 1.0, "affine": "held"}, 6, {"affine": "learned"}, 3),
        (10,),
    ),
    "γ held, and let go later": (MOMENTUM, (104, {"gamma": 2.0, "affine": "held"}, 9), (10, {"affine": "learned"}, 5)),
    "γ held before the checkpoint": (ADAM, (40, {"gamma": 2.0, "affine": "held"}, 69), (10, {"gamma": 0.5}, 5)),
    "γ put back to what it was, when it had learned": (MOMENTUM, (103, {"gamma": 1.0}, 5), (7,)),
    "several knobs turned at one step": (MOMENTUM, (103, {"gamma": 2.0}, {"beta": 1.0}, {"gamma": 3.0}, 5), (7,)),
    "a batch of one on the way": (
        {}, (104, {"batch_size": 1}, 1, {"batch_size": 2}, 3, {"batch_size": 1}, {"batch_size": 32}, 2), (5,)
    ),
    "a batch of one at the start": ({"batch_size": 1}, ({"batch_size": 32}, 12), (5,)),
    "a batch of one now": ({}, (12,), (5, {"batch_size": 1})),
    "turned at the very step": ({}, (12,), ({"gamma": 2.0}, 5)),
    "turned later": (MOMENTUM, (12,), (5, {"gamma": 2.0, "affine": "held", "batch_size": 8}, 5)),
    "turned later and turned back": ({}, (12,), (5, {"eps": 0.1}, 5, {"eps": 1e-5}, 5)),
    "an arm that diverged since": (UNSTABLE, (105,), ({"learning_rate": 3.0}, 30, {"learning_rate": 0.01}, 5)),
    "an arm that diverged before": (UNSTABLE, (105, {"learning_rate": 3.0}, 30, {"learning_rate": 0.01}, 5), (8,)),
    "all have diverged since": (UNSTABLE | {"normalizers": ("none",)}, (105,), ({"learning_rate": 3.0}, 30)),
    "noise and another order": ({"noise": 0.3, "seed": 5}, (107,), (50,)),
}  # fmt: skip


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
def test_it_goes_on_as_if_it_had_never_gone_further(make, clock, assert_identical, course):
    settings, before, after = course
    player = lived(make(**settings), *before)
    step = player.trainer.step
    lived(player, *after)
    assert list(player.trainer.diverged) == (["none"] if "activation" in settings else [])
    now = player.trainer.config.knobs
    back(player, step)

    twin = lived(make(**settings), *before)
    clock.now += 2 * GESTURE  # going back is a movement of its own
    turned = {name: value for name, value in now.items() if value != twin.trainer.config.knobs[name]}
    if turned:
        twin.change(turned, seq=0)
    assert_identical(player.trainer, twin.trainer)
    assert player.trainer.changes == twin.trainer.changes
    assert header_of(player)["ghost"] == header_of(twin)["ghost"]
    assert_identical(lived(player, 13).trainer, lived(twin, 13).trainer)


def test_it_can_go_back_again_and_again(make, assert_identical):
    player = lived(make(**MOMENTUM), 110, {"beta": 0.5}, 20)
    for step in (125, 115, 118, 102, 7):
        lived(back(player, step), 12)
    twin = lived(make(**MOMENTUM), 7, {"beta": 0.5}, 12)
    for one in (player, twin):
        one.trainer.mark_ghost()
    assert_identical(player.trainer, twin.trainer)


def test_on_the_way_back_it_says_so_and_then_plays(make, clock):
    player = lived(make(), 143)
    generation = header_of(player)["generation"]
    player.continue_from(120)
    assert (player.state, player.trainer.step) == ("restarting", 100)
    assert player.due < clock.now
    header = header_of(player)
    assert (header["step"], header["state"], header["generation"]) == (100, "restarting", generation + 1)
    assert header["message"] == "Going to step 120: 20 steps to repeat"
    player.play_for(0)
    assert (player.state, player.trainer.step) == ("restarting", 101)  # in slices, so that others have their turns
    player.play_for(1)
    assert player.state == "running"
    assert 120 < player.trainer.step < 123
    assert header_of(player)["message"] == ""
    assert header_of(player)["generation"] == generation + 1


def test_the_rows_after_the_step_are_forgotten_and_those_before_it_stay(make):
    player = lived(make(), 143)
    back(player, 120)
    assert list(rows(player)[1]) == [*range(101), 105, 110, 115, 120]  # and come again on the way


def test_a_sleeping_run_still_gets_where_it_was_to_go_on(make):
    player = lived(make(), 143)
    player.continue_from(120)
    player.sleep()
    player.play_for(1)
    assert player.trainer.step == 120
    player.play_for(1)
    assert player.trainer.step == 120


@pytest.mark.parametrize("step", [-1, 13, 10**9])
def test_a_step_that_was_not_made_is_passed_over(make, assert_identical, step):
    player, twin = lived(make(), 12), lived(make(), 12)
    player.continue_from(step)
    assert (player.state, player.generation) == ("paused", twin.generation)
    assert_identical(player.trainer, twin.trainer)


def test_on_the_way_back_it_cannot_be_sent_elsewhere(make):
    player = lived(make(), 143)
    player.continue_from(120)
    generation = player.generation
    player.play_for(0)
    player.continue_from(3)
    player.step()
    player.play_for(1)
    assert (player.trainer.step, player.generation, player.state) == (120, generation, "paused")


def test_knobs_turned_on_the_way_back_are_turned_when_it_is_there(make, assert_identical):
    player = lived(make(**MOMENTUM), 143)
    player.continue_from(120)
    player.play_for(0)
    player.change({"gamma": 2.0, "affine": "held"}, seq=7)
    player.change({"gamma": 3.0}, seq=8)
    header = header_of(player)
    assert (header["seq"], header["knobs"]["gamma"]) == (0, 1.0)  # of what is computed, not of what is to come
    player.pause()
    player.play_for(1)
    header = header_of(player)
    assert (header["seq"], header["knobs"]["gamma"], header["step"], header["ghost"]) == (8, 3.0, 120, 120)
    twin = lived(make(**MOMENTUM), 120, {"gamma": 3.0, "affine": "held"})
    assert_identical(player.trainer, twin.trainer)


def test_a_reset_on_the_way_back_takes_the_knobs_as_they_stand(make, small, assert_identical):
    player = lived(make(), 110, {"gamma": 2.0, "affine": "held"}, 30)
    player.continue_from(105)
    player.play_for(0)
    player.change({"beta": 1.0}, seq=9)
    player.reset()
    assert (player.state, player.seq) == ("running", 9)
    assert_identical(player.trainer, Trainer(small(normalizers=ARMS, gamma=2.0, beta=1.0, affine="held")))


def test_the_way_back_may_be_paused_and_looked_back_at(make):
    player = lived(make(), 143)
    player.look(["drift"])
    player.continue_from(120)
    player.play_for(0)
    header, found = rows(player, after=100)
    assert (header["generation"], list(found)) == (player.generation, [101])
    player.pause()
    player.play_for(1)
    assert (player.state, player.trainer.step) == ("paused", 120)


def test_the_ghost_that_was_there_at_the_step_is_there_again(make, clock):
    player = make()
    player.look(MOMENTARY)
    lived(player, 104, {"gamma": 2.0}, 20)
    assert header_of(player)["ghost"] == 104
    ghost = player.trainer.snapshot(["ghost"]).values
    clock.now += 2 * GESTURE
    back(lived(player, 5), 110)
    assert header_of(player)["ghost"] == 104
    for name, value in player.trainer.snapshot(["ghost"]).values.items():
        np.testing.assert_array_equal(value, ghost[name])
    lived(player, 10, {"beta": 1.0}, 3)
    back(player, 112)
    assert header_of(player)["ghost"] == 112  # β is turned there now, and was not then


def test_the_ghost_that_was_there_at_the_checkpoint_comes_back_when_there_was_another_since(make, clock):
    player = lived(make(), 50, {"gamma": 2.0}, 70)
    clock.now += 2 * GESTURE
    lived(player, {"eps": 0.1}, 2, {"eps": 1e-5}, 5)
    assert header_of(player)["ghost"] == 120
    back(player, 115)
    assert header_of(player)["ghost"] == 50


def test_when_changes_were_forgotten_it_stays_and_says_why(make, assert_identical, monkeypatch):
    monkeypatch.setattr("bnviz.change_log.MAX_CHANGES", 3)
    course = (10, {"beta": 0.1}, {"beta": 0.2}, {"beta": 0.3}, {"beta": 0.4}, 5)
    player, twin = lived(make(), *course), lived(make(), *course)
    player.want([])
    player.frame()
    player.want([])
    player.continue_from(5)
    header, _ = unpack_frame(player.frame())  # it is shown at once
    assert (header["state"], header["step"]) == ("paused", 15)
    assert header["note"].startswith("Cannot go back to step 5: only the last 3 changes are known, 4 would have to be")
    assert_identical(player.trainer, twin.trainer)
    lived(player, 90)
    back(player, 101)
    assert header_of(player)["note"] == ""


def test_the_players_own_table_goes_back_with_it(small, own_table, assert_identical):
    config = small(dataset="table", table=own_table.digest, normalizers=ARMS, batch_size=8)
    player, twin = (Player(config, playing=False, table=own_table) for _ in range(2))
    assert_identical(back(lived(player, 20), 13).trainer, lived(twin, 13).trainer)
