"""What becomes of all outputs when one example is moved?"""

import plotly.graph_objects as go

from bnviz.charts import INK, Chart, Column, Target, Values
from bnviz.charts.transform import CALCULATED, EXAMPLES, MOVED, PLAIN, drawn
from bnviz.sources.transform import SHOWN, Config

HELD = [-6, 8]  # what the axis of y holds at least: it stays unless outputs go beyond


def make(config: Config, height: int = 330) -> Chart:
    """The output of each example before and after, joined by a line; a click on one chooses it to be moved."""
    figure = go.Figure(layout=drawn(
        "Outputs before (faint) and after", height=height,
        margin={"l": 46, "r": 12, "t": 52, "b": 36},
        xaxis={"title": {"text": "example", "standoff": 4}, "range": [0.2, SHOWN + 0.8], "fixedrange": True,
               "zeroline": False, "tickvals": [1, *range(4, SHOWN + 1, 4)], "showgrid": False},
        yaxis={"title": {"text": "y", "standoff": 4}, "autorangeoptions": {"include": HELD}, "fixedrange": True,
               "zeroline": True},
    ))  # fmt: skip
    bindings = [Values(0, "y", "mate_stem")]
    figure.add_scatter(
        x=[place for number in EXAMPLES for place in (number, number, None)], y=[], mode="lines", hoverinfo="skip",
        line={"color": INK, "width": 1.5},
    )  # fmt: skip
    targets = []
    for field, opacity in (("mate_before", 0.35), ("mate_after", 1)):
        targets.append(Target(len(figure.data), "moved", tuple(EXAMPLES)))
        bindings.append(Values(len(figure.data), "y", field))
        mark = {"color": PLAIN, "size": 7, "opacity": opacity}
        figure.add_scatter(x=EXAMPLES, y=[], mode="markers", marker=mark, hoverinfo="skip")
    for row, (field, mark) in enumerate((("mate_calculated", {**CALCULATED, "size": 13}), ("mate_moved", MOVED))):
        bindings += [
            Values(len(figure.data), "x", "mate_chosen", (row,)), Values(len(figure.data), "y", field)
        ]  # fmt: skip
        figure.add_scatter(x=[], y=[], mode="markers", marker=mark, hoverinfo="skip")
    table = (
        Column("example", "mate_number", (), "step"),
        *(Column(label, "mate_cells", (row,))
          for row, label in enumerate(("x before", "x after", "y before", "y after"))),
    )  # fmt: skip
    alt = f"The outputs of up to {SHOWN} examples of the batch before and after one of them was moved."
    return Chart("mates", alt, figure, tuple(bindings), table, each_frame=True, targets=tuple(targets))
