"""The knobs that were turned, in order."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from bnviz.config import FIELDS
from bnviz.fields import number_text
from bnviz.snapshot import Change

NEAR = 60  # steps; changes of one knob that lie nearer than this are one movement of a hand
MOST = 40  # lines


class _Line(NamedTuple):
    knob: str
    first: int
    last: int
    before: Any
    now: Any


def changes(log: Sequence[Change]) -> str:
    """A line for each movement of a knob, such as “step 120: γ 1 → 2”, the newest first; the oldest are left out."""
    lines: list[_Line] = []
    for change in log:
        for knob, value in change.now.items():
            if change.before[knob] != value:
                _add(lines, _Line(knob, change.step, change.step, change.before[knob], value))
    shown = [_words(line) for line in reversed(lines[-MOST:])]
    if len(lines) > MOST:
        shown.append(f"and {len(lines) - MOST} before these")
    return "\n".join(shown) or "No knob has been turned yet."


def _add(lines: list[_Line], new: _Line) -> None:
    """Add a movement, or make the last one of the same knob longer, when it is still going on."""
    for place in range(len(lines) - 1, -1, -1):
        old = lines[place]
        if new.first - old.last > NEAR:
            break
        if old.knob == new.knob:
            lines[place] = old._replace(last=new.last, now=new.now)
            if lines[place].first == new.last and old.before == new.now:  # there and back before a step was made
                del lines[place]
            return
    lines.append(new)


def _words(line: _Line) -> str:
    field = FIELDS[line.knob]
    steps = f"step {line.first}" if line.first == line.last else f"steps {line.first}–{line.last}"
    moved = "moved and put back to" if line.before == line.now else f"{_value(line.before)} →"
    return f"{steps}: {field.label} {moved} {_value(line.now)}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else number_text(value)
