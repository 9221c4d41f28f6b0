"""What is the difference between scaling inputs and batch norm?"""

from typing import Any

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Numbers, Ridges, Values
from bnviz.charts.rows import add_heading, add_numbers, add_outline, outline, ticks
from bnviz.charts.transform import CALCULATED, PLAIN, drawn
from bnviz.sources.transform import SCALED, SHOWN, Config

NAMES = ("batch norm (x̂)", "standardized", "scaled to [0, 1]")
PLACE = {"xaxis": "x", "yaxis": "y"}
BESIDE = {"xaxis": "x2", "yaxis": "y"}  # right of the values: the share in [0, 1]


def make(config: Config, height: int = 300) -> Chart:
    """A row for each method: the histogram of all values, and one value in batches with other mates."""
    low, high = SCALED.edges[[0, -1]].tolist()
    rows = len(NAMES)
    figure = go.Figure(layout=drawn(
        "1024 values, and one of them in 32 batches (◯)", legend=False, height=height,
        margin={"l": 112, "r": 6, "t": 46, "b": 26},
        xaxis={"range": [low, high], "domain": [0, 0.85], "fixedrange": True, "zeroline": True,
               "tickvals": ticks(low, high)},
        xaxis2={"range": [0, 1], "domain": [0.85, 1], "visible": False, "fixedrange": True},
        yaxis={"range": [0.6, rows + 1], "fixedrange": True, "zeroline": False, "showgrid": False,
               "tickvals": list(range(1, rows + 1)), "ticktext": list(NAMES)},
        shapes=[{"type": "rect", "x0": 0, "x1": 1, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
                 "fillcolor": "#88888833", "line": {"width": 0}}],
    ))  # fmt: skip
    bindings: list[Any] = [Ridges(0, "scaled", (), height=0.85)]
    add_outline(figure, outline(SCALED, rows), PLACE, {"width": 1.2, "color": PLAIN}, f"{PLAIN}55")
    bindings.append(Values(1, "x", "scaled_dots"))
    figure.add_scatter(
        x=[], y=[row - 0.18 for row in range(1, rows + 1) for _ in range(SHOWN)], mode="markers",
        marker={**CALCULATED, "size": 7, "line": {"width": 1.5}}, hoverinfo="skip",
    )  # fmt: skip
    bindings.append(_add_shares(figure))
    add_heading(figure, "in [0, 1]", BESIDE, 0.1)
    table = (
        Column("method", words=NAMES), Column("smallest", "scaled_low"), Column("largest", "scaled_high"),
        Column("mean", "scaled_mean"), Column("spread", "scaled_std"),
        Column("in [0, 1]", "scaled_inside", (), "percent"),
    )  # fmt: skip
    alt = (
        "The same values scaled to [0, 1], standardized, and batch-normalized: their histograms on the axis from "
        f"{low:g} to {high:g}, and where one of them lies in {SHOWN} batches with other mates."
    )
    return Chart("scaling", alt, figure, tuple(bindings), table, each_frame=True,
                 narrow={"xaxis.tickvals": ticks(low, high)[::2]})  # fmt: skip


def _add_shares(figure: go.Figure) -> Numbers:
    return add_numbers(figure, len(NAMES), [(("scaled_inside", (), "percent"), 0.0, 0.3, "middle right")], BESIDE)
