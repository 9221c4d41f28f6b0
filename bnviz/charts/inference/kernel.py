"""What does folding do to one kernel, in numbers?"""

import plotly.graph_objects as go

from bnviz.charts import Binding, Chart, Column, Matrix, Numbers, layout
from bnviz.charts.bindings import BLANK
from bnviz.charts.inference.folding import FIXED, SHOWN
from bnviz.sources.inference import TAPS, Config

PALE = ((0, "#7FB8DA"), (0.5, "#F4F4F4"), (1, "#EBA97F"))  # so that numbers can be read on it
ON_PALE = "#202020"
PLACES = {"": (0, 0.38), "2": (0.38, 0.62), "3": (0.62, 1)}  # of the three x axes, of the width


def make(config: Config, height: int = 170) -> Chart:  # noqa: ARG001 - as all charts
    """The chosen channel's kernel over its first input, times its factor, and the kernel that comes of it."""
    figure = go.Figure(layout=layout(
        "The channel's kernel over its first input, times f", height, showlegend=False,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        yaxis={"range": [TAPS - 0.5, -0.5], "visible": False, **FIXED},
    ))  # fmt: skip
    for number, place in PLACES.items():
        figure.update_layout({f"xaxis{number}": {"domain": place, "anchor": "y", "visible": False, **FIXED,
                                                 "range": [-0.5, TAPS - 0.5]}})  # fmt: skip
    taps = list(range(TAPS))
    bindings: list[Binding] = []
    for axis, field in (("x", "kernel"), ("x3", "folded_kernel")):
        bindings.append(Matrix(len(figure.data), field))
        figure.add_heatmap(
            x=taps, y=taps, z=[], zmin=-SHOWN, zmax=SHOWN, showscale=False, colorscale=PALE, hoverinfo="skip",
            xaxis=axis,
        )  # fmt: skip
        bindings.append(Numbers(len(figure.data), tuple((field, (row,), "decimals") for row in taps)))
        figure.add_scatter(
            x=taps * TAPS, y=[row for row in taps for _ in taps], mode="text", text=[BLANK] * TAPS**2,
            xaxis=axis,
            textfont={"size": 13, "color": ON_PALE}, hoverinfo="skip",
        )  # fmt: skip
    bindings.append(Numbers(len(figure.data), (("channel_factor", (), "decimals"),)))
    figure.add_scatter(
        x=[1], y=[1], mode="text", text=[BLANK], texttemplate="× %{text} =", xaxis="x2", textfont={"size": 14},
        hoverinfo="skip", cliponaxis=False,
    )  # fmt: skip
    alt = (
        "The nine weights of one kernel, the factor f of its channel, and the nine weights after folding, f times each."
    )
    table = (
        Column("column", words=tuple(str(tap + 1) for tap in taps)),
        *(Column(f"w, row {tap + 1}", "kernel", (tap,)) for tap in taps),
        *(Column(f"w′, row {tap + 1}", "folded_kernel", (tap,)) for tap in taps),
    )
    return Chart("kernel", alt, figure, tuple(bindings), table, each_frame=True)
