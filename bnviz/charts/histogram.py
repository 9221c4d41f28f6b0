"""How does the distribution of one layer's values change while a network learns?"""

from itertools import pairwise

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Matrix, Values, layout
from bnviz.charts.curves import colours, labels
from bnviz.charts.panels import add_panels, room_for, step_axis, two_columns, wrapped
from bnviz.config import Config
from bnviz.snapshot import axes


def make(config: Config, height: int = 215) -> Chart:
    """Histograms over steps as colour, a panel per arm on the same axes; each histogram is scaled to its peak."""
    names, titles = labels(config), wrapped(labels(config))
    edges = axes(config)["affine_output"].edges.tolist()
    figure = go.Figure(layout=layout(
        f"Histogram of layer {config.layer_looked_at} over steps", height, showlegend=False,
        margin={"l": 40, "r": 8, "t": 26 + room_for(titles), "b": 34},
    ))  # fmt: skip
    places = add_panels(
        figure, titles, colours(config),
        xaxis={**step_axis(len(names)), "showgrid": False, "fixedrange": True},
        yaxis={"title": {"text": "value", "standoff": 2}, "range": [edges[0], edges[-1]], "fixedrange": True,
               "nticks": 6, "zeroline": False},
    )  # fmt: skip
    bindings: list[Values | Matrix] = []
    table = [Column("value", words=tuple(f"{low:g} to {high:g}" for low, high in pairwise(edges)))]
    for index, (name, colour, place) in enumerate(zip(names, colours(config), places, strict=True)):
        bindings += [Values(index, "x", "grid_steps"), Matrix(index, "density_history", (index,))]
        figure.add_heatmap(
            x=[], y=edges, z=[], transpose=True, zmin=0, zmax=255, showscale=False, hoverinfo="skip", name=name,
            colorscale=[[0, f"{colour}00"], [0.25, f"{colour}77"], [1, f"{colour}FF"]], **place,
        )  # fmt: skip
        table.append(Column(f"{name}: share of the peak", "density_history", (index, -1), "peak"))
    alt = (
        f"Histograms over steps of the values after normalization, γ and β, of layer {config.layer_looked_at}, for "
        f"each arm, on the axis from {edges[0]:g} to {edges[-1]:g}; each is scaled to its own peak."
    )
    narrow, below = two_columns(figure, names)
    return Chart(
        "histogram", alt, figure, tuple(bindings), tuple(table), over_time=True, narrow=narrow, narrow_below=below,
    )  # fmt: skip
