"""What does each of the four steps make of the batch?"""

from typing import Any

import plotly.graph_objects as go

from bnviz.charts import INK, Chart, Column, Numbers, Ridges, Target, Values
from bnviz.charts.rows import Mark, add_heading, add_numbers, add_outline, outline
from bnviz.charts.transform import CALCULATED, EXAMPLES, MOVED, PLAIN, drawn
from bnviz.sources.transform import ROWS, VALUES, Config, heights

NAMES = {"x": "1  x, its mean μ", "centred": "2  x − μ, its spread σ", "normalized": "3  x̂ = (x − μ)/√(σ² + ε)",
         "y": "4  y = γ x̂ + β"}  # fmt: skip
SHORT = {"x": "x", "centred": "x − μ", "normalized": "x̂", "y": "y"}
PLACE = {"xaxis": "x", "yaxis": "y"}
BESIDE = {"xaxis": "x2", "yaxis": "y"}  # right of the values: two columns of numbers
SPREAD_AT = 0.5


def make(config: Config, height: int = 440) -> Chart:
    """A row for each step, from the inputs at the top to the outputs: histogram, mean and spread, and the examples."""
    low, high = VALUES.edges[[0, -1]].tolist()
    rows = len(ROWS)
    figure = go.Figure(layout=drawn(
        "The four steps, all on one axis", height=height,
        margin={"l": 152, "r": 6, "t": 52, "b": 26},
        xaxis={"range": [low, high], "domain": [0, 0.74], "fixedrange": True, "tickvals": [-10, -5, 0, 5, 10],
               "zeroline": True},
        xaxis2={"range": [0, 1], "domain": [0.74, 1], "visible": False, "fixedrange": True},
        yaxis={"range": [0.55, rows + 1], "fixedrange": True, "zeroline": False, "showgrid": False,
               "tickvals": list(range(1, rows + 1)), "ticktext": [NAMES[row] for row in ROWS]},
    ))  # fmt: skip
    bindings: list[Any] = []
    shape = outline(VALUES, rows)
    for field, fill in (("levels", "22"), ("levels_now", "77")):
        bindings.append(Ridges(len(figure.data), field, (), height=0.85, skip_empty=True))
        add_outline(figure, shape, PLACE, {"width": 1.2, "color": f"{PLAIN}{'44' if fill == '22' else ''}"},
                    f"{PLAIN}{fill}")  # fmt: skip
    bindings.append(Values(len(figure.data), "x", "mark_x"))
    line = [place for row in range(1, rows + 1)
            for place in (row - 0.3, row + 0.87, None, row - 0.35, row - 0.35, None)]  # fmt: skip
    figure.add_scatter(
        x=[], y=line, mode="lines", line={"color": INK, "width": 1.5}, hoverinfo="skip", connectgaps=False, **PLACE
    )
    points = [row + high for row in range(1, rows + 1) for high in heights().tolist()]
    targets = []
    for field, opacity in (("point_faint", 0.2), ("point_x", 0.9)):
        targets.append(Target(len(figure.data), "example", tuple(EXAMPLES * rows)))
        bindings.append(Values(len(figure.data), "x", field))
        figure.add_scatter(
            x=[], y=points, mode="markers", marker={"color": PLAIN, "size": 6, "opacity": opacity}, hoverinfo="skip",
        )  # fmt: skip
    targets.append(Target(len(figure.data), "example", tuple(EXAMPLES)))
    bindings += [Values(len(figure.data), letter, f"travel_{letter}") for letter in "xy"]
    figure.add_scatter(x=[], y=[], mode="markers", marker={"color": PLAIN, "size": 7}, hoverinfo="skip")
    for name, mark in (("moved", MOVED), ("path", CALCULATED)):
        bindings += [Values(len(figure.data), letter, f"{name}_{letter}") for letter in "xy"]
        figure.add_scatter(
            x=[], y=[], mode="lines+markers", marker=mark, hoverinfo="skip",
            line={"color": mark["color"], "width": 1, "dash": "dot"},
        )  # fmt: skip
    bindings += _add_numbers(figure, low, high)
    add_heading(figure, "mean", BESIDE, 0.04)
    add_heading(figure, "spread", BESIDE, SPREAD_AT + 0.04)
    alt = (
        "The values of one unit on one batch at four steps, as points and histograms on one axis from "
        f"{low:g} to {high:g}: as they come, without their mean, divided by √(σ² + ε), and after γ and β."
    )
    return Chart(
        "walk", alt, figure, tuple(bindings), _table(), each_frame=True,
        narrow={"margin.l": 42, "yaxis.ticktext": [SHORT[row] for row in ROWS],
                "xaxis.tickvals": [-10, 0, 10]}, targets=tuple(targets),
    )  # fmt: skip


def _add_numbers(figure: go.Figure, low: float, high: float) -> list[Numbers]:
    """Mean and spread of each row, and what lies outside the axis."""
    moments: list[Mark] = [
        (("row_mean", (), "number"), 0.0, 0.3, "middle right"),
        (("row_std", (), "number"), SPREAD_AT, 0.3, "middle right"),
    ]
    outside: list[Mark] = [
        (("row_below", (), "share_below"), low, 0.6, "middle right"),
        (("row_above", (), "share_above"), high, 0.6, "middle left"),
    ]
    return [add_numbers(figure, len(ROWS), moments, BESIDE), add_numbers(figure, len(ROWS), outside, PLACE)]


def _table() -> tuple[Column, ...]:
    return (
        Column("step", words=tuple(NAMES[row].replace("  ", ". ") for row in ROWS)),
        Column("mean", "row_mean"), Column("spread", "row_std"),
        Column("example calculated", "path_x"), Column("example moved", "moved_x"),
        Column("below the axis", "row_below", (), "percent"), Column("above", "row_above", (), "percent"),
    )  # fmt: skip
