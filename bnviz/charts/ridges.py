"""How are the values of every layer distributed, now, in each arm?"""

import math

import plotly.graph_objects as go

from bnviz import registry
from bnviz.charts import COLOURS, Chart, Numbers, Ridges, layout
from bnviz.config import Config
from bnviz.snapshot import axes

ROW_LABELS = 14  # more rows than this are labelled sparsely, so that nothing overlaps
SITE_LABELS = {
    "pre_activation": "after the linear map",
    "normalized": "x̂, normalized, before γ and β",
    "affine_output": "handed on by the normalizer",
    "activation": "after the activation",
}
BEHIND = "pre_activation"


def make(config: Config, site: str = "affine_output", height: int = 430) -> Chart:
    """One panel per arm on shared axes: a ridge per layer, the deepest at the top, pre-activations behind it."""
    axis = axes(config)[site]
    low, high = axis.edges[0], axis.edges[-1]
    room = (high - low) * 0.24  # to the right of the values, for the drift
    arms, rows = config.normalizers, range(1, config.depth + 1)
    every = math.ceil(config.depth / ROW_LABELS)
    labelled = [row for row in rows if (config.depth - row) % every == 0]
    behind = site not in (BEHIND, "activation")  # the activation's axis is another one
    figure = go.Figure(layout=layout(f"Values {SITE_LABELS[site]}, layer by layer", height))
    bindings: list[Ridges | Numbers] = []
    for index, arm in enumerate(arms):
        axis_names = {"xaxis": f"x{index + 1}" if index else "x", "yaxis": "y"}
        if behind:
            bindings.append(Ridges(len(figure.data), f"profile/{BEHIND}", (index,)))
            figure.add_scatter(
                x=_outline(axes(config)[BEHIND].edges, config.depth), y=[], mode="lines", hoverinfo="skip",
                line={"width": 1, "color": "#888888", "dash": "dot"}, connectgaps=False, **axis_names,
            )  # fmt: skip
        bindings.append(Ridges(len(figure.data), f"profile/{site}", (index,)))
        figure.add_scatter(
            x=_outline(axis.edges, config.depth), y=[], mode="lines", hoverinfo="skip", connectgaps=False,
            line={"width": 1.4, "color": COLOURS[index]}, fill="toself", fillcolor=f"{COLOURS[index]}55", **axis_names,
        )  # fmt: skip
        bindings.append(
            Numbers(
                len(figure.data),
                (
                    (f"below/{site}", (index,), "share_below"),
                    (f"above/{site}", (index,), "share_above"),
                    ("drift", (index,), "drift"),
                ),
            )
        )
        figure.add_scatter(
            x=[low] * config.depth + [high] * config.depth + [high + room * 0.95] * config.depth,
            y=[row + 0.42 for row in rows] * 3,
            mode="text", text=[], hoverinfo="skip", cliponaxis=False,
            textposition=["middle right"] * config.depth + ["middle left"] * (2 * config.depth),
            textfont={"size": 11 if config.depth <= ROW_LABELS else 8}, **axis_names,
        )  # fmt: skip
        left, right = index / len(arms) + (0.015 if index else 0), (index + 1) / len(arms) - 0.005
        figure.update_layout({
            f"xaxis{index + 1 if index else ''}": {
                "domain": [left, right], "range": [low, high + room], "fixedrange": True, "zeroline": True,
                "tickvals": _ticks(low, high), "showgrid": True, "anchor": "y",
            }
        })  # fmt: skip
        label = registry.entries("normalizers")[arm].label
        for text, x, anchor in ((f"<b>{label}</b>", left, "left"), ("drift", right, "right")):
            figure.add_annotation(
                text=text, x=x, xref="paper", xanchor=anchor, y=config.depth + 1.02, yref="y", yanchor="bottom",
                showarrow=False, font={"size": 13 if anchor == "left" else 11, **({"color": COLOURS[index]} if anchor == "left" else {})},
            )  # fmt: skip
    figure.update_layout(
        showlegend=False,
        yaxis={
            "range": [0.9, config.depth + 1.02], "tickvals": labelled, "fixedrange": True, "zeroline": False,
            "ticktext": [f"layer {row}" for row in labelled], "showgrid": False,
        },
        margin={"l": 58, "r": 6, "t": 52, "b": 26},
    )  # fmt: skip
    names = " and ".join(registry.entries("normalizers")[arm].label for arm in arms)
    return Chart(
        name="ridges",
        alt=f"Distributions of the values {SITE_LABELS[site]} in each of {config.depth} layers, for {names}, "
        f"counted on the axis from {low:g} to {high:g}, with each layer's drift as a number.",
        figure=figure,
        bindings=tuple(bindings),
        each_frame=True,
    )


def _outline(edges: list[float], rows: int) -> list[float | None]:
    """The x of an outline through the middle of the bins, from edge to edge and with a gap, once for each row."""
    middles = [(left + right) / 2 for left, right in zip(edges[:-1], edges[1:], strict=True)]
    return [edges[0], *middles, edges[-1], None] * rows


def _ticks(low: float, high: float) -> list[float]:
    step = next(step for step in (0.25, 0.5, 1, 2, 2.5) if (high - low) / step <= 6)
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
