"""How far apart does each layer hold the examples?"""

from bnviz.charts import Chart, Column, layer_words
from bnviz.charts.curves import add_layer_lines, add_sight, labels, layer_figure, power_axis
from bnviz.config import Config


def make(config: Config, height: int = 215) -> Chart:
    """The spread of the activations over examples, on a logarithmic axis; thin and dotted, over units too.

    Where the dotted line stays and the other falls, units differ, but all examples look alike to the network.
    """
    figure = layer_figure(
        config, "Spread of the activations", height, power_axis("std", config.depth, -36, 16),
        note="between examples; dotted: between units too",
    )  # fmt: skip
    lines = add_layer_lines(figure, config, "signal")
    faint = add_layer_lines(figure, config, "std/activation", faint=True)
    add_sight(figure, 1e-2, 1)
    alt = (
        "Standard deviation of the activations of each layer between examples, and over examples and units together, "
        "on the held-out probe, for each arm, on a logarithmic axis."
    )
    columns = [layer_words(config.depth)]
    for index, label in enumerate(labels(config)):
        columns += [
            Column(f"{label}: between examples", "signal", (index,)),
            Column(f"{label}: between units too", "std/activation", (index,)),
        ]
    return Chart("signal", alt, figure, (*lines, *faint), tuple(columns))
