"""How far does a step move the weights of each layer, for their size?"""

from bnviz.charts import INK, Chart, Column, layer_words
from bnviz.charts.curves import add_layer_lines, labels, layer_figure
from bnviz.config import Config

RULE = -3  # a rule of thumb for a healthy step, in powers of ten


def make(config: Config, height: int = 215) -> Chart:
    """log₁₀ of std(ΔW) / std(W) of each hidden layer's linear weights W, ΔW the last update, and a line at −3."""
    sight = {"include": [-5, -1], "clipmin": -12, "clipmax": 1}
    figure = layer_figure(
        config, "Update size: std(ΔW) / std(W)", height,
        {"title": {"text": "log₁₀", "standoff": 4}, "nticks": 6, "autorangeoptions": sight},
    )  # fmt: skip
    figure.add_hline(
        y=RULE, line={"color": INK, "width": 1, "dash": "dot"}, annotation_text="−3, a rule of thumb",
        annotation_position="bottom left", annotation_font_size=11,
    )  # fmt: skip
    lines = add_layer_lines(figure, config, "update_ratio")
    alt = (
        "Logarithm to base 10 of the standard deviation of the last update over that of the weights, for each hidden "
        "layer's linear weights and each arm, with a line at the rule of thumb of −3."
    )
    columns = (Column(label, "update_ratio", (index,)) for index, label in enumerate(labels(config)))
    return Chart("updates", alt, figure, tuple(lines), (layer_words(config.depth), *columns))
