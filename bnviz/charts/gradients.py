"""How large are the gradients that reach each layer?"""

from bnviz.charts import Chart, Column, layer_words
from bnviz.charts.curves import add_layer_lines, add_sight, labels, layer_figure, power_axis
from bnviz.config import Config


def make(config: Config, height: int = 215) -> Chart:
    """The RMS of ∂L/∂z over batch and units, z the output of a layer's linear map, on a logarithmic axis.

    Thin and dashed, the ghost of before.
    """
    figure = layer_figure(config, "Gradient at each layer", height, power_axis("RMS of ∂L/∂z", -36, 16))
    behind = add_layer_lines(figure, config, "gradient_rms_ghost", behind=True)
    lines = add_layer_lines(figure, config, "gradient_rms")
    add_sight(figure, 1e-5, 1e-2)
    alt = (
        "Root mean square of the derivative of the loss by each layer's values before normalization, on the last "
        "batch, for each arm, on a logarithmic axis, with that of before."
    )
    columns = [layer_words(config.depth)]
    for index, label in enumerate(labels(config)):
        columns += [
            Column(label, "gradient_rms", (index,)), Column(f"{label}: before", "gradient_rms_ghost", (index,)),
        ]  # fmt: skip
    return Chart("gradients", alt, figure, (*behind, *lines), tuple(columns))
