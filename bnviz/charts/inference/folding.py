"""What does folding batch norm into a layer do to the layer's weights?"""

from typing import Any, NamedTuple

import plotly.graph_objects as go

from bnviz.charts import COLOURS, INK, Binding, Chart, Column, Matrix, Numbers, Values, layout
from bnviz.charts.bindings import BLANK
from bnviz.sources.inference import CHANNELS, TAPS, WIDTH, Config

SHOWN = 0.5  # the weight whose colour is deepest
DIVERGING = ((0, "#0072B2"), (0.5, "#F4F4F4"), (1, "#D55E00"))
PLACES = {"": (0, 0.4), "2": (0.45, 0.56), "3": (0.6, 1)}  # of the three x axes, of the width
FIXED: dict[str, Any] = {"fixedrange": True, "zeroline": False, "showgrid": False}
ROWS = TAPS + 1  # of the picture from one channel to the next: those of the kernel and a gap


class Kind(NamedTuple):
    """What is drawn of a linear layer, and of a convolution: the fields' names, and what a row of it is."""

    row: str
    note: str
    before: str
    after: str
    factors: str
    chosen: str  # the number of the row that is folded in numbers


LINEAR = Kind("unit", "a row is a unit", "weights", "folded_weights", "factors", "folded_row")
CONVOLUTION = Kind(
    "channel", f"a row: a channel's kernels of {TAPS} × {TAPS}", "kernels", "folded_kernels", "channel_factors",
    "channel_row",
)  # fmt: skip


def make(config: Config, height: int = 300) -> Chart:
    """The weights of a layer before and after on one scale of colours, and between them the factor of each row."""
    kind = CONVOLUTION if config.folded == "convolution" else LINEAR
    note = f"<span style='font-size:11px'>blue: −{SHOWN} and less, orange: {SHOWN} and more; {kind.note}</span>"
    figure = go.Figure(layout=layout(
        f"The layer, row by row: W′ = f W<br>{note}", height, showlegend=False,
        margin={"l": 48, "r": 8, "t": 62, "b": 40},
    ))  # fmt: skip
    figure.layout.title.pad.t = 14
    for (number, place), title in zip(PLACES.items(), ("W", "f", "W′, folded"), strict=True):
        figure.add_annotation(
            text=f"<b>{title}</b>", x=0, xref=f"x{number} domain", xanchor="left", y=1, yref="y domain",
            yanchor="bottom", showarrow=False, borderpad=0, yshift=1, font={"size": 12},
        )  # fmt: skip
        figure.update_layout({f"xaxis{number}": {"domain": place, "anchor": "y", **FIXED}})
    bindings = _convolution(figure) if kind is CONVOLUTION else _linear(figure)
    alt = (
        f"The weights of the layer that is folded as colours, a row for each {kind.row}, before batch norm is folded "
        f"into it and after, and the factor f of each {kind.row}."
    )
    return Chart("folding", alt, figure, bindings, _table(kind), each_frame=True)


def _linear(figure: go.Figure) -> tuple[Binding, ...]:
    ends, numbers = [0.5, WIDTH + 0.5], list(range(1, WIDTH + 1))
    ticks = {"tickvals": [1, 16, 32, 48, 64]}
    figure.update_layout(
        yaxis={"title": {"text": "unit", "standoff": 4}, "range": ends[::-1], **ticks, **FIXED},
        xaxis2={"rangemode": "tozero", "nticks": 3, "tickangle": 0},
    )
    for axis in ("xaxis", "xaxis3"):
        figure.update_layout({axis: {"title": {"text": "input", "standoff": 2}, "range": ends, **ticks}})
    for place in ("x", "x3"):
        _add_picture(figure, numbers, numbers, place, "unit %{y}, input %{x}: %{z:.3f}<extra></extra>")
    figure.add_scatter(
        x=[], y=numbers, mode="lines", xaxis="x2", line={"color": INK, "width": 1}, name="f",
        hovertemplate="unit %{y}: f = %{x:.3f}<extra></extra>",
    )  # fmt: skip
    return (
        Matrix(0, LINEAR.before), Matrix(1, LINEAR.after), Values(2, "x", LINEAR.factors),
        *_add_chosen(figure, LINEAR, []), Values(3, "x", "folded_factor"),
    )  # fmt: skip


def _convolution(figure: go.Figure) -> tuple[Binding, ...]:
    rows = list(range(CHANNELS * ROWS - 1))
    middles = [ROWS * channel + TAPS // 2 for channel in range(CHANNELS)]
    figure.update_layout(
        yaxis={"title": {"text": "channel", "standoff": 4}, "range": [rows[-1] + 0.5, -0.5], "tickvals": middles,
               "ticktext": [str(channel + 1) for channel in range(CHANNELS)], **FIXED},
        xaxis2={"range": [0, 1], "tickvals": []},
    )  # fmt: skip
    for axis in ("xaxis", "xaxis3"):
        title = {"text": "inputs", "standoff": 4}
        figure.update_layout({axis: {"title": title, "range": [0, 1], "tickvals": []}})
    for place in ("x", "x3"):
        _add_picture(figure, [], rows, place, "%{z:.3f}<extra></extra>")
    figure.add_scatter(
        x=[0.2] * CHANNELS, y=middles, xaxis="x2", mode="text", text=[BLANK] * CHANNELS,
        textposition="middle right",
        textfont={"size": 12}, cliponaxis=False, hoverinfo="skip",
    )  # fmt: skip
    numbers = Numbers(2, tuple((CONVOLUTION.factors, (channel,), "decimals") for channel in range(CHANNELS)))
    pictures = ((0, CONVOLUTION.before), (1, CONVOLUTION.after))
    return (
        *(Matrix(trace, field) for trace, field in pictures),
        *(Values(trace, "x", "kernel_places") for trace, _ in pictures),
        numbers, *_add_chosen(figure, CONVOLUTION, [0.05]),
    )  # fmt: skip


def _add_picture(figure: go.Figure, xs: list[int], ys: list[int], place: str, hover: str) -> None:
    figure.add_heatmap(
        x=xs, y=ys, z=[], zmin=-SHOWN, zmax=SHOWN, showscale=False, colorscale=DIVERGING, hovertemplate=hover,
        xaxis=place,
    )  # fmt: skip


def _add_chosen(figure: go.Figure, kind: Kind, xs: list[float]) -> tuple[Binding, ...]:
    """A mark at the row that is folded in numbers."""
    figure.add_scatter(
        x=xs, y=[], mode="markers", xaxis="x2", hoverinfo="skip", cliponaxis=False,
        marker={"size": 8, "color": COLOURS[1], "line": {"width": 1, "color": "#FFFFFF"}},
    )  # fmt: skip
    return (Values(len(figure.data) - 1, "y", kind.chosen),)


def _table(kind: Kind) -> tuple[Column, ...]:
    if kind is LINEAR:
        return (
            Column("input", words=tuple(str(number) for number in range(1, WIDTH + 1))),
            *(
                Column(f"unit {unit}: {name}", field, (unit - 1,))
                for unit in (1, 2, 3)
                for name, field in (("w", kind.before), ("w′", kind.after))
            ),
        )
    return Column("channel", words=tuple(str(number) for number in range(1, CHANNELS + 1))), Column("f", kind.factors)
