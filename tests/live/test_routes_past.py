"""Looking back over the socket: rows of the past, what is kept for them, and going on from an earlier step."""

import numpy as np
import pytest

from bnviz.live.past import ROW_EVERY, ROW_SELDOM
from bnviz.snapshot import MOMENTARY


@pytest.fixture
def stopped(page):
    """A page whose run has made some steps and stands; ``now`` is the header of its last frame."""
    page.say("look", fields=["drift", "std", "loss_history"])
    page.say("speed", steps_per_second=None)
    page.frame_when(lambda header: header["step"] > 3 * ROW_SELDOM)
    page.say("pause")
    page.now, _ = page.frame_when(lambda header: header["state"] == "paused")
    return page


def test_the_rows_of_a_run_arrive_whole(stopped):
    header, rows = stopped.rows()
    now = stopped.now["step"]
    assert (header["type"], header["generation"]) == ("history", stopped.now["generation"])
    assert list(rows) == header["kept"]
    assert {*range(0, now + 1, ROW_SELDOM), now} <= set(rows) <= {*range(0, now + 1, ROW_EVERY), now}
    for step, (itself, arrays) in rows.items():
        assert itself["step"] == step
        assert itself["arms"] == ["none", "batch"]
        if step >= ROW_SELDOM:  # by then it had been heard what is looked at
            assert {name.partition("/")[0] for name in arrays} == {"drift", "std"}
    assert set(rows[0][1]) | set(rows[0][0]["texts"]) == MOMENTARY
    _, arrays = stopped.frame("drift", "std")
    for name, value in arrays.items():
        np.testing.assert_array_equal(rows[now][1][name], value, err_msg=name)


def test_later_rows_alone_can_be_asked_for(stopped):
    now = stopped.now["step"]
    header, rows = stopped.rows(after=40)
    assert list(rows) == [step for step in header["kept"] if step > 40]
    assert list(stopped.rows(after=now)[1]) == []
    assert list(stopped.rows(after=now - 1)[1]) == [now]
    assert list(stopped.rows(after=2**31 - 1)[1]) == []


def test_rows_come_to_who_asked_also_to_a_watcher_and_to_nobody_else(stopped, watcher):
    _, rows = watcher.rows()
    assert list(rows)[-1] == stopped.now["step"]
    assert stopped.frame()[0]["step"] == stopped.now["step"]  # the next that it gets is what it asks for now
    assert watcher.frame()[0]["state"] == "paused"


def test_frames_and_rows_asked_for_together_both_come(stopped):
    for _ in range(20):
        stopped.say("ready", fields=["drift"], again=True)
        header, rows = stopped.rows_and_a_frame()
        assert header["state"] == "paused"
        assert list(rows)[-1] == stopped.now["step"]


def test_the_run_goes_on_from_an_earlier_step_with_the_knobs_as_they_stand(stopped):
    stopped.say("change", knobs={"gamma": 2.0, "affine": "held"}, seq=5)
    stopped.say("speed", steps_per_second=1)
    stopped.say("continue", step=ROW_SELDOM + 3)
    header, _ = stopped.frame_when(lambda header: header["state"] == "running")
    assert header["generation"] == stopped.now["generation"] + 1
    assert ROW_SELDOM + 3 <= header["step"] < stopped.now["step"]
    assert (header["knobs"]["gamma"], header["seq"]) == (2.0, 5)
    stopped.say("pause")
    stopped.frame_when(lambda header: header["state"] == "paused")
    told, rows = stopped.rows()
    assert told["generation"] == header["generation"]
    assert max(step for step in rows if rows[step][0]["knobs"]["gamma"] == 1.0) == ROW_SELDOM
    assert max(rows) < stopped.now["step"]


def test_a_step_that_was_not_made_is_passed_over(stopped):
    stopped.say("continue", step=stopped.now["step"] + 1)
    header, _ = stopped.frame()
    for name in ("step", "state", "generation"):
        assert header[name] == stopped.now[name]


def test_a_reset_is_told_by_another_generation(stopped):
    stopped.say("reset")
    header, _ = stopped.frame_when(lambda header: header["step"] == 0)
    assert header["generation"] == stopped.now["generation"] + 1
    assert list(stopped.rows()[1]) == [0]


def test_the_run_keeps_what_its_viewers_look_at_and_no_more_when_one_has_gone(server, page, watcher):
    run = server.hub.find(page.run["token"])
    page.say("look", fields=["drift"])
    watcher.say("look", fields=["train_loss", "drift"])
    page.frame_when(lambda _: run.looks == {"drift", "train_loss"})
    page.say("look", fields=["dead"])
    page.frame_when(lambda _: run.looks == {"dead", "drift", "train_loss"})
    watcher.leave()
    page.frame_when(lambda _: run.looks == {"dead"})
