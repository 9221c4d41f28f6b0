"""Who speaks faster than it is heard waits, and nobody is refused."""

import pytest

from bnviz.live.pace import Pace
from tests.live.conftest import Clock


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("bnviz.live.pace.monotonic", clock)
    return clock


def test_a_few_at_once_are_heard_at_once_and_a_flood_at_its_pace(clock):
    pace = Pace(per_second=10, burst=2)
    assert [pace.wait() for _ in range(20)] == pytest.approx([0] * 20, abs=1e-9)
    heard = 0
    start = clock.now
    while clock.now < start + 30:
        clock.now += pace.wait()
        heard += 1
    assert heard == pytest.approx(300, abs=2)


def test_who_keeps_the_pace_never_waits(clock):
    pace = Pace(per_second=10)
    for _ in range(1000):
        clock.now += 0.1
        assert pace.wait() == pytest.approx(0, abs=1e-9)


def test_a_message_may_count_as_several(clock):
    pace = Pace(per_second=10, burst=1)
    assert pace.wait(10) == pytest.approx(0)
    assert pace.wait(5) == pytest.approx(0.5)


def test_it_rests_when_nothing_is_spent_any_more(clock):
    pace = Pace(per_second=1, burst=1)
    assert pace.rested
    pace.wait(3)
    assert not pace.rested
    clock.now += 2.5
    assert not pace.rested
    clock.now += 0.6
    assert pace.rested


@pytest.mark.parametrize("now", [0.0, 1000.0, 123_456.789])
def test_as_many_as_the_burst_holds_are_in_time_and_not_one_more(clock, now):
    clock.now = now
    pace = Pace(per_second=3, burst=20)
    assert [pace.may() for _ in range(61)] == [True] * 60 + [False]
    clock.now += 1
    assert [pace.may() for _ in range(4)] == [True] * 3 + [False]
