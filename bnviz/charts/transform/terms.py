"""Which three terms make up dL/dx?"""

import plotly.graph_objects as go

from bnviz.charts import COLOURS, INK, Binding, Chart, Column, Numbers, Values
from bnviz.charts.bindings import BLANK
from bnviz.charts.panels import add_panels, room_for, two_columns
from bnviz.charts.transform import PLAIN, drawn
from bnviz.sources.transform import SHOWN, Config

TITLES = ["directly: dy", "through μ: −\u2060mean(dy)", "through σ²: −\u2060x̂·mean(dy·x̂)", "their sum: dx"]
RANGE = 3.4
ENDS = [-5.0, 5.0]


def make(config: Config, height: int = 300) -> Chart:
    """A panel for each term and for their sum, each over x̂, in units of γ/s; the sum over the batch as a number."""
    titles = [title.replace(": ", ":<br>") for title in TITLES]
    figure = go.Figure(layout=drawn(
        "The terms of dL/dx over x̂, in units of γ/s", "dashed: what μ and σ² take away", legend=False,
        height=height, margin={"l": 40, "r": 8, "t": 46 + room_for(titles), "b": 36},
    ))  # fmt: skip
    places = add_panels(
        figure, titles, None,
        xaxis={"title": {"text": "x̂", "standoff": 4}, "range": ENDS, "fixedrange": True, "nticks": 5},
        yaxis={"range": [-RANGE - 0.6, RANGE], "fixedrange": True, "nticks": 6},
    )  # fmt: skip
    bindings: list[Binding] = []
    for index, place in enumerate(places):
        colour = COLOURS[2] if index == len(places) - 1 else PLAIN
        bindings += [Values(len(figure.data), "x", "term_x"), Values(len(figure.data), "y", "terms", (index,))]
        figure.add_scatter(
            x=[], y=[], mode="markers", marker={"color": colour, "size": 6}, hoverinfo="skip", **place
        )  # fmt: skip
        if index == 0:
            bindings.append(Values(len(figure.data), "y", "term_line"))
            figure.add_scatter(
                x=ENDS, y=[], mode="lines", line={"color": INK, "dash": "dash", "width": 1.5}, hoverinfo="skip", **place
            )
        bindings.append(_sum(figure, index, place))
    table = (
        Column("example", "term_number", (), "step"),
        *(Column(label, "term_cells", (row,)) for row, label in enumerate(["x̂", *TITLES])),
    )
    alt = (
        f"Four panels over x̂, for up to {SHOWN} examples: dL/dy, what is taken away through the mean, what is taken "
        "away through the variance, and their sum, dL/dx, each with its sum over the batch."
    )
    patch, below = two_columns(figure, TITLES)
    return Chart("terms", alt, figure, tuple(bindings), table, each_frame=True, narrow=patch, narrow_below=below)


def _sum(figure: go.Figure, index: int, place: dict[str, str]) -> Numbers:
    """The sum of a term over the batch, at the foot of its panel."""
    figure.add_scatter(
        x=[0], y=[-RANGE - 0.25], mode="text", text=[BLANK], texttemplate="sum %{text}", textposition="middle center",
        textfont={"size": 12}, hoverinfo="skip", **place,
    )  # fmt: skip
    return Numbers(len(figure.data) - 1, (("term_sums", (index,), "number"),))
