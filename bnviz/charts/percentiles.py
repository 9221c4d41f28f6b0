"""How does the distribution of one unit's values move while a network learns?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Values, layout
from bnviz.charts.curves import colours, labels
from bnviz.charts.panels import add_panels, room_for, step_axis, two_columns, wrapped
from bnviz.config import Config

PERCENTILES = (15, 50, 85)


def make(config: Config, height: int = 215) -> Chart:
    """The 15th, 50th and 85th percentile over steps, a panel per arm on the same axes.

    As figure 1 of Ioffe & Szegedy 2015, arXiv:1502.03167.
    """
    names, titles = labels(config), wrapped(labels(config))
    of_what = f"unit {config.unit} of layer" if config.unit else "all units of layer"
    figure = go.Figure(layout=layout(
        f"Percentiles: {of_what} {config.layer_looked_at}", height, showlegend=False,
        margin={"l": 44, "r": 8, "t": 26 + room_for(titles), "b": 34},
    ))  # fmt: skip
    # Never less than what a normalized unit needs; what runs away leaves the picture.
    sight = {"include": [-2, 2], "clipmin": -30, "clipmax": 30}
    places = add_panels(
        figure, titles, colours(config),
        xaxis={**step_axis(len(names)), "rangemode": "tozero"},
        yaxis={"title": {"text": "15th, 50th, 85th", "standoff": 2}, "nticks": 6, "zeroline": True,
               "autorangeoptions": sight},
    )  # fmt: skip
    bindings: list[Values] = []
    table = [Column("step", "percentile_steps", (), "step")]
    for index, (name, colour, place) in enumerate(zip(names, colours(config), places, strict=True)):
        for which, width in ((0, 1.0), (2, 1.0), (1, 2.2)):  # the band's two edges, then the median upon it
            trace = len(figure.data)
            bindings += [
                Values(trace, "x", "percentile_steps"), Values(trace, "y", "percentile_history", (index, which))
            ]  # fmt: skip
            figure.add_scatter(
                x=[], y=[], mode="lines", name=f"{PERCENTILES[which]}th", line={"color": colour, "width": width},
                fill="tonexty" if which == 2 else "none", fillcolor=f"{colour}33", **place,
            )  # fmt: skip
        table += [
            Column(f"{name}: {percent}th", "percentile_history", (index, which))
            for which, percent in enumerate(PERCENTILES)
        ]
    alt = (
        f"The 15th, 50th and 85th percentile over steps of the values after normalization, γ and β, of {of_what} "
        f"{config.layer_looked_at}, for each arm, on the same axes."
    )
    narrow, below = two_columns(figure, names)
    return Chart(
        "percentiles", alt, figure, tuple(bindings), tuple(table), over_time=True, narrow=narrow, narrow_below=below,
    )  # fmt: skip
