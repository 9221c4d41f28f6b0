"""How far apart does each layer hold the examples?"""

from bnviz.charts import Chart, Column, layer_words
from bnviz.charts.curves import add_layer_lines, add_sight, labels, layer_figure, power_axis
from bnviz.config import Config


def make(config: Config, height: int = 215) -> Chart:
    """The spread of the activations between examples, on a logarithmic axis; thin and dashed, the ghost of before.

    Its table has the spread between units too: where that stays and the other falls, all examples look alike.
    """
    figure = layer_figure(config, "Spread between examples", height, power_axis("std of activations", -36, 16))
    behind = add_layer_lines(figure, config, "signal_ghost", behind=True)
    lines = add_layer_lines(figure, config, "signal")
    add_sight(figure, 1e-3, 1)
    alt = (
        "Standard deviation of the activations of each layer between examples, on the held-out probe, for each arm, "
        "on a logarithmic axis, with that of before."
    )
    columns = [layer_words(config.depth)]
    for index, label in enumerate(labels(config)):
        columns += [
            Column(f"{label}: between examples", "signal", (index,)),
            Column(f"{label}: before", "signal_ghost", (index,)),
            Column(f"{label}: between units too", "std/activation", (index,)),
        ]
    return Chart("signal", alt, figure, (*behind, *lines), tuple(columns))
