"""What do the same weights reach in eval mode, and where eval() was forgotten? And what does layer norm?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Values
from bnviz.charts.inference.arms import Curve, accuracy_axis, add_curve, add_marks, add_newest, with_legend
from bnviz.sources.inference import TEST_SIZES, Config

EVAL = Curve("eval mode", 1)
SHUFFLED = Curve("train mode, shuffled", 0)
SORTED = Curve("train mode, sorted by class", 3)
LAYER = Curve("layer norm, either mode", 2)
CURVES = (EVAL, SHUFFLED, SORTED, LAYER)


def make(config: Config, height: int = 300) -> Chart:  # noqa: ARG001 - as all charts
    """Accuracy of batch norm over the batch size at test time, in eval and in train mode, and of layer norm."""
    figure = go.Figure(layout=with_legend(
        "Held-out accuracy of the same weights", CURVES, height, 2, yaxis=accuracy_axis(),
        xaxis={"title": {"text": "batch size at test time", "standoff": 4}, "type": "log", "range": [-0.1, 2.75],
               "tickvals": list(TEST_SIZES), "ticktext": [str(size) for size in TEST_SIZES], "tickangle": 0,
               "fixedrange": True, "zeroline": False},
        margin={"l": 48, "r": 58, "t": 34, "b": 36},
    ))  # fmt: skip
    bindings: list[Values] = [
        add_curve(figure, LAYER, TEST_SIZES, "layer_norm"),
        add_curve(figure, EVAL, TEST_SIZES[:: len(TEST_SIZES) - 1], "eval"),
        add_curve(figure, SHUFFLED, TEST_SIZES, "shuffled"),
        add_curve(figure, SORTED, TEST_SIZES, "sorted"),
        *add_marks(figure, [curve.style for curve in CURVES], "test_now", "test_now_accuracy"),
    ]
    parts = [("test_now_accuracy", (index,), "percent") for index in range(len(CURVES))]
    numbers = add_newest(figure, [curve.style for curve in CURVES], parts)  # type: ignore[arg-type]
    alt = (
        "Held-out accuracy of batch norm over the batch size at test time: in eval mode, which does not depend on it, "
        "and in train mode with shuffled batches and with batches sorted by class, where a batch of one is refused; "
        "and that of layer norm, which is the same in either mode."
    )
    table = (
        Column("batch size", words=tuple(str(size) for size in TEST_SIZES)),
        Column(SHUFFLED.label, "shuffled", (), "percent"),
        Column(SORTED.label, "sorted", (), "percent"),
        Column(LAYER.label, "layer_norm", (), "percent"),
    )
    return Chart("modes", alt, figure, (*bindings, numbers), table, each_frame=True)
