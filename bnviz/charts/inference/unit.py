"""How far are the running statistics of one unit from those of a batch, and of all examples?"""

import plotly.graph_objects as go

from bnviz.charts import COLOURS, INK, Chart, Column, Values, layout
from bnviz.charts.panels import add_panels
from bnviz.inference.estimates import START_MEAN, START_VAR
from bnviz.sources.inference import Config

RUNS = (  # of each moment: name, colour, width, x and y
    ("each batch", "#8A8A8A", 0.8, "steps", "batch"),
    ("whole training set", INK, 1.6, "whole_steps", "whole"),
    ("running average", COLOURS[1], 2.4, "steps", "running"),
)
NOTE = (
    '<span style="color:#8A8A8A">━ each batch</span>   <span style="color:#3A3A3A">╍ whole training set</span>   '
    '<span style="color:#0072B2">━━ running average</span>'
)


def make(config: Config, height: int = 250) -> Chart:
    """Mean and variance over the training steps: of each batch, running, of the whole training set."""
    note = f"<span style='font-size:11px'>{NOTE}</span>"
    figure = go.Figure(layout=layout(
        f"Three statistics of one unit<br>{note}", height, showlegend=False,
        margin={"l": 44, "r": 10, "t": 64, "b": 36},
    ))  # fmt: skip
    figure.layout.title.pad.t = 14
    places = add_panels(
        figure, ["mean", "variance"], None,
        xaxis={"title": {"text": "training step", "standoff": 4}, "range": [0, config.steps], "fixedrange": True,
               "zeroline": False, "nticks": 5, "tickangle": 0},
        yaxis={"zeroline": False, "nticks": 6}, gap=0.1, own_y=True,
    )  # fmt: skip
    # A running average lies between its start and what the batches had: with these in sight no momentum moves an axis.
    starts = {"yaxis": [START_MEAN], "yaxis2": [0, START_VAR]}
    figure.update_layout({axis: {"autorangeoptions": {"include": ends}} for axis, ends in starts.items()})
    bindings = []
    table = [Column("step", "steps", (), "step")]
    for moment, place in zip(("mean", "var"), places, strict=True):
        for name, colour, width, x, what in RUNS:
            trace = len(figure.data)
            bindings += [Values(trace, "x", x), Values(trace, "y", f"{what}_{moment}")]
            figure.add_scatter(
                x=[], y=[], mode="lines", name=name, line={"color": colour, "width": width,
                "dash": "dash" if what == "whole" else "solid"}, **place,
            )  # fmt: skip
            if what != "whole":  # which is measured at fewer steps
                table.append(Column(f"{name}: {'mean' if moment == 'mean' else 'variance'}", f"{what}_{moment}"))
    alt = (
        "Mean and variance of one unit before normalization, over the training steps: those of each batch, their "
        "running average, and those of the whole training set."
    )
    return Chart("unit", alt, figure, tuple(bindings), tuple(table), each_frame=True)
