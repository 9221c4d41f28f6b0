"""The past of a run: which rows and checkpoints stay, how much they take, and what is sent of them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.live.limits import Limits
from bnviz.live.past import (
    CHECKPOINT_EVERY,
    FEWEST_CHECKPOINTS,
    MOST_CHECKPOINTS,
    MOST_ROWS,
    ROW_EVERY,
    Past,
)
from bnviz.live.wire import unpack_rows
from bnviz.record import EVERY

MOST_ROW_BYTES, MOST_CHECKPOINT_BYTES = int(Limits().rows_mb * 2**20), int(Limits().checkpoints_mb * 2**20)


def lived(steps, row=8, checkpoint=8, begin=0, past=None):
    """A past as a player keeps it from ``begin`` over so many steps, of rows and checkpoints of so many bytes."""
    past = past or Past()
    for step in range(begin, steps + 1):
        if past.checkpoint_due(step):
            past.keep_checkpoint(step, step.to_bytes(checkpoint, "big"))
        if past.row_due(step):
            past.keep_row(step, step.to_bytes(row, "big"))
    return past


def rows_of(past, after=-1):
    """The steps of the rows in a message, each of which must hold what was kept for it."""
    header, rows = unpack_rows(past.pack(after))
    assert [int.from_bytes(frame, "big") for frame in rows.values()] == list(rows)
    assert [step for step in header["kept"] if step > after] == list(rows)
    return list(rows)


def checkpoints_of(past, steps):
    """The steps of all checkpoints, from what there is to go on from at each step."""
    return sorted(
        {int.from_bytes(past.checkpoint_before(step), "big") for step in range(0, steps + 1, CHECKPOINT_EVERY)}
    )


# ---------------------------------------------------------------------- what stays


@given(st.integers(0, 4000))
def test_rows_lie_evenly_from_the_start_and_never_too_many(steps):
    found = rows_of(lived(steps))
    gaps = {later - earlier for earlier, later in pairwise(found)}
    assert found[0] == 0
    assert len(gaps) <= 1
    assert all(gap % ROW_EVERY == 0 for gap in gaps)
    assert len(found) <= MOST_ROWS
    gap = gaps.pop() if gaps else ROW_EVERY
    assert steps - found[-1] < gap  # none is missing at the end
    assert gap == ROW_EVERY or len(found) > MOST_ROWS // 2 - 2  # and none has gone without need


@given(st.integers(0, 12000))
def test_checkpoints_lie_evenly_from_the_start_and_never_too_many(steps):
    past = Past()
    for step in range(0, steps + 1, CHECKPOINT_EVERY):
        if past.checkpoint_due(step):
            past.keep_checkpoint(step, step.to_bytes(8, "big"))
    stride = CHECKPOINT_EVERY
    while len(range(0, steps + 1, stride)) > MOST_CHECKPOINTS:
        stride *= 2
    kept = list(range(0, steps + 1, stride))
    for step in {0, steps // 3, steps // 2, steps}:
        assert int.from_bytes(past.checkpoint_before(step), "big") == max(at for at in kept if at <= step)


def test_only_what_would_stay_is_due():
    past = lived(3000)
    due = [step for step in range(3001, 3301) if past.row_due(step)]
    gap = due[1] - due[0]
    assert gap > ROW_EVERY
    assert due == list(range(due[0], 3301, gap))
    assert rows_of(past)[-1] == due[0] - gap


def test_a_run_goes_on_from_the_grid_where_drift_is_known():
    assert CHECKPOINT_EVERY % EVERY == 0
    assert not any(Past().checkpoint_due(step) for step in range(1, CHECKPOINT_EVERY))


# ---------------------------------------------------------------------- how much it takes


@pytest.mark.parametrize("size", [1000, 30_000, 200_000])
def test_rows_take_a_bounded_number_of_bytes(size):
    past = lived(1500, row=size)
    found = rows_of(past)
    assert len(past.pack(-1)) <= MOST_ROW_BYTES + 20_000  # the header beside them
    assert len(found) >= min(MOST_ROWS // 2, MOST_ROW_BYTES // size // 2)
    assert found[0] == 0


def test_checkpoints_take_a_bounded_number_of_bytes():
    size = MOST_CHECKPOINT_BYTES // 5
    found = checkpoints_of(lived(3000, checkpoint=size), 3000)
    assert found == [0, 800, 1600, 2400]


def test_of_checkpoints_that_are_too_large_the_start_and_a_later_one_are_kept():
    """Those of 4 networks of 50 layers of 256 take 150 MB each: eight would be more than a gigabyte."""
    found = checkpoints_of(lived(1000, checkpoint=MOST_CHECKPOINT_BYTES + 1), 1000)
    assert len(found) == FEWEST_CHECKPOINTS == 2
    assert found == [0, 800]


# ---------------------------------------------------------------------- going back


def test_the_checkpoint_before_a_step_is_the_last_one_not_after_it():
    past = lived(350)
    for step, expected in ((0, 0), (99, 0), (100, 100), (101, 100), (350, 300), (10**9, 300)):
        assert int.from_bytes(past.checkpoint_before(step), "big") == expected


def test_without_a_checkpoint_it_says_so():
    with pytest.raises(ValueError, match="nothing is kept of the steps up to 7; choose a later one"):
        Past().checkpoint_before(7)


def test_cut_forgets_what_came_after_and_it_goes_on_as_before():
    past = lived(350)
    past.keep_row(352, (352).to_bytes(8, "big"))  # stepped by hand
    past.cut(200)
    assert rows_of(past) == list(range(0, 201, ROW_EVERY))
    assert checkpoints_of(past, 400) == [0, 100, 200]
    assert rows_of(lived(350, begin=201, past=past)) == list(range(0, 351, ROW_EVERY))
    assert checkpoints_of(past, 400) == [0, 100, 200, 300]


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_a_past_that_was_cut_goes_on_with_the_rows_that_are_left(first, back):
    back = min(first, back)
    past = lived(first)
    gap = [*rows_of(past), ROW_EVERY][1]
    past.cut(back)
    assert rows_of(past) == list(range(0, back + 1, gap))
    assert rows_of(lived(first, begin=back + 1, past=past)) == list(range(0, first + 1, gap))


# ---------------------------------------------------------------------- what is sent


def test_later_rows_alone_are_sent_with_the_steps_of_all_that_are_kept():
    past = lived(40)
    header, rows = unpack_rows(past.pack(20, generation=3))
    assert list(rows) == [25, 30, 35, 40]
    assert header["kept"] == list(range(0, 41, ROW_EVERY))
    assert (header["type"], header["generation"]) == ("history", 3)
    assert rows_of(past, 40) == []
    assert rows_of(past, 39) == [40]
    assert rows_of(past, 10**6) == []


def test_the_newest_row_is_sent_and_makes_room_for_the_next_when_it_would_not_stay():
    past = lived(3000)
    stays = rows_of(past)
    past.keep_row(3001, (3001).to_bytes(8, "big"))
    assert rows_of(past) == [*stays, 3001]
    past.keep_row(3002, (3002).to_bytes(8, "big"))
    assert rows_of(past) == [*stays, 3002]


def test_a_row_of_the_same_step_is_replaced():
    past = Past()
    past.keep_row(0, b"before a knob was turned")
    past.keep_row(0, b"after it")
    assert unpack_rows(past.pack(-1))[1] == {0: b"after it"}
