"""How large are the gradients that reach each layer?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, layer_words
from bnviz.charts.curves import add_layer_lines, labels, layer_axis, with_legend
from bnviz.config import Config


def make(config: Config, height: int = 215) -> Chart:
    """The RMS of ∂L/∂z over batch and units, z the output of a layer's linear map, on a logarithmic axis."""
    sight = {"include": [1e-4, 1e-2], "clipmin": 1e-18, "clipmax": 1e6}
    figure = go.Figure(layout=with_legend(
        config, "Gradient at each layer", height,
        xaxis=layer_axis(config.depth),
        yaxis={"title": {"text": "RMS of ∂L/∂z", "standoff": 4}, "type": "log", "nticks": 5, "exponentformat": "power",
               "zeroline": False, "autorangeoptions": sight},
        margin={"l": 58, "r": 10, "t": 34, "b": 34},
    ))  # fmt: skip
    lines = add_layer_lines(figure, config, "gradient_rms")
    alt = (
        "Root mean square of the derivative of the loss by each layer's values before normalization, on the last "
        "batch, for each arm, on a logarithmic axis."
    )
    columns = (Column(label, "gradient_rms", (index,)) for index, label in enumerate(labels(config)))
    return Chart("gradients", alt, figure, tuple(lines), (layer_words(config.depth), *columns))
