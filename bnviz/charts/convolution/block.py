"""Which values share one mean?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Matrix, layout
from bnviz.sources.convolution import Config

IMAGES = 8
SHADES = ((0, "#D9D9D9"), (0.5, "#56B4E9"), (1, "#D55E00"))  # other maps, companions, the one looked at


def make(config: Config, height: int = 330) -> Chart:
    """Images n against channels c; each square is a whole map of H × W values, and those that share a mean are blue."""
    figure = go.Figure(layout=layout(
        "Maps that share one mean and one variance<br><span style='font-size:11px'>each square: a map of H × W values; "
        "orange: the one looked at</span>", height, showlegend=False,
        xaxis={"title": {"text": "channel c", "standoff": 4}, "dtick": 1, "fixedrange": True, "zeroline": False,
               "showgrid": False, "range": [-0.5, config.width - 0.5], "constrain": "domain"},
        yaxis={"title": {"text": "image n", "standoff": 4}, "dtick": 1, "fixedrange": True, "zeroline": False,
               "showgrid": False, "scaleanchor": "x", "range": [-0.5, IMAGES - 0.5], "constrain": "domain"},
        margin={"l": 44, "r": 8, "t": 48, "b": 36},
    ))  # fmt: skip
    figure.layout.title.pad.t = 14
    figure.add_heatmap(
        x=list(range(config.width)),
        y=list(range(IMAGES)),
        z=[],
        zmin=0,
        zmax=2,
        colorscale=SHADES,
        showscale=False,
        hoverinfo="skip",
        xgap=3,
        ygap=3,
    )
    alt = (
        f"A grid of {IMAGES} images by {config.width} channels. Each square stands for a map of 8 by 8 values; the "
        "squares that share their mean and variance with the chosen one are coloured. In the table 2 is the chosen "
        "map, 1 shares its mean, 0 does not."
    )
    columns = (Column(f"image {image}", "block", (image,), "step") for image in range(IMAGES))
    channels = Column("channel", words=tuple(str(channel) for channel in range(config.width)))
    return Chart("block", alt, figure, (Matrix(0, "block", ()),), (channels, *columns))
