"""How are the values of each channel distributed, before and after normalization?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Numbers, Ridges, layout
from bnviz.charts.convolution import channel_columns
from bnviz.charts.curves import colours, labels
from bnviz.charts.panels import add_panels, room_for, two_columns, wrapped
from bnviz.charts.rows import Mark, add_numbers, add_outline, outline, row_axis, ticks
from bnviz.sources.convolution import AXIS, Config


def make(config: Config, height: int = 330) -> Chart:
    """A ridge for each channel and arm: after the normalizer, and dotted before it, over images and pixels."""
    titles = wrapped(labels(config))
    figure = go.Figure(layout=layout(
        "Values after normalization, γ and β, by channel<br><span style='font-size:11px'>dotted: before; ◂ ▸: the "
        "share outside the axis</span>", height, showlegend=False,
        margin={"l": 70, "r": 6, "t": 54 + room_for(titles), "b": 26},
    ))  # fmt: skip
    figure.layout.title.pad.t = 14
    low, high = AXIS.edges[[0, -1]].tolist()
    axis = {"range": [low, high], "fixedrange": True, "tickvals": ticks(low, high), "zeroline": True}
    rows = row_axis(config.width)
    rows["ticktext"] = [f"channel {row - 1}" for row in rows["tickvals"]]
    places = add_panels(figure, titles, colours(config), xaxis=axis, yaxis=rows)
    bindings: list[Ridges | Numbers] = []
    for arm, (place, colour) in enumerate(zip(places, colours(config), strict=True)):
        bindings.append(Ridges(len(figure.data), "channels_before", (arm,)))
        add_outline(figure, outline(AXIS, config.width), place, {"color": "#888888", "dash": "dot"})
        bindings.append(Ridges(len(figure.data), "channels_after", (arm,)))
        add_outline(figure, outline(AXIS, config.width), place, {"width": 1.4, "color": colour}, f"{colour}55")
        marks: list[Mark] = [
            (("channels_below", (arm,), "share_below"), low, 0.42, "middle right"),
            (("channels_above", (arm,), "share_above"), high, 0.42, "middle left"),
        ]
        bindings.append(add_numbers(figure, config.width, marks, place, wide_only=True))
    alt = (
        f"Distribution of the values of each of {config.width} channels over 64 images and all pixels, on the axis "
        f"from {low:g} to {high:g}, after the normalizer and, dotted, before it, for {' and '.join(labels(config))}."
    )
    narrow, below = two_columns(figure, titles)
    return Chart(
        "channels",
        alt,
        figure,
        tuple(bindings),
        channel_columns(config),
        each_frame=True,
        narrow=narrow,
        narrow_below=below,
    )  # fmt: skip
