"""Clock: what is due when, and what is not made up for."""

import math

import pytest

from bnviz.live.clock import Clock


@pytest.fixture
def now(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr("bnviz.live.clock.monotonic", lambda: moment[0])
    return moment


def test_steps_are_due_at_even_times(now):
    clock = Clock(4, 0)
    due = []
    for _ in range(3):
        now[0] = clock.due
        due.append(clock.due)
        clock.spend()
    assert due == [100, 100.25, 100.5]


def test_what_is_missed_is_not_made_up_for(now):
    clock = Clock(10, 0)
    now[0] = 107
    clock.spend()
    assert clock.due == pytest.approx(106.9)  # one step at once, and then the pace
    clock.spend()
    assert clock.due == pytest.approx(107)


def test_as_fast_as_it_goes_everything_is_due(now):
    clock = Clock(math.inf, 0)
    clock.spend()
    assert clock.due == now[0]


def test_the_rate_is_that_of_the_last_second_and_is_late_below_half(now):
    clock = Clock(60, 30)
    now[0] = 100.9
    clock.count(80)
    assert (clock.rate, clock.late) == (0, False)  # not known yet
    now[0] = 101
    clock.count(60)
    assert (clock.rate, clock.late) == (30, False)
    now[0] = 103
    clock.count(118)
    assert (clock.rate, clock.late) == (29, True)
    clock.restart(118)
    assert (clock.rate, clock.late, clock.due) == (0, False, 103)
