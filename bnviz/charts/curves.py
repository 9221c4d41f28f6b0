"""What the charts of one line per arm share: lines over steps, a legend, the newest values as numbers beside them."""

from typing import Any, Protocol

import plotly.graph_objects as go

from bnviz import registry
from bnviz.charts import COLOURS, DASHES, Format, Numbers, Values, layout, styles
from bnviz.config import Config

SAMPLES = ("━━", "╍╍", "━·", "━ ━")  # of the arms' dashes, in the order of DASHES
LEGEND_WIDTH = 52  # characters that fit on a phone
_LINE = 14  # px from one line of the legend to the next


class Compared(Protocol):
    """What is asked of a config for lines of its arms."""

    @property
    def normalizers(self) -> tuple[str, ...]:
        """The arms."""


def labels(config: Compared) -> list[str]:
    """The arms' names as users read them."""
    return [registry.entries("normalizers")[arm].label for arm in config.normalizers]


def colours(config: Compared) -> list[str]:
    """The arms' colours."""
    return [COLOURS[style] for style in styles(config.normalizers)]


def legend(config: Compared) -> list[str]:
    """The arms' names in their colours with a sample of their lines, in as many lines as they need on a phone."""
    lines, room = [""], LEGEND_WIDTH
    for style, label in zip(styles(config.normalizers), labels(config), strict=True):
        name = f"{SAMPLES[style]} {label}"
        if lines[-1] and len(name) + 3 > room:
            lines, room = [*lines, ""], LEGEND_WIDTH
        lines[-1] += f'{"   " if lines[-1] else ""}<span style="color:{COLOURS[style]}">{name}</span>'
        room -= len(name) + 3
    return lines


def with_legend(config: Compared, title: str, height: int, note: str = "", **more: Any) -> dict[str, Any]:
    """The layout of a figure whose legend stands under its title, and a note under that."""
    lines = [*legend(config), *([note] if note else [])]
    small = [f"<span style='font-size:11px'>{line}</span>" for line in lines]
    shared = layout("<br>".join([title, *small]), height, showlegend=False, **more)
    shared["title"]["pad"]["t"] = 14  # room for the first line of several
    shared["margin"] = {**shared["margin"], "t": shared["margin"]["t"] + _LINE * len(lines)}
    return shared


def figure(config: Compared, title: str, height: int, yaxis: dict[str, Any]) -> go.Figure:
    """An empty figure over steps, with room at the right for the newest values."""
    return go.Figure(layout=with_legend(
        config, title, height,
        xaxis={"title": {"text": "step", "standoff": 4}, "rangemode": "tozero", "zeroline": False},
        xaxis2={"overlaying": "x", "range": [0, 1], "visible": False, "fixedrange": True},
        yaxis={"zeroline": False, **yaxis},
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        margin={"l": 44, "r": 52, "t": 34, "b": 34},
    ))  # fmt: skip


def add_lines(figure: go.Figure, config: Compared, steps: str, field: str, faint: bool = False) -> list[Values]:
    """A line per arm of ``field`` (arm, point) over ``steps`` (point,); faint ones are thin and dotted."""
    bindings = []
    for index, (label, style) in enumerate(zip(labels(config), styles(config.normalizers), strict=True)):
        trace = len(figure.data)
        bindings += [Values(trace, "x", steps), Values(trace, "y", field, (index,))]
        figure.add_scatter(
            x=[], y=[], mode="lines", name=label, opacity=0.55 if faint else 1,
            line={"color": COLOURS[style], "dash": "dot" if faint else DASHES[style], "width": 1 if faint else 1.8},
        )  # fmt: skip
    return bindings


def add_newest(figure: go.Figure, config: Compared, field: str, form: Format) -> Numbers:
    """The newest value of each arm as a number in the arm's colour, at a fixed place right of the lines."""
    arms = range(len(config.normalizers))
    figure.add_scatter(
        x=[1.0] * len(arms), y=[0.96 - 0.16 * index for index in arms], xaxis="x2", yaxis="y2", mode="text",
        text=[], texttemplate="\u2002%{text}", textposition="middle right",
        textfont={"color": colours(config), "size": 13}, cliponaxis=False, hoverinfo="skip",
    )  # fmt: skip
    return Numbers(len(figure.data) - 1, tuple((field, (index,), form) for index in arms))


def add_layer_lines(figure: go.Figure, config: Config, field: str) -> list[Values]:
    """A line with a mark per layer and arm, of ``field`` (arm, layer)."""
    bindings = []
    for index, (label, style) in enumerate(zip(labels(config), styles(config.normalizers), strict=True)):
        bindings.append(Values(len(figure.data), "y", field, (index,)))
        figure.add_scatter(
            x=list(range(1, config.depth + 1)), y=[], mode="lines+markers", name=label,
            line={"color": COLOURS[style], "dash": DASHES[style], "width": 1.8},
            marker={"color": COLOURS[style], "size": 6 if config.depth <= 20 else 3},
        )  # fmt: skip
    return bindings


def add_sight(figure: go.Figure, low: float, high: float, place: dict[str, str] | None = None) -> None:
    """Keep a logarithmic axis from showing less than ``low`` to ``high``, by marks that are not seen.

    Plotly's own ``autorangeoptions.include`` does nothing on such an axis where it begins below 1.
    """
    figure.add_scatter(
        x=[1, 1], y=[low, high], mode="markers", marker={"opacity": 0}, hoverinfo="skip", **(place or {})
    )


def layer_axis(depth: int) -> dict[str, Any]:
    """An x axis of layers, from the input to the output, with whole numbers only."""
    every = next(every for every in (1, 2, 5, 10) if depth / every <= 10)
    return {
        "title": {"text": "layer, from input to output", "standoff": 4}, "range": [0.6, depth + 0.4],
        "tickvals": [*([1] if every >= 5 else []), *range(every, depth + 1, every)],
        "zeroline": False, "fixedrange": True,
    }  # fmt: skip
