"""How far from its mean can a value lie in a batch?"""

import math

import plotly.graph_objects as go

from bnviz.charts import COLOURS, INK, Chart, Column, Values
from bnviz.charts.transform import PLAIN, drawn
from bnviz.sources.transform import Config


def make(config: Config, height: int = 330) -> Chart:
    """The bound, the batch that reaches it, and batches of the chosen values, by batch size on log axes."""
    note = (
        f"━ √(m − 1)   <span style='color:{COLOURS[3]}'>◯ all alike but one</span>   "
        f"<span style='color:{PLAIN}'>● first m of 1024</span>   <span style='color:{COLOURS[0]}'>◆ this batch</span>"
    )
    figure = go.Figure(layout=drawn(
        "The largest |x̂| by batch size m", note, legend=False, height=height,
        margin={"l": 46, "r": 12, "t": 52, "b": 36},
        xaxis={"title": {"text": "batch size m", "standoff": 4}, "type": "log", "fixedrange": True,
               "range": [math.log10(1.7), math.log10(1300)], "tickvals": [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]},
        yaxis={"type": "log", "range": [math.log10(0.4), math.log10(45)], "fixedrange": True,
               "tickvals": [0.5, 1, 2, 4, 8, 16, 32]},
    ))  # fmt: skip
    bindings = []
    for field, style in (
        ("bound", {"mode": "lines", "line": {"color": INK, "width": 1.5}}),
        ("bound_one", {"mode": "markers", "marker": {"color": COLOURS[3], "size": 9, "symbol": "circle-open"}}),
        ("bound_here", {"mode": "markers", "marker": {"color": PLAIN, "size": 6}}),
    ):  # fmt: skip
        bindings += [Values(len(figure.data), "x", "bound_size"), Values(len(figure.data), "y", field)]
        figure.add_scatter(x=[], y=[], hoverinfo="skip", **style)
    bindings += [Values(len(figure.data), "x", "now_size"), Values(len(figure.data), "y", "now_largest")]
    figure.add_scatter(
        x=[], y=[], mode="markers", marker={"color": COLOURS[0], "size": 12, "symbol": "diamond"}, hoverinfo="skip"
    )
    table = (
        Column("batch size", "bound_size", (), "step"), Column("√(m − 1)", "bound"),
        Column("all alike but one", "bound_one"), Column("first m of 1024 values", "bound_here"),
    )  # fmt: skip
    alt = "The largest absolute x̂ against the batch size, beside the bound √(m − 1), which no batch exceeds."
    return Chart("bound", alt, figure, tuple(bindings), table, each_frame=True,
                 narrow={"xaxis.tickvals": [2, 8, 32, 128, 512]})  # fmt: skip
