"""Which image is it?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Matrix, layout
from bnviz.sources.convolution import SIDE, Config


def make(config: Config, height: int = 330) -> Chart:  # noqa: ARG001 - as every chart's
    """The image that is looked at, 8 × 8 pixels, dark where the pen was."""
    hidden = {"visible": False, "fixedrange": True}
    figure = go.Figure(layout=layout(
        "The image", height, showlegend=False, xaxis=hidden, yaxis={**hidden, "scaleanchor": "x"},
        margin={"l": 6, "r": 6, "t": 44, "b": 8},
    ))  # fmt: skip
    pixels = list(range(SIDE))
    figure.add_heatmap(
        x=pixels, y=pixels, z=[], zmin=-1, zmax=3, colorscale=((0, "#FFFFFF"), (1, "#222222")), showscale=False,
        hoverinfo="skip",
    )  # fmt: skip
    alt = "The held-out image whose maps are drawn: 8 by 8 pixels, each standardized over the training images."
    rows = (Column(f"row {SIDE - row}", "picture", (row,)) for row in reversed(range(SIDE)))
    table = (Column("column", words=tuple(str(column + 1) for column in range(SIDE))), *rows)
    return Chart("picture", alt, figure, (Matrix(0, "picture", ()),), table)
