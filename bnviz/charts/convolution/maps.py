"""What does each channel see in one image, before and after normalization?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Matrix, layout
from bnviz.charts.convolution import channel_columns
from bnviz.charts.curves import colours, labels
from bnviz.charts.panels import add_panels, room_for, two_columns, wrapped
from bnviz.sources.convolution import ROWS, SIDE, Config

SHADES = ((0, "#2166AC"), (0.5, "#F7F7F7"), (1, "#B2182B"))  # blue below 0, red above
REACH = 2.0  # of the colours, in units of a picture's spread


def make(config: Config, height: int = 330) -> Chart:
    """The maps of the layer looked at: a picture of the values before, and one after, for each arm."""
    titles = wrapped([f"{label}, {when}" for label in labels(config) for when in ("before", "after")], columns=2)
    each = [colour for colour in colours(config) for _ in ("before", "after")]
    note = "<span style='font-size:11px'>blue below 0, red above, in units of the spread over all images</span>"
    figure = go.Figure(layout=layout(
        f"Maps of the image in layer {config.layer_looked_at}<br>{note}", height, showlegend=False,
        margin={"l": 6, "r": 6, "t": 44 + room_for(titles), "b": 8},
    ))  # fmt: skip
    figure.layout.title.pad.t = 14
    hidden = {"visible": False, "fixedrange": True}
    places = add_panels(figure, titles, each, xaxis=hidden, yaxis=hidden, own_y=True)
    bindings: list[Matrix] = []
    up, across = (count * (SIDE + 1) - 1 for count in (ROWS, config.width // ROWS))
    for number, place in enumerate(places):
        field, arm = ("maps_before", "maps_after")[number % 2], number // 2
        figure.update_layout({f"yaxis{place['yaxis'][1:]}": {"scaleanchor": place["xaxis"]}})  # squares stay squares
        bindings.append(Matrix(len(figure.data), field, (arm,)))
        figure.add_heatmap(
            x=list(range(across)),
            y=list(range(up)),
            z=[],
            zmin=-REACH,
            zmax=REACH,
            colorscale=SHADES,
            showscale=False,
            hoverinfo="skip",
            **place,
        )
    alt = (
        f"The {config.width} maps of the chosen image in layer {config.layer_looked_at}, for each network, before its "
        "normalizer and after it, in colours from blue, −2, over white, 0, to red, 2, in units of the spread over all "
        "images. The table has mean and spread of "
        "each channel over all images."
    )
    narrow, below = two_columns(figure, titles)
    return Chart(
        "maps",
        alt,
        figure,
        tuple(bindings),
        channel_columns(config),
        each_frame=True,
        narrow=narrow,
        narrow_below=below,
    )
