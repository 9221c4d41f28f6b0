"""How much of each layer is dead or saturated, so that hardly any gradient passes it?"""

from bnviz.charts import Chart, Column, layer_words
from bnviz.charts.curves import add_layer_lines, labels, layer_figure
from bnviz.config import Config

TITLES = {"relu": "Dead units", "tanh": "Saturated values", "sigmoid": "Saturated values"}
NOTES = {
    "relu": "units that are 0 for every example of the probe",
    "tanh": "activations beyond ±0.97",
    "sigmoid": "activations below 0.03 or above 0.97",
}


def make(config: Config, height: int = 215) -> Chart:
    """The share of dead units, or of saturated values, by layer."""
    title = TITLES.get(config.activation, "Dead or saturated")
    note = NOTES.get(config.activation, "not defined: this activation has no flat end")
    figure = layer_figure(
        config, title, height, {"range": [-0.02, 1.02], "tickformat": ".0%", "fixedrange": True}, note=note
    )
    field = "dead" if config.activation == "relu" else "saturated"
    lines = add_layer_lines(figure, config, field)
    alt = f"Share of each layer, for each arm: {title.lower()}, {note}."
    columns = (Column(label, field, (index,), "percent") for index, label in enumerate(labels(config)))
    return Chart("flat", alt, figure, tuple(lines), (layer_words(config.depth), *columns))
