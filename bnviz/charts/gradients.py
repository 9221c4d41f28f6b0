"""How large are the gradients that reach each layer?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, layer_words
from bnviz.charts.curves import add_layer_lines, add_sight, labels, layer_axis, with_legend
from bnviz.config import Config

POWERS = range(-18, 7, 2)  # of ten, at the axis


def make(config: Config, height: int = 215) -> Chart:
    """The RMS of ∂L/∂z over batch and units, z the output of a layer's linear map, on a logarithmic axis."""
    figure = go.Figure(layout=with_legend(
        config, "Gradient at each layer", height,
        xaxis=layer_axis(config.depth),
        yaxis={"title": {"text": "RMS of ∂L/∂z", "standoff": 4}, "type": "log", "zeroline": False,
               "tickvals": [10.0**power for power in POWERS], "ticktext": [f"10<sup>{power}</sup>" for power in POWERS],
               "autorangeoptions": {"clipmin": 1e-18, "clipmax": 1e6}},
        margin={"l": 58, "r": 10, "t": 34, "b": 34},
    ))  # fmt: skip
    lines = add_layer_lines(figure, config, "gradient_rms")
    add_sight(figure, 1e-4, 1e-2)
    alt = (
        "Root mean square of the derivative of the loss by each layer's values before normalization, on the last "
        "batch, for each arm, on a logarithmic axis."
    )
    columns = (Column(label, "gradient_rms", (index,)) for index, label in enumerate(labels(config)))
    return Chart("gradients", alt, figure, tuple(lines), (layer_words(config.depth), *columns))
