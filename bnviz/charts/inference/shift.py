"""What is left of each network's accuracy when its inputs shift?"""

from typing import Any

import plotly.graph_objects as go

from bnviz.charts import COLOURS, DASHES, INK, Chart, Column, Values
from bnviz.charts.inference.arms import ARMS, accuracy_axis, add_marks, add_newest, with_legend
from bnviz.sources.inference import SWEEPS, Config

UNITS = {"gain": "gain ×", "rotation": "rotation in degrees"}


def make(config: Config, height: int = 330) -> Chart:
    """Accuracy on the target over one shift, a curve an arm, with a mark where its slider stands."""
    figure = go.Figure(layout=with_legend(
        "Accuracy on the target", ARMS, height, 2, yaxis=accuracy_axis(), xaxis=_axis(config.swept),
        margin={"l": 48, "r": 58, "t": 34, "b": 38},
    ))  # fmt: skip
    figure.add_scatter(
        x=[], y=[0, 1], mode="lines", line={"color": INK, "width": 1, "dash": "dot"}, hoverinfo="skip", opacity=0.6
    )
    bindings = [Values(0, "x", "shift_line")]
    styles = [arm.style for arm in ARMS]
    for index, arm in enumerate(ARMS):
        trace = len(figure.data)
        bindings += [Values(trace, "x", "sweep_x"), Values(trace, "y", "sweep", (index,))]
        figure.add_scatter(
            x=[], y=[], mode="lines", name=arm.label,
            line={"color": COLOURS[arm.style], "dash": DASHES[arm.style], "width": 1.8},
        )  # fmt: skip
    bindings += add_marks(figure, styles, "shift_now", "shift_accuracy")
    parts = [("shift_accuracy", (index,), "percent") for index in range(len(ARMS))]
    numbers = add_newest(figure, styles, parts)  # type: ignore[arg-type]
    alt = (
        f"Share of the target's examples classified rightly over its {config.swept}, for the networks without "
        "normalization, with batch norm and stored statistics, with layer norm, and with batch norm whose statistics "
        "are re-estimated on the target."
    )
    table = (
        Column(config.swept, "sweep_x"),
        *(Column(arm.label, "sweep", (index,), "percent") for index, arm in enumerate(ARMS)),
    )
    return Chart("shift", alt, figure, (*bindings, numbers), table, each_frame=True)


def _axis(swept: str) -> dict[str, Any]:
    places = SWEEPS[swept]
    room = 0.02 * (places[-1] - places[0])
    axis = {"title": {"text": UNITS.get(swept, swept), "standoff": 4}, "range": [places[0] - room, places[-1] + room],
            "fixedrange": True, "zeroline": False}  # fmt: skip
    return axis | ({"dtick": 30} if swept == "rotation" else {"nticks": 8})
