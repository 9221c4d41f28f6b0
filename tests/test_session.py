"""The sessions of the benchmarks ask for frames at the pace of the page."""

import re
from pathlib import Path

from tests.benchmarks import session

TURNS = (Path(__file__).parents[1] / "bnviz/ui/live/turns.js").read_text("utf-8")
PER_SECOND = 1000


def constant(name: str) -> float:
    return float(re.search(rf"const {name} = (\d+)", TURNS)[1])


def test_its_constants_are_the_pages():
    for name in ("TURN_EVERY", "PAUSE", "REST", "HELD_EVERY", "HELD_MOST"):
        assert getattr(session, name) * PER_SECOND == constant(name), name
    assert constant("HELD_FRAMES") == session.HELD_FRAMES


def test_its_formulas_are_the_pages():
    source = Path(session.__file__).read_text("utf-8")
    assert "every = Math.max(TURN_EVERY, 3 * this.gap)" in TURNS
    assert "every = max(TURN_EVERY, 3 * self._gap)" in source
    assert "Math.max(1, this.gap / TURN_EVERY)" in TURNS
    assert "max(1, self._gap / TURN_EVERY)" in source
