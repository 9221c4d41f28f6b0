"""How are the values of every layer distributed, now, in each arm?"""

from typing import Any

import plotly.graph_objects as go

from bnviz.charts import COLOURS, DASHES, INK, NARROW, Chart, Column, Numbers, Ridges, layer_words, layout, styles
from bnviz.charts.bindings import Format
from bnviz.charts.curves import colours, labels, with_legend
from bnviz.charts.panels import add_panels, room_for, two_columns, wrapped
from bnviz.charts.rows import Mark, Part, add_heading, add_numbers, add_outline, outline, row_axis, ticks
from bnviz.config import Config
from bnviz.snapshot import SITE_LABELS, axes

TALL_ROWS = 8  # up to so many, a row has room for two lines of numbers
BEHIND = "pre_activation"
ROOM = 0.34  # of the value axis, to the right of it, for the drift
COLUMN = 0.17  # of the value axis, for each arm's distance
_PER_PANEL = 200  # px; as ``panels.PER_PANEL``, with room for numbers


def make(config: Config, site: str = "affine_output", height: int = 430, together: bool = False) -> Chart:
    """A ridge per layer, the deepest at the top: a panel per arm on shared axes, pre-activations behind.

    ``together``: all arms upon each other, with each layer's distance to the first arm instead of its drift. The
    thin line upon a ridge is its ghost: the distribution at a moment that was kept.
    """
    axis = axes(config)[site]
    low, high = axis.edges[[0, -1]].tolist()
    figure, bindings, narrow = (_together if together else _beside)(config, site, height)
    names = " and ".join(labels(config))
    number = "distance to the first arm" if together else "drift"
    alt = (
        f"Distributions of the values {SITE_LABELS[site]} in each of {config.depth} layers, for {names}, "
        f"on the axis from {low:g} to {high:g}, with each layer's {number} as a number."
    )
    arms = len(config.normalizers)
    below = max(NARROW, _PER_PANEL * arms) if arms > 2 and not together else NARROW
    return Chart(
        "ridges", alt, figure, tuple(bindings), _table(config, site, together), each_frame=True,
        narrow=narrow, narrow_below=below,
    )  # fmt: skip


Made = tuple[go.Figure, list[Ridges | Numbers], dict[str, Any]]


def _beside(config: Config, site: str, height: int) -> Made:
    """A panel per arm."""
    low, high = _ends(config, site)
    shape = outline(axes(config)[site], config.depth)
    arms, behind = len(config.normalizers), site not in (BEHIND, "activation")  # activations have an axis of their own
    title = f"Values {SITE_LABELS[site]}"
    figure = go.Figure(layout=layout(
        f"{title} (dotted: before)" if behind else title, height, showlegend=False,
        margin={"l": 58, "r": 6, "t": 52, "b": 26},
    ))  # fmt: skip
    places = add_panels(
        figure, labels(config), colours(config), xaxis=_values(config, site, ROOM), yaxis=row_axis(config.depth)
    )
    bindings: list[Ridges | Numbers] = []
    for index, (place, colour) in enumerate(zip(places, colours(config), strict=True)):
        if behind:
            bindings.append(Ridges(len(figure.data), f"profile/{BEHIND}", (index,)))
            add_outline(figure, outline(axes(config)[BEHIND], config.depth), place, {"color": "#888888", "dash": "dot"})
        bindings.append(Ridges(len(figure.data), f"profile/{site}", (index,)))
        add_outline(figure, shape, place, {"width": 1.4, "color": colour}, f"{colour}55")
        bindings.append(Ridges(len(figure.data), f"ghost/{site}", (index,), skip_empty=True))
        add_outline(figure, shape, place, {"color": INK, "dash": "dash"})
        bindings += _add_marks(figure, config, site, index, place)
    for place in places:
        add_heading(figure, "drift", place, _beyond(low, high))

    small = f"<span style='font-size:11px'>numbers: drift{'; dotted: before' if behind else ''}</span>"
    short = wrapped(labels(config), min(arms, 2))
    narrow = two_columns(figure, labels(config), apart=46)[0] | _narrow(config, site, arms)
    narrow |= {"title.text": f"{title}<br>{small}", "title.pad.t": 14, "margin.t": 51 + room_for(short)}
    for index, label in enumerate(short):
        narrow |= {f"annotations.{index}.text": f"<b>{label}</b>", f"annotations.{arms + index}.visible": False}
    return figure, bindings, narrow


def _together(config: Config, site: str, height: int) -> Made:
    """All arms in one panel."""
    low, high = _ends(config, site)
    shape = outline(axes(config)[site], config.depth)
    others = len(config.normalizers) - 1
    figure = go.Figure(layout=with_legend(
        config, f"Values {SITE_LABELS[site]}", height,
        xaxis=_values(config, site, COLUMN * others), yaxis=row_axis(config.depth),
        margin={"l": 58, "r": 6, "t": 50, "b": 26},
    ))  # fmt: skip
    place = {"xaxis": "x", "yaxis": "y"}
    bindings: list[Ridges | Numbers] = []
    for index, style in enumerate(styles(config.normalizers)):
        colour = COLOURS[style]
        bindings.append(Ridges(len(figure.data), f"profile/{site}", (index,)))
        line = {"width": 1.4, "color": colour, "dash": DASHES[style]}
        add_outline(figure, shape, place, line, f"{colour}33")
        bindings.append(Ridges(len(figure.data), f"ghost/{site}", (index,), skip_empty=True))
        add_outline(figure, shape, place, {"color": colour, "dash": "dot"})
    for index, colour in enumerate(colours(config)):
        marks: list[Mark] = []
        if config.depth <= TALL_ROWS:  # else there is no room for several arms: the table has them
            at = 0.2 + 0.24 * index
            marks += [
                ((f"below/{site}", (index,), "share_below"), low, at, "middle right"),
                ((f"above/{site}", (index,), "share_above"), high, at, "middle left"),
            ]
        if index:
            x = _beyond(low, high) + (index - 1) * COLUMN * (high - low)
            marks.append(((f"distance/{site}", (index,), "drift"), x, 0.42, "middle right"))
        if marks:
            bindings.append(add_numbers(figure, config.depth, marks, place, colour=colour))
    if others:
        add_heading(figure, "distance", place, _beyond(low, high))
    return figure, bindings, _narrow(config, site, 1)


def _add_marks(figure: go.Figure, config: Config, site: str, index: int, place: dict[str, str]) -> list[Numbers]:
    """What is beside the histogram: values outside the axis or not finite, drift, dead units, saturated values."""
    low, high = _ends(config, site)
    marks: list[Mark] = [
        ((f"below/{site}", (index,), "share_below"), low, 0.42, "middle right"),
        ((f"above/{site}", (index,), "share_above"), high, 0.42, "middle left"),
        ((f"lost/{site}", (index,), "share_lost"), (low + high) / 2, 0.42, "middle center"),
        (("drift", (index,), "drift"), _beyond(low, high), 0.42, "middle right"),
    ]
    idle: tuple[Part, Part] = (("dead", (index,), "share_dead"), ("saturated", (index,), "share_saturated"))
    if config.depth <= TALL_ROWS:  # above the drift, where a ridge is low
        marks += [(part, high + ROOM * (high - low), 0.8, "middle left") for part in idle]
        return [add_numbers(figure, config.depth, marks, place)]
    beside: list[Mark] = [(part, low + 0.34 * (high - low), 0.42, "middle center") for part in idle]
    numbers = add_numbers(figure, config.depth, marks, place)
    return [numbers, add_numbers(figure, config.depth, beside, place, wide_only=True)]


def _values(config: Config, site: str, room: float) -> dict[str, Any]:
    low, high = _ends(config, site)
    return {
        "range": [low, high + room * (high - low)], "fixedrange": True, "tickvals": ticks(low, high), "zeroline": True,
    }  # fmt: skip


def _narrow(config: Config, site: str, panels: int) -> dict[str, Any]:
    """Room for the ridges, fewer numbers at the value axes."""
    low, high = _ends(config, site)
    fewer = {f"xaxis{index + 1 if index else ''}.tickvals": ticks(low, high)[::2] for index in range(panels)}
    return {"margin.l": 46, **fewer}


def _table(config: Config, site: str, together: bool) -> tuple[Column, ...]:
    moved = ("distance", f"distance/{site}") if together else ("drift", "drift")
    numbers: tuple[tuple[str, str, Format], ...] = (
        ("mean", f"mean/{site}", "number"), ("std", f"std/{site}", "number"), (*moved, "drift"),
        ("below the axis", f"below/{site}", "percent"), ("above", f"above/{site}", "percent"),
        ("not finite", f"lost/{site}", "percent"), ("dead units", "dead", "percent"),
        ("saturated values", "saturated", "percent"),
    )  # fmt: skip
    columns = (
        Column(f"{label}: {words}", field, (index,), form)
        for index, label in enumerate(labels(config))
        for words, field, form in numbers
    )
    return (layer_words(config.depth), *columns)


def _ends(config: Config, site: str) -> tuple[float, float]:
    low, high = axes(config)[site].edges[[0, -1]].tolist()
    return low, high


def _beyond(low: float, high: float) -> float:
    """Where numbers right of the axis begin."""
    return high + 0.02 * (high - low)
