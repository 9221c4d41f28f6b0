"""How large are the gradients of each layer's weights?"""

from bnviz.charts import Chart, Column, layer_words
from bnviz.charts.curves import add_layer_lines, add_sight, labels, layer_figure, power_axis
from bnviz.config import Config


def make(config: Config, height: int = 215) -> Chart:
    """The norm of ∂L/∂W, W a layer's linear weights, on a logarithmic axis.

    It is made of the gradient that arrives and of the layer's inputs: where both shrink, it may be level.
    """
    figure = layer_figure(config, "Gradient of the weights W", height, power_axis("‖∂L/∂W‖", -36, 16))
    lines = add_layer_lines(figure, config, "weight_gradient")
    add_sight(figure, 1e-2, 10)
    alt = (
        "Norm of the derivative of the loss by each hidden layer's linear weights, on the last batch, for each arm, on "
        "a logarithmic axis."
    )
    columns = (Column(label, "weight_gradient", (index,)) for index, label in enumerate(labels(config)))
    return Chart("weight_gradients", alt, figure, tuple(lines), (layer_words(config.depth), *columns))
