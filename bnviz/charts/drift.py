"""When, and in which layers, do distributions move?"""

import math
from typing import Any

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Matrix, Values, layout
from bnviz.charts.curves import colours, labels
from bnviz.charts.panels import add_panels, room_for, step_axis, two_columns, wrapped
from bnviz.config import Config

TICKS = (0.001, 0.01, 0.1, 1)
TABLE_LAYERS = 10  # columns for each arm; more would not be read
CIVIDIS = ("#00204D", "#31446B", "#666970", "#958F78", "#CBBA69", "#FFEA46")


def make(config: Config, height: int = 215) -> Chart:
    """Drift of each layer over steps as colour, a panel per arm; one logarithmic colour scale for all."""
    names, titles, depth = labels(config), wrapped(labels(config)), config.depth
    figure = go.Figure(layout=layout(
        "Drift in ten steps (unit: spread)", height, showlegend=False, coloraxis=_colours(),
        margin={"l": 40, "r": 52, "t": 26 + room_for(titles), "b": 34},
    ))  # fmt: skip
    places = add_panels(
        figure, titles, colours(config),
        xaxis={**step_axis(len(names)), "showgrid": False, "fixedrange": True},
        yaxis={"title": {"text": "layer", "standoff": 2}, "range": [0.5, depth + 0.5], "fixedrange": True,
               "tickvals": _chosen(depth), "zeroline": False, "showgrid": False},
    )  # fmt: skip
    bindings: list[Values | Matrix] = []
    table = [Column("step", "grid_steps", (), "step")]
    for index, (name, place) in enumerate(zip(names, places, strict=True)):
        bindings += [Values(index, "x", "grid_steps"), Matrix(index, "drift_history", (index,), log=True)]
        figure.add_heatmap(
            x=[], y=list(range(1, depth + 1)), z=[], coloraxis="coloraxis", name=name, hoverongaps=False,
            hovertemplate="step %{x}, layer %{y}: log₁₀ drift %{z:.2f}<extra></extra>", **place,
        )  # fmt: skip
        table += [
            Column(f"{name}: layer {layer}", "drift_history", (index, layer - 1), "drift") for layer in _chosen(depth)
        ]
    alt = (
        f"How far the distributions of each of {depth} layers moved in the ten steps before, over steps, for each arm, "
        "as colour on a logarithmic scale from 0.001 to 1, in units of a unit's spread."
    )
    narrow, below = two_columns(figure, names)
    return Chart(
        "drift", alt, figure, tuple(bindings), tuple(table), over_time=True, narrow=narrow, narrow_below=below,
    )  # fmt: skip


def _colours() -> dict[str, Any]:
    return {
        "colorscale": [[place / (len(CIVIDIS) - 1), colour] for place, colour in enumerate(CIVIDIS)],
        "cmin": math.log10(TICKS[0]), "cmax": math.log10(TICKS[-1]),
        "colorbar": {
            "thickness": 9, "len": 1, "lenmode": "fraction", "outlinewidth": 0, "xpad": 6, "ypad": 0,
            "tickvals": [math.log10(tick) for tick in TICKS], "ticktext": [f"{tick:g}" for tick in TICKS],
            "tickfont": {"size": 11},
        },
    }  # fmt: skip


def _chosen(depth: int) -> list[int]:
    """The deepest layer, and every so many before it."""
    every = math.ceil(depth / TABLE_LAYERS)
    return [layer for layer in range(1, depth + 1) if (depth - layer) % every == 0]
