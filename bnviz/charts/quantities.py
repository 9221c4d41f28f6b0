"""Small multiples of quantities by layer: a panel for each quantity, in it a mark per layer and arm."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from bnviz.charts import DASHES, Column, Values, layer_words, styles
from bnviz.charts.curves import add_sight, colours, labels, layer_axis
from bnviz.charts.panels import add_panels
from bnviz.config import Config

BESIDE = 0.14  # layers between the marks of two arms, so that their bars do not hide each other


@dataclass(frozen=True)
class Quantity:
    """A number for each arm and layer: its sign or name, its field, its axis, and the field of its bars, if any."""

    title: str
    field: str
    axis: dict[str, Any]
    bars: str = ""
    sight: tuple[float, float] | None = None  # of a logarithmic axis: what it always shows


def log_axis(lowest: int, highest: int) -> dict[str, Any]:
    """A logarithmic axis that may show what lies between two powers of ten."""
    return {
        "type": "log", "tickvals": [10.0**power for power in range(lowest, highest + 1)], "tickformat": "~g",
        "autorangeoptions": {"clipmin": 10.0**lowest, "clipmax": 10.0**highest},
    }  # fmt: skip


def add_quantities(figure: go.Figure, config: Config, quantities: Iterable[Quantity]) -> list[Values]:
    """Add a panel for each quantity; the bindings that feed it."""
    quantities = list(quantities)
    xaxis = {**layer_axis(config.depth), "nticks": 6, "tickvals": None, "dtick": max(1, round(config.depth / 4))}
    xaxis["title"] = {"text": "layer", "standoff": 4}
    places = add_panels(
        figure, [quantity.title for quantity in quantities], None, xaxis=xaxis,
        yaxis={"zeroline": False, "nticks": 5, "tickfont": {"size": 11}}, gap=0.3 / (len(quantities) + 1), own_y=True,
    )  # fmt: skip
    bindings = []
    for quantity, place in zip(quantities, places, strict=True):
        figure.update_layout({f"yaxis{place['yaxis'][1:]}": quantity.axis})
        if quantity.sight:
            add_sight(figure, *quantity.sight, place)
        for index, (style, colour) in enumerate(zip(styles(config.normalizers), colours(config), strict=True)):
            trace = len(figure.data)
            beside = (index - (len(config.normalizers) - 1) / 2) * BESIDE
            bindings.append(Values(trace, "y", quantity.field, (index,)))
            bars = {}
            if quantity.bars:
                bindings.append(Values(trace, "error_y.array", quantity.bars, (index,)))
                bars["error_y"] = {"type": "data", "array": [], "color": colour, "thickness": 1, "width": 2}
            figure.add_scatter(
                x=[layer + beside for layer in range(1, config.depth + 1)], y=[], mode="lines+markers",
                name=labels(config)[index], line={"color": colour, "dash": DASHES[style], "width": 1.2},
                marker={"color": colour, "size": 5 if config.depth <= 20 else 3}, **bars, **place,
            )  # fmt: skip
    return bindings


def table(config: Config, quantities: Iterable[Quantity]) -> tuple[Column, ...]:
    """The same numbers as a table, a row for each layer."""
    columns = [layer_words(config.depth)]
    for quantity in quantities:
        for index, label in enumerate(labels(config)):
            columns.append(Column(f"{label}: {quantity.title}", quantity.field, (index,)))
            if quantity.bars:
                columns.append(Column(f"{label}: std of {quantity.title}", quantity.bars, (index,)))
    return tuple(columns)
