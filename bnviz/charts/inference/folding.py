"""What does folding batch norm into a layer do to the layer's weights?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Matrix, layout
from bnviz.charts.panels import add_panels
from bnviz.sources.inference import WIDTH, Config

SHOWN = 1.0  # the weight whose colour is deepest
DIVERGING = ((0, "#0072B2"), (0.5, "#F4F4F4"), (1, "#D55E00"))


def make(config: Config, height: int = 300) -> Chart:  # noqa: ARG001 - as all charts
    """The weights of the layer looked at before and after, on one scale of colours."""
    note = "<span style='font-size:11px'>blue: −1 and less, orange: 1 and more; a row is a unit</span>"
    figure = go.Figure(layout=layout(
        f"Weights of the layer<br>{note}", height, showlegend=False, margin={"l": 48, "r": 8, "t": 62, "b": 40}
    ))  # fmt: skip
    figure.layout.title.pad.t = 14
    ends = [0.5, WIDTH + 0.5]
    places = add_panels(
        figure, ["W, before", "W′, batch norm folded in"], None,
        xaxis={"title": {"text": "input", "standoff": 2}, "range": ends, "fixedrange": True, "zeroline": False,
               "showgrid": False, "tickvals": [1, 16, 32, 48, 64]},
        yaxis={"title": {"text": "unit", "standoff": 4}, "range": ends[::-1], "fixedrange": True, "zeroline": False,
               "showgrid": False, "tickvals": [1, 16, 32, 48, 64]},
    )  # fmt: skip
    numbers = list(range(1, WIDTH + 1))
    for place in places:
        figure.add_heatmap(
            x=numbers, y=numbers, z=[], zmin=-SHOWN, zmax=SHOWN, showscale=False, colorscale=DIVERGING,
            hovertemplate="unit %{y}, input %{x}: %{z:.3f}<extra></extra>", **place,
        )  # fmt: skip
    alt = "The weights of the layer looked at as colours, before batch norm is folded into it and after."
    table = (
        Column("input", words=tuple(str(number) for number in numbers)),
        *(
            Column(f"unit {unit}: {name}", field, (unit - 1,))
            for unit in (1, 2, 3)
            for name, field in (("w", "weights"), ("w′", "folded_weights"))
        ),
    )
    return Chart("folding", alt, figure, (Matrix(0, "weights"), Matrix(1, "folded_weights")), table, each_frame=True)
