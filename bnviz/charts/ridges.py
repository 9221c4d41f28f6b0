"""How are the values of every layer distributed, now, in each arm?"""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from bnviz import registry
from bnviz.charts import COLOURS, Chart, Format, Numbers, Ridges, layout, styles
from bnviz.config import Config
from bnviz.snapshot import axes
from bnviz.statistics import Axis

ROW_LABELS = 14  # more rows than this are labelled sparsely, so that nothing overlaps
BEHIND = "pre_activation"
DRIFT_ROOM = 0.24  # of the value axis, to the right of it
SITE_LABELS = {
    "pre_activation": "after the linear map",
    "normalized": "after normalization, before γ and β",
    "affine_output": "after normalization, γ and β",
    "activation": "after the activation",
}


def make(config: Config, site: str = "affine_output", height: int = 430) -> Chart:
    """One panel per arm on shared axes: a ridge per layer, the deepest at the top, pre-activations behind it."""
    axis = axes(config)[site]
    low, high = axis.edges[[0, -1]].tolist()
    dotted = " (dotted: before)" if _has_behind(site) else ""
    figure = go.Figure(layout=layout(f"Values {SITE_LABELS[site]}{dotted}", height))
    bindings: list[Ridges | Numbers] = []
    for index in range(len(config.normalizers)):
        bindings += _panel(figure, config, site, index)
    labelled = _labelled(config.depth)
    figure.update_layout(
        showlegend=False,
        margin={"l": 58, "r": 6, "t": 52, "b": 26},
        yaxis={
            "range": [0.9, config.depth + 1.02], "fixedrange": True, "zeroline": False, "showgrid": False,
            "tickvals": labelled, "ticktext": [f"layer {row}" for row in labelled],
        },
    )  # fmt: skip
    names = " and ".join(registry.entries("normalizers")[arm].label for arm in config.normalizers)
    alt = (
        f"Distributions of the values {SITE_LABELS[site]} in each of {config.depth} layers, for {names}, "
        f"on the axis from {low:g} to {high:g}, with each layer's drift as a number."
    )
    return Chart("ridges", alt, figure, tuple(bindings), each_frame=True)


def _panel(figure: go.Figure, config: Config, site: str, index: int) -> Iterable[Ridges | Numbers]:
    """Add one arm's axis, title, ridges and numbers; the bindings that feed them."""
    axis, depth = axes(config)[site], config.depth
    colour = COLOURS[styles(config.normalizers)[index]]
    low, high = axis.edges[[0, -1]].tolist()
    edge = high + DRIFT_ROOM * (high - low)
    arms = len(config.normalizers)
    left, right = (index + 0.03 * bool(index)) / arms, (index + 0.99) / arms
    number = str(index + 1) if index else ""
    figure.update_layout({
        f"xaxis{number}": {
            "domain": [left, right], "range": [low, edge], "fixedrange": True, "tickvals": _ticks(low, high),
            "zeroline": True, "anchor": "y",
        }
    })  # fmt: skip
    _titles(figure, config, index, left, right)
    place = {"xaxis": f"x{number}", "yaxis": "y", "hoverinfo": "skip"}

    if _has_behind(site):
        yield Ridges(len(figure.data), f"profile/{BEHIND}", (index,))
        line = {"width": 1, "color": "#888888", "dash": "dot"}
        figure.add_scatter(x=_outline(axes(config)[BEHIND], depth), y=[], mode="lines", line=line, **place)

    yield Ridges(len(figure.data), f"profile/{site}", (index,))
    figure.add_scatter(
        x=_outline(axis, depth), y=[], mode="lines", line={"width": 1.4, "color": colour},
        fill="toself", fillcolor=f"{colour}55", **place,
    )  # fmt: skip

    columns: tuple[tuple[str, Format, float, str], ...] = (
        (f"below/{site}", "share_below", low, "middle right"),
        (f"above/{site}", "share_above", high, "middle left"),
        (f"lost/{site}", "share_lost", (low + high) / 2, "middle center"),
        ("drift", "drift", edge, "middle left"),
    )
    parts = tuple((field, (index,), form) for field, form, _, _ in columns)
    yield Numbers(len(figure.data), parts, _every(depth))
    figure.add_scatter(
        x=[x for _, _, x, _ in columns for _ in range(depth)],
        y=[row + 0.42 for row in range(1, depth + 1)] * len(columns),
        textposition=[position for _, _, _, position in columns for _ in range(depth)],
        mode="text", text=[], cliponaxis=False, textfont={"size": 11, "shadow": "auto"}, **place,
    )  # fmt: skip


def _titles(figure: go.Figure, config: Config, index: int, left: float, right: float) -> None:
    label = registry.entries("normalizers")[config.normalizers[index]].label
    shared: dict[str, Any] = {
        "xref": "paper", "y": config.depth + 1.02, "yref": "y", "yanchor": "bottom", "showarrow": False,
    }  # fmt: skip
    font = {"size": 13, "color": COLOURS[styles(config.normalizers)[index]]}
    figure.add_annotation(text=f"<b>{label}</b>", x=left, xanchor="left", font=font, **shared)
    figure.add_annotation(text="drift", x=right, xanchor="right", font={"size": 11}, **shared)


def _has_behind(site: str) -> bool:
    return site not in (BEHIND, "activation")  # the activation has a value axis of its own


def _labelled(depth: int) -> list[int]:
    """The layers whose number stands beside them: the deepest, and every so many below it."""
    return [row for row in range(1, depth + 1) if (depth - row) % _every(depth) == 0]


def _every(depth: int) -> int:
    return math.ceil(depth / ROW_LABELS)


def _outline(axis: Axis, rows: int) -> list[float | None]:
    """The x of an outline through the middle of the bins, from edge to edge and with a gap, once for each row."""
    edges: list[float] = axis.edges.tolist()
    middles = [(left + right) / 2 for left, right in pairwise(edges)]
    return [edges[0], *middles, edges[-1], None] * rows


def _ticks(low: float, high: float) -> list[float]:
    step = next(step for step in (0.25, 0.5, 1, 2, 2.5) if (high - low) / step <= 6)
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
