"""One run by a clock that stands still until it is moved: states, speed, commands, and which frame is made when."""

import json
import math

import numpy as np
import pytest

from bnviz import Trainer
from bnviz.live.past import ROW_SELDOM
from bnviz.live.player import COMMANDS, GESTURE, Player
from bnviz.live.wire import unpack_frame, unpack_rows
from bnviz.snapshot import checked_fields

ARMS = ("none", "batch")
DIVERGING = {"normalizers": ("none",), "activation": "identity", "init": "gain", "init_gain": 100, "learning_rate": 10}


@pytest.fixture
def make(clock, small):
    """Makes a player; with ``cost``, each of its steps takes so many seconds on the clock."""

    def make(cost=0.0, **settings):
        player = Player(small(**{"normalizers": ARMS} | settings))
        advance = player.trainer.advance

        def slowly(steps=1):
            advance(steps)
            clock.now += cost * steps

        player.trainer.advance = slowly
        return player

    return make


def run(player, clock, seconds, tick=1 / 256):
    """What a worker's loop does in so many seconds; gives the steps made."""
    before, end = player.trainer.step, clock.now + seconds
    while clock.now < end:
        player.play_for(0.006)
        clock.now += tick
    return player.trainer.step - before


def stand(player, steps):
    """A player that stands still after so many steps."""
    player.pause()
    for _ in range(steps):
        player.step()
    return player


def frame_of(player, *fields):
    """Header and arrays of the frame with these fields."""
    player.want(fields)
    frame = player.frame()
    assert frame is not None
    return unpack_frame(frame)


# ---------------------------------------------------------------------- states


def test_a_player_runs_from_the_start_and_stands_when_paused(make, clock):
    player = make()
    assert player.state == "running"
    assert run(player, clock, 1) > 0
    player.pause()
    assert (player.state, player.due) == ("paused", math.inf)
    assert run(player, clock, 1) == 0
    player.play()
    assert player.state == "running"
    assert run(player, clock, 1) > 0


def test_a_batch_of_one_makes_it_wait_in_words(make, clock):
    player = make(batch_size=1)
    assert (player.state, player.due) == ("waiting", math.inf)
    assert run(player, clock, 1) == 0
    player.step()
    assert player.trainer.step == 0
    header, _ = frame_of(player)
    assert header["state"] == "waiting"
    assert header["message"] == player.trainer.waiting
    assert "variance" in header["message"]

    player.change({"batch_size": 2}, seq=1)
    assert player.state == "paused"  # the step that could not be made has paused it all the same
    assert frame_of(player)[0]["message"] == ""
    player.play()
    assert run(player, clock, 1) > 0


def test_a_run_goes_on_by_itself_when_the_batch_is_large_enough_again(make, clock):
    player = make()
    run(player, clock, 0.5)
    player.change({"batch_size": 1}, seq=1)
    assert run(player, clock, 1) == 0
    player.change({"batch_size": 8}, seq=2)
    assert player.state == "running"
    assert run(player, clock, 1) > 0


def test_a_run_whose_networks_have_all_diverged_says_when_and_where(make, clock):
    player = make(**DIVERGING)
    run(player, clock, 10)
    assert (player.state, player.due) == ("diverged", math.inf)
    header, arrays = frame_of(player, "train_loss", "loss_history", "mean", "drift")
    step, place = player.trainer.diverged["none"]
    assert header["diverged"] == {"none": {"step": step, "place": place}}
    assert not np.isfinite(arrays["train_loss"]).any()  # in the arrays, where it may be; the header was JSON
    steps = player.trainer.step
    player.step()
    player.play()
    assert run(player, clock, 1) == 0
    assert player.trainer.step == steps


def test_finite_arms_go_on_when_another_has_diverged(make, clock):
    player = make(**DIVERGING | {"normalizers": ("none", "layer"), "affine": "held", "gamma": 0})
    run(player, clock, 10)
    header, arrays = frame_of(player, "train_loss")
    assert list(header["diverged"]) == ["none"]
    assert header["state"] == "running"
    assert np.isfinite(arrays["train_loss"]).tolist() == [False, True]
    assert run(player, clock, 1) > 0


# ---------------------------------------------------------------------- speed


@pytest.mark.parametrize("speed", [1, 5, 20, 60, 200])
def test_it_makes_as_many_steps_a_second_as_are_asked_for(make, clock, speed):
    player = make(depth=1, width=2, dataset="spirals", normalizers=("none",))
    player.set_speed(speed)
    assert 4 * speed - 1 <= run(player, clock, 4, tick=1 / 512) <= 4 * speed + 3


def test_the_speed_can_be_changed_on_the_way(make, clock):
    player = make()
    player.set_speed(100)
    assert run(player, clock, 1) == pytest.approx(100, abs=3)
    player.set_speed(2)
    assert run(player, clock, 2) == pytest.approx(4, abs=3)
    player.set_speed(100)
    assert run(player, clock, 1) == pytest.approx(100, abs=3)


def test_what_was_missed_is_not_made_up_for(make, clock):
    player = make()
    run(player, clock, 1)
    clock.now += 100
    before = player.trainer.step
    player.play_for(1)
    assert 1 <= player.trainer.step - before <= 3


@pytest.mark.parametrize(("cost", "slice_", "steps"), [(0.25, 1, 4), (0.25, 0.125, 1), (1, 0.125, 1), (0.25, 0, 1)])
def test_a_turn_has_at_least_one_step_and_begins_none_when_its_time_is_used_up(make, cost, slice_, steps):
    player = make(cost)
    player.set_speed(None)
    for _ in range(2):
        before = player.trainer.step
        player.play_for(slice_)
        assert player.trainer.step - before == steps


def test_a_run_that_cannot_keep_up_begins_no_step_either_when_its_time_is_used_up(make):
    player = make(cost=1)
    player.set_speed(60)
    player.play_for(0.125)
    assert player.trainer.step == 1


def test_a_frame_names_the_step_of_the_ghost_where_a_panel_shows_it(make, clock):
    player = stand(make(), 12)
    player.look(["ghost/affine_output"])
    player.change({"gamma": 2.0}, seq=1)
    player.look(["ghost/activation"])  # another site
    assert frame_of(player, "mean")[0]["ghost"] == 12
    player.look(["gradient_rms_ghost"])  # which nobody looked at then
    assert frame_of(player, "std")[0]["ghost"] is None
    clock.now += 2 * GESTURE
    player.change({"gamma": 3.0}, seq=2)
    assert frame_of(player, "density")[0]["ghost"] == 12
    player.look([])
    assert frame_of(player, "drift")[0]["ghost"] == 12


def test_a_frame_that_is_wanted_is_of_the_step_of_a_row_where_one_was_kept(make):
    player = make(cost=0.125)
    player.set_speed(None)
    player.play_for(6)
    assert player.trainer.step == 48  # nobody waits
    player.want(["profile"])
    player.play_for(6)
    assert player.trainer.step == 2 * ROW_SELDOM
    player.play_for(6)  # and still waits: it is not in the way of the steps after
    assert player.trainer.step == 3 * ROW_SELDOM


def test_frames_say_how_fast_it_goes(make, clock):
    player = make()
    assert frame_of(player)[0]["rate"] == 0  # nothing has been measured yet
    player.set_speed(20)
    run(player, clock, 3)
    assert frame_of(player)[0]["rate"] == pytest.approx(20, abs=2)
    player.pause()
    assert frame_of(player)[0]["rate"] == 0


# ---------------------------------------------------------------------- commands


def test_step_makes_one_step_and_stops(make, clock):
    player = make()
    run(player, clock, 0.5)
    before = player.trainer.step
    player.step()
    assert player.trainer.step == before + 1
    assert player.state == "paused"
    assert run(player, clock, 1) == 0
    player.step()
    assert player.trainer.step == before + 2


def test_reset_is_a_fresh_run_with_the_knobs_as_they_stand(make, small, assert_identical):
    player = stand(make(seed=7), 5)
    player.change({"gamma": 2.5, "learning_rate": 0.3, "batch_size": 16}, seq=3)
    stand(player, 4)
    player.reset()
    fresh = Trainer(small(normalizers=ARMS, seed=7, gamma=2.5, learning_rate=0.3, batch_size=16))
    assert player.trainer.config == fresh.config
    assert_identical(player.trainer, fresh)
    assert player.state == "paused"
    stand(player, 12)
    fresh.advance(12)
    assert_identical(player.trainer, fresh)


def test_reset_shows_step_zero_and_starts_a_diverged_run_again(make, clock):
    player = make(**DIVERGING)
    run(player, clock, 10)
    frame_of(player, "drift")
    player.change({"learning_rate": 1e-4}, seq=5)
    player.reset()
    header, _ = frame_of(player, "drift")
    assert (header["step"], header["state"], header["diverged"], header["seq"]) == (0, "running", {}, 5)
    player.step()
    assert player.trainer.step == 1


def test_nobody_watches_no_steps(make, clock):
    player = make()
    run(player, clock, 0.5)
    player.sleep()
    assert player.due == math.inf
    before = player.trainer.step
    assert run(player, clock, 5) == 0
    player.wake()
    player.play_for(0.006)
    assert before < player.trainer.step <= before + 3


def test_waking_does_not_play_what_was_paused(make, clock):
    player = stand(make(), 1)
    player.sleep()
    player.wake()
    assert player.state == "paused"
    assert run(player, clock, 1) == 0


@pytest.mark.parametrize(
    "name", ["make_frame", "frame", "obey", "__init__", "_advance", "trainer", "state", "", "Play"]
)
def test_only_commands_are_obeyed(make, name):
    with pytest.raises(ValueError, match="a player knows"):
        make().obey(name)


def test_every_command_is_obeyed(make):
    player = make()
    arguments = {
        "want": {"fields": ["drift"]}, "change": {"knobs": {"gamma": 2.0}, "seq": 4},
        "set_speed": {"steps_per_second": None}, "look": {"fields": ["drift"]}, "continue_from": {"step": 0},
    }  # fmt: skip
    for name in COMMANDS:
        player.obey(name, **arguments.get(name, {}))
    assert (player.frames.wanted, player.trainer.config.gamma, player.seq) == (frozenset({"drift"}), 2.0, 4)
    assert player._clock.speed == math.inf


# ---------------------------------------------------------------------- frames


def test_no_frame_unless_one_is_wanted(make):
    player = make()
    assert player.frame() is None
    assert frame_of(player, "drift")
    assert player.frame() is None


def test_a_frame_that_shows_nothing_new_waits_for_the_next_step(make):
    player = stand(make(), 1)
    frame_of(player, "drift", "train_loss")
    player.want(["train_loss"])
    assert player.frame() is None
    player.step()
    header, arrays = unpack_frame(player.frame())
    assert header["step"] == 2
    assert list(arrays) == ["train_loss"]


def test_fields_not_shown_yet_are_new(make):
    player = stand(make(), 1)
    frame_of(player, "drift")
    _, arrays = frame_of(player, "train_loss")
    assert arrays.keys() == {"train_loss"}
    _, arrays = frame_of(player, "drift", "mean/activation")
    assert arrays.keys() == {"drift", "mean/activation"}
    player.want(["train_loss", "drift", "mean/activation"])
    assert player.frame() is None  # one after the other, all have been shown


def test_show_makes_it_new_again(make):
    player = stand(make(), 1)
    frame_of(player, "drift")
    player.want(["drift"])
    assert player.frame() is None
    player.show()
    assert unpack_frame(player.frame())[0]["step"] == 1


@pytest.mark.parametrize("command", ["pause", "play", "wake", "reset"])
def test_a_new_state_is_shown(make, command):
    player = stand(make(), 1)
    frame_of(player, "drift")
    player.obey(command)
    assert frame_of(player, "drift")[0]["state"] == player.state


def test_a_knob_turned_while_paused_is_seen_at_the_same_step(make):
    player = stand(make(), 3)
    before, old = frame_of(player, "std/affine_output")
    player.change({"gamma": 3.0, "affine": "held"}, seq=17)
    after, new = frame_of(player, "std/affine_output")
    assert (before["step"], before["seq"], before["knobs"]["gamma"]) == (3, 0, 1.0)
    assert (after["step"], after["seq"], after["knobs"]["gamma"], after["state"]) == (3, 17, 3.0, "paused")
    none, batch = (new["std/affine_output"] / old["std/affine_output"])[:, 0]  # the first layer of each arm
    assert none == 1
    assert batch == pytest.approx(3, rel=0.1)  # γ had learned a little before it was taken hold of


def test_the_numbers_are_the_trainers(make, small):
    player = stand(make(), 11)
    player.look(checked_fields(None))
    player.change({"gamma": 2.0, "eps": 0.01}, seq=1)
    stand(player, 11)
    trainer = Trainer(small(normalizers=ARMS))
    trainer.advance(11)
    trainer.mark_ghost()  # a hand took hold
    trainer.change(gamma=2.0, eps=0.01)
    trainer.advance(11)
    snapshot = trainer.snapshot()
    header, arrays = frame_of(player, *snapshot.values)
    assert arrays.keys() | header["texts"].keys() == snapshot.values.keys() == checked_fields(None)
    for name, expected in snapshot.values.items():
        if isinstance(expected, str):
            assert header["texts"][name] == expected
        else:
            kind = {"f": np.float32, "u": np.uint8}.get(expected.dtype.kind, np.int32)
            np.testing.assert_array_equal(arrays[name], expected.astype(kind), err_msg=name, strict=True)
    assert header["step"] == 22
    assert header["arms"] == list(ARMS)
    assert header["knobs"] == json.loads(json.dumps(trainer.config.knobs))
    assert (header["device"], header["note"], header["message"], header["diverged"]) == ("cpu", "", "", {})


def test_a_frame_says_that_the_device_asked_for_is_not_there(make, monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    header, _ = frame_of(make(device="cuda:7"))
    assert header["device"] == "cpu"
    assert "cuda:7" in header["note"]


# ---------------------------------------------------------------------- the user's own table


def test_a_reset_keeps_the_table(small, own_table, assert_identical):
    config = small(dataset="table", table=own_table.digest, normalizers=ARMS)
    player = stand(Player(config, table=own_table), 3)
    player.reset()
    assert player.trainer.step == 0
    assert_identical(player.trainer, Trainer(config, table=own_table))


# ---------------------------------------------------------------------- the past


def test_a_knob_turned_on_the_way_back_turns_where_the_way_ends(make, clock, assert_identical):
    player = stand(make(), 120)
    player.continue_from(110)
    player.play_for(0)
    assert (player.state, player.trainer.step) == ("restarting", 101)
    player.change({"learning_rate": 0.5}, seq=8)
    with pytest.raises(ValueError, match="learning_rate must lie between"):
        player.change({"learning_rate": 50}, seq=9)
    assert (player.trainer.config.learning_rate, player.seq) == (0.1, 0)
    while player.state == "restarting":
        player.play_for(0)
    plain = stand(make(), 110).trainer
    plain.mark_ghost(fields=())  # a hand took hold, and nobody looked
    plain.change(learning_rate=0.5)
    assert (player.trainer.step, player.seq) == (110, 8)
    assert player.trainer.config == plain.config
    player.pause()
    stand(player, 5)
    plain.advance(5)
    assert_identical(player.trainer, plain)


def test_the_start_is_kept_though_nobody_has_said_yet_what_he_looks_at(make):
    player = stand(make(), 1)
    player.look({"drift", "profile/affine_output"})
    stand(player, 4)
    _, rows = unpack_rows(player.history(-1))
    assert {"drift", "profile/affine_output"} <= unpack_frame(rows[0])[1].keys()
    assert {"drift", "profile/affine_output"} == unpack_frame(rows[5])[1].keys()


def test_what_could_not_be_gone_back_to_is_said_until_the_next_try(make):
    player = stand(make(), 4)
    for number in range(5001):
        player.trainer.change(learning_rate=0.1 + 0.1 * (number % 2))
    player.trainer.change(learning_rate=0.3)
    stand(player, 100)
    player.continue_from(2)
    assert player.note.startswith("Cannot go back to step 2: only the last 5000 changes are known")
    player.continue_from(100)
    assert player.note == ""
