"""What the charts of trained networks share: the arms' styles, and lines and marks in them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import plotly.graph_objects as go

from bnviz.charts import COLOURS, DASHES, Format, Numbers, Values, layout
from bnviz.charts.curves import SAMPLES

LINE = 14  # px from one line of the legend to the next


class Curve(NamedTuple):
    """A curve of a chart: its name, and the number of its colour and dash."""

    label: str
    style: int


ARMS = (
    Curve("none", 0),
    Curve("batch norm, stored statistics", 1),
    Curve("layer norm", 2),
    Curve("batch norm, re-estimated", 3),
)


def with_legend(title: str, curves: Iterable[Curve], height: int, rows: int = 2, **more: Any) -> dict[str, Any]:
    """The layout of a figure whose legend stands under its title in so many lines."""
    entries = [
        f'<span style="color:{COLOURS[curve.style]}">{SAMPLES[curve.style]} {curve.label}</span>' for curve in curves
    ]
    size = -(-len(entries) // rows)
    lines = ["   ".join(entries[first : first + size]) for first in range(0, len(entries), size)]
    small = [f"<span style='font-size:11px'>{line}</span>" for line in lines]
    shared = layout("<br>".join([title, *small]), height, showlegend=False, **more)
    shared["title"]["pad"]["t"] = 14
    shared["margin"] = {**shared["margin"], "t": shared["margin"]["t"] + LINE * len(lines)}
    return shared


def accuracy_axis() -> dict[str, Any]:
    """A y axis of accuracies, which stays."""
    return {"range": [-0.02, 1.04], "tickformat": ".0%", "dtick": 0.25, "fixedrange": True, "zeroline": False}


def add_curve(figure: go.Figure, curve: Curve, xs: Any, field: str, at: tuple[int, ...] = (), **more: Any) -> Values:
    """A line over places ``xs`` that stay."""
    figure.add_scatter(
        x=list(xs), y=[], mode="lines", name=curve.label,
        line={"color": COLOURS[curve.style], "dash": DASHES[curve.style], "width": 1.8}, **more,
    )  # fmt: skip
    return Values(len(figure.data) - 1, "y", field, at)


def add_marks(figure: go.Figure, styles: Iterable[int], x_field: str, y_field: str) -> list[Values]:
    """A mark on each curve, where a slider stands: x and y are the numbers of two fields."""
    figure.add_scatter(
        x=[], y=[], mode="markers", hoverinfo="skip", cliponaxis=False,
        marker={"color": [COLOURS[style] for style in styles], "size": 9, "line": {"width": 1, "color": "#FFFFFF"}},
    )  # fmt: skip
    trace = len(figure.data) - 1
    return [Values(trace, "x", x_field), Values(trace, "y", y_field)]


def add_newest(
    figure: go.Figure, styles: Iterable[int], parts: Iterable[tuple[str, tuple[int, ...], Format]]
) -> Numbers:
    """Numbers in the curves' colours, at fixed places right of the curves."""
    styles, parts = list(styles), tuple(parts)
    figure.update_layout(
        xaxis2={"overlaying": "x", "range": [0, 1], "visible": False, "fixedrange": True},
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
    )
    figure.add_scatter(
        x=[1.0] * len(styles), y=[0.94 - 0.13 * index for index in range(len(styles))], xaxis="x2", yaxis="y2",
        mode="text", text=[], texttemplate="\u2002%{text}", textposition="middle right",
        textfont={"color": [COLOURS[style] for style in styles], "size": 13}, cliponaxis=False, hoverinfo="skip",
    )  # fmt: skip
    return Numbers(len(figure.data) - 1, parts)
