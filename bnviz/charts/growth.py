"""By what factor does the gradient grow at each layer on its way to the input?"""

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
    theory = (RELU_GROWTH,) if relu_growth_holds(config) else ()
    dotted = f"1, and {RELU_GROWTH:.2f} in theory" if theory else "1"
    figure = layer_figure(
        config, "Growth of the gradient", height, axis, f"numbers: mean over layers; dotted: {dotted}"
    )
    figure.update_layout(
        xaxis2={"overlaying": "x", "range": [0, 1], "visible": False, "fixedrange": True},
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        margin={"r": 52},
    )
    for factor in (1, *theory):
        figure.add_hline(y=factor, line={"color": INK, "width": 1, "dash": "dot"})
    lines = add_layer_lines(figure, config, "layer_growth")
    add_sight(figure, 0.5, 2)
    numbers = add_newest(figure, config, "growth", "number", at=(0,))
    alt = (
        "By what factor the root mean square gradient grows from each layer to the one before it, for each arm, with "
        f"the geometric mean over all layers as a number; dotted: {dotted}."
    )
    table = [layer_words(config.depth)]
    for index, label in enumerate(labels(config)):
        table += [
            Column(f"{label}: from the next layer", "layer_growth", (index,)),
            Column(f"{label}: mean from the last", "growth", (index,)),
        ]
    return Chart("growth", alt, figure, (*lines, numbers), tuple(table))
