"""Rows of ridges: one for each layer, with outlines and numbers in it."""

import math
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from bnviz.charts import Numbers
from bnviz.charts.bindings import BLANK, At, Format
from bnviz.statistics import Axis

ROW_LABELS = 14  # more rows than this are labelled sparsely, so that nothing overlaps
_TOP = 1.02  # of a row, above the last line

Part = tuple[str, At, Format]
Mark = tuple[Part, float, float, str]  # a slice, and where its numbers stand: x, height in the row, text position


def row_axis(depth: int) -> dict[str, Any]:
    """A y axis of layers, the deepest at the top."""
    labelled = _labelled(depth)
    return {
        "range": [0.9, depth + _TOP], "fixedrange": True, "zeroline": False, "showgrid": False,
        "tickvals": labelled, "ticktext": [f"layer {row}" for row in labelled],
    }  # fmt: skip


def add_outline(
    figure: go.Figure, outline: list[float | None], place: dict[str, str], line: dict[str, Any], fill: str = ""
) -> None:
    """Add a trace for the outlines of all rows, filled where a colour is given."""
    filled = {"fill": "toself", "fillcolor": fill} if fill else {}
    line = {"width": 1, **line}
    figure.add_scatter(x=outline, y=[], mode="lines", line=line, hoverinfo="skip", **filled, **place)


def add_numbers(
    figure: go.Figure,
    depth: int,
    marks: list[Mark],
    place: dict[str, str],
    *,
    colour: str = "",
    wide_only: bool = False,
) -> Numbers:
    """Add a trace for the numbers of all rows; the binding that feeds it."""
    figure.add_scatter(
        x=[x for _, x, _, _ in marks for _ in range(depth)],
        y=[row + at for _, _, at, _ in marks for row in range(1, depth + 1)],
        textposition=[position for _, _, _, position in marks for _ in range(depth)],
        mode="text", text=[BLANK] * (depth * len(marks)), cliponaxis=False, hoverinfo="skip",
        textfont={"size": 11, **({"color": colour} if colour else {"shadow": "auto"})}, **place,
    )  # fmt: skip
    return Numbers(len(figure.data) - 1, tuple(part for part, _, _, _ in marks), _every(depth), wide_only)


def add_heading(figure: go.Figure, text: str, place: dict[str, str], x: float) -> None:
    """Write above a panel, at ``x`` of its axis, what the numbers there are."""
    figure.add_annotation(
        text=text, x=x, xref=place["xaxis"], xanchor="left", y=1, yref=f"{place['yaxis']} domain", yanchor="bottom",
        showarrow=False, font={"size": 11}, borderpad=0,
    )  # fmt: skip


def _labelled(depth: int) -> list[int]:
    """The layers whose number stands beside them: the deepest, and every so many below it."""
    return [row for row in range(1, depth + 1) if (depth - row) % _every(depth) == 0]


def _every(depth: int) -> int:
    return math.ceil(depth / ROW_LABELS)


def outline(axis: Axis, rows: int) -> list[float | None]:
    """The x of an outline through the middle of the bins, from edge to edge and with a gap, once for each row."""
    edges: list[float] = axis.edges.tolist()
    middles = [(left + right) / 2 for left, right in pairwise(edges)]
    return [edges[0], *middles, edges[-1], None] * rows


def ticks(low: float, high: float) -> list[float]:
    """Round numbers on a value axis, at most seven."""
    step = next(step for step in (0.25, 0.5, 1, 2, 2.5) if (high - low) / step <= 6)
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
