"""Which class does each arm see at each point of the plane?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Matrix, Values, layout
from bnviz.charts.curves import colours, labels
from bnviz.charts.panels import add_panels, room_for, two_columns, wrapped
from bnviz.config import Config

# Purple to green, which colour-blind readers tell apart and no arm has; the points' shades are darker.
SURFACE = ((0, "#9970AB"), (0.5, "#F4F4F4"), (1, "#5AAE61"))
POINTS = ((0, "#4A0A57"), (0.5, "#5C5C5C"), (1, "#00501F"))
NOTE = "purple: first class, green: last; ●■◆ held out"  # Plotly's symbols 0, 1, 2
QUARTERS = {0.25: "a quarter up", 0.5: "half way up", 0.75: "three quarters up"}


def make(config: Config, height: int = 215) -> Chart:
    """The probability of the second class of two, or the class of several, as colour, with the held-out points."""
    names, titles = labels(config), wrapped(labels(config))
    note = f"<span style='font-size:11px'>{NOTE}</span>"
    figure = go.Figure(layout=layout(
        f"Decision surface<br>{note}", height, showlegend=False,
        margin={"l": 34, "r": 8, "t": 42 + room_for(titles), "b": 34},
    ))  # fmt: skip
    figure.layout.title.pad.t = 14
    places = add_panels(
        figure, titles, colours(config),
        xaxis={"title": {"text": "input 1", "standoff": 2}, "nticks": 4, "zeroline": False, "showgrid": False,
               "fixedrange": True, "tickangle": 0},
        yaxis={"title": {"text": "input 2", "standoff": 2}, "nticks": 5, "zeroline": False, "showgrid": False,
               "fixedrange": True},
        gap=0.07, own_y=True,
    )  # fmt: skip
    bindings: list[Values | Matrix] = []
    table = [Column("input 1", "surface_x")]
    for index, (name, place) in enumerate(zip(names, places, strict=True)):
        alone = {"title": None, "showticklabels": False} if index else {}  # a unit is as long on both axes
        figure.update_layout(
            {f"yaxis{place['yaxis'][1:]}": {"scaleanchor": place["xaxis"], **alone}}
        )  # squares stay squares
        bindings += [*_surface(figure, index, place), *_points(figure, place)]
        table += [
            Column(f"{name}: green, {words}", "surface", (index, share), "peak") for share, words in QUARTERS.items()
        ]
    alt = (
        "What each arm says at each point of the plane, as colour from purple for the first class to green for the "
        "last (of two classes: the probability of the second), with the held-out points by shape and colour. The table "
        "holds the share of green along three lines."
    )
    narrow, below = two_columns(figure, names)
    return Chart("surface", alt, figure, tuple(bindings), tuple(table), narrow=narrow, narrow_below=below)


def _surface(figure: go.Figure, index: int, place: dict[str, str]) -> tuple[Values, Values, Matrix]:
    trace = len(figure.data)
    figure.add_heatmap(
        x=[], y=[], z=[], zmin=0, zmax=255, showscale=False, colorscale=SURFACE, hoverinfo="skip", **place
    )
    return Values(trace, "x", "surface_x"), Values(trace, "y", "surface_y"), Matrix(trace, "surface", (index,))


def _points(figure: go.Figure, place: dict[str, str]) -> tuple[Values, ...]:
    trace = len(figure.data)
    figure.add_scatter(
        x=[], y=[], mode="markers", hoverinfo="skip",
        marker={"size": 4, "color": [], "colorscale": POINTS, "symbol": [],
                "line": {"width": 0.6, "color": "#FFFFFF"}},
        **place,
    )  # fmt: skip
    attributes = {"x": "point_x", "y": "point_y", "marker.color": "point_class", "marker.symbol": "point_class"}
    return tuple(Values(trace, attribute, field) for attribute, field in attributes.items())
