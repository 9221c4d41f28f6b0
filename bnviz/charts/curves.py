"""What the charts of numbers over steps share: a line per arm, and its newest value as a number beside it."""

from typing import Any

import plotly.graph_objects as go

from bnviz import registry
from bnviz.charts import COLOURS, DASHES, Format, Numbers, Values, layout, styles
from bnviz.config import Config

SAMPLES = ("━━", "╍╍", "━·", "━ ━")  # of the arms' dashes, in the order of DASHES


def figure(config: Config, title: str, height: int, yaxis: dict[str, Any]) -> go.Figure:
    """An empty figure over steps, with room at the right for the newest values."""
    names = [
        f'<span style="color:{COLOURS[style]}">{SAMPLES[style]} {registry.entries("normalizers")[arm].label}</span>'
        for style, arm in zip(styles(config.normalizers), config.normalizers, strict=True)
    ]
    shared = layout(
        f"{title}<br><span style='font-size:11px'>{'   '.join(names)}</span>", height,
        xaxis={"title": {"text": "step", "standoff": 4}, "rangemode": "tozero", "zeroline": False},
        xaxis2={"overlaying": "x", "range": [0, 1], "visible": False, "fixedrange": True},
        yaxis={"zeroline": False, **yaxis},
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        showlegend=False,
        margin={"l": 44, "r": 52, "t": 48, "b": 34},
    )  # fmt: skip
    shared["title"]["pad"] = {"t": 14}  # room for the first of two lines
    return go.Figure(layout=shared)


def add_lines(figure: go.Figure, config: Config, steps: str, field: str, faint: bool = False) -> list[Values]:
    """A line per arm of ``field`` (arm, point) over ``steps`` (point,); faint ones are thin and dotted."""
    bindings = []
    for index, (arm, style) in enumerate(zip(config.normalizers, styles(config.normalizers), strict=True)):
        trace = len(figure.data)
        bindings += [Values(trace, "x", steps), Values(trace, "y", field, (index,))]
        figure.add_scatter(
            x=[], y=[], mode="lines", name=registry.entries("normalizers")[arm].label,
            opacity=0.55 if faint else 1,
            line={"color": COLOURS[style], "dash": "dot" if faint else DASHES[style], "width": 1 if faint else 1.8},
        )  # fmt: skip
    return bindings


def add_newest(figure: go.Figure, config: Config, field: str, form: Format) -> Numbers:
    """The newest value of each arm as a number in the arm's colour, at a fixed place right of the lines."""
    arms = range(len(config.normalizers))
    colours = [COLOURS[style] for style in styles(config.normalizers)]
    figure.add_scatter(
        x=[1.0] * len(arms), y=[0.96 - 0.16 * index for index in arms], xaxis="x2", yaxis="y2", mode="text",
        text=[], texttemplate="\u2002%{text}", textposition="middle right", textfont={"color": colours, "size": 13},
        cliponaxis=False, hoverinfo="skip",
    )  # fmt: skip
    return Numbers(len(figure.data) - 1, tuple((field, (index,), form) for index in arms))
