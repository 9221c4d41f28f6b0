"""Which momentum gives running statistics that serve the network in use?"""

import plotly.graph_objects as go

from bnviz.charts import INK, Chart, Column, Values
from bnviz.charts.inference.arms import Curve, accuracy_axis, add_curve, add_marks, with_legend
from bnviz.fields import number_text
from bnviz.sources.inference import MOMENTA, Config

RUNNING = Curve("running averages", 1)
WHOLE = Curve("re-estimated", 3)


def make(config: Config, height: int = 300) -> Chart:  # noqa: ARG001 - as all charts
    """Accuracy in eval mode over the momentum, and that with re-estimated statistics."""
    figure = go.Figure(layout=with_legend(
        "Held-out accuracy in eval mode", (RUNNING, WHOLE), height, 1, yaxis=accuracy_axis(),
        xaxis={"title": {"text": "momentum", "standoff": 4}, "type": "log", "range": [-3.1, 0.1], "dtick": 1,
               "tickformat": "~g", "fixedrange": True, "zeroline": False},
        margin={"l": 48, "r": 14, "t": 34, "b": 36},
    ))  # fmt: skip
    bindings: list[Values] = [
        add_curve(figure, WHOLE, MOMENTA[:: len(MOMENTA) - 1], "whole_accuracy"),
        add_curve(figure, RUNNING, MOMENTA, "momentum_accuracy"),
        *add_marks(figure, [RUNNING.style], "momentum_now", "momentum_now_accuracy"),
    ]
    figure.data[-1].marker.line.color = INK
    alt = "Held-out accuracy of batch norm in eval mode over the momentum of its running statistics, and re-estimated."
    table = (
        Column("momentum", words=tuple(number_text(momentum) for momentum in MOMENTA)),
        Column("accuracy in eval mode", "momentum_accuracy", (), "percent"),
    )
    return Chart("momentum", alt, figure, tuple(bindings), table, each_frame=True)
