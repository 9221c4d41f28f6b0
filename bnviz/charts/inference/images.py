"""What do the shifted digits look like?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Matrix, layout
from bnviz.sources.inference import Config

SHOWN = (-0.5, 1.5)  # what is black and what is white; digits as they come lie between 0 and 1
ROWS, COLUMNS = 17, 89  # pixels of two rows of ten images, with gaps


def make(config: Config, height: int = 112) -> Chart:  # noqa: ARG001 - as all charts
    """The first images of the target as they were, below them shifted."""
    figure = go.Figure(layout=layout(
        "First digits, then shifted", height, showlegend=False,
        margin={"l": 4, "r": 4, "t": 30, "b": 4},
        xaxis={"visible": False, "range": [-0.5, COLUMNS - 0.5], "fixedrange": True, "constrain": "domain"},
        yaxis={"visible": False, "range": [-0.5, ROWS - 0.5], "fixedrange": True, "scaleanchor": "x",
               "constrain": "domain"},
    ))  # fmt: skip
    figure.add_heatmap(
        x=list(range(COLUMNS)), y=list(range(ROWS)), z=[], zmin=SHOWN[0], zmax=SHOWN[1], showscale=False,
        colorscale=((0, "#000000"), (1, "#FFFFFF")), hoverinfo="skip",
    )  # fmt: skip
    alt = "Ten digits of the target as they were, and below them shifted. The table holds a row of pixels of each."
    table = tuple(Column(f"row {row + 1} of the pictures", "images", (ROWS - 1 - row,)) for row in (3, 12))
    return Chart("images", alt, figure, (Matrix(0, "images"),), table, each_frame=True)
