"""Pointing: what a person chooses by pointing at a mark of a chart. The browser only looks up which mark it is."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Target:
    """A mark of ``trace`` that is pointed at turns ``knob`` to one of the ``values``, that of its place.

    A point has its place among the trace's points; the cell of a heatmap has one ``along`` its columns and one along
    its rows. None is no mark, as between cells. A click chooses; with ``hover``, it is enough that a mouse is there.
    """

    trace: int
    knob: str
    values: tuple[Any, ...]
    along: Literal["points", "columns", "rows"] = "points"
    hover: bool = False
