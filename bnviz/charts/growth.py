"""By what factor does the gradient grow at each layer on its way to the input?"""

import math

import plotly.graph_objects as go

from bnviz.charts import INK, Chart, Column, layer_words
from bnviz.charts.curves import add_layer_lines, add_newest, add_sight, labels, layer_figure
from bnviz.config import Config
from bnviz.words.flow import RELU_GROWTH, relu_growth_holds

TICKS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100)


def make(config: Config, height: int = 215) -> Chart:
    """The factor from each layer to the one before it; as numbers, the geometric mean of all.

    Lines at 1 and, where there is one, at what theory says of ReLU under batch norm.
    """
    axis = {
        "title": {"text": "factor", "standoff": 4}, "type": "log",
        "tickvals": TICKS, "ticktext": [f"{tick:g}" for tick in TICKS],
        "autorangeoptions": {"clipmin": TICKS[0], "clipmax": TICKS[-1]},
    }  # fmt: skip
    figure = layer_figure(config, "Growth of the gradient per layer", height, axis, note="right: mean over all layers")
    figure.update_layout(
        xaxis2={"overlaying": "x", "range": [0, 1], "visible": False, "fixedrange": True},
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        margin={"r": 52},
    )
    _add_line(figure, 1, "1: keeps its size", "top" if not relu_growth_holds(config) else "bottom")
    if relu_growth_holds(config):
        _add_line(figure, RELU_GROWTH, f"{RELU_GROWTH:.2f}: theory, ReLU under batch norm", "top")
    lines = add_layer_lines(figure, config, "layer_growth")
    add_sight(figure, 0.5, 2)
    numbers = add_newest(figure, config, "growth", "number")
    alt = (
        "By what factor the root mean square gradient grows from each layer to the one before it, for each arm, with "
        "the geometric mean over all layers as a number and a line at 1"
        + (f" and one at {RELU_GROWTH:.2f}, what theory says of ReLU under batch norm." if relu_growth_holds(config) else ".")
    )
    table = [layer_words(config.depth)]
    for index, label in enumerate(labels(config)):
        table.append(Column(f"{label}: to this layer from the next", "layer_growth", (index,)))
    return Chart("growth", alt, figure, (*lines, numbers), tuple(table))


def _add_line(figure: go.Figure, factor: float, text: str, side: str) -> None:
    """A dotted line across, with words above or below it; words stand by the logarithm on such an axis."""
    figure.add_shape(
        type="line", xref="x domain", x0=0, x1=1, y0=factor, y1=factor, layer="below",
        line={"color": INK, "width": 1, "dash": "dot"},
    )  # fmt: skip
    figure.add_annotation(
        text=text, xref="x domain", x=0.01, xanchor="left", y=math.log10(factor), showarrow=False, borderpad=0,
        yanchor="bottom" if side == "top" else "top", font={"size": 11},
    )  # fmt: skip
