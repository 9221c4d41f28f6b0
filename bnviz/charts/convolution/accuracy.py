"""How many held-out images does each network classify rightly?"""

from bnviz.charts import Chart, Column
from bnviz.charts.curves import add_lines, add_newest, figure, labels
from bnviz.sources.convolution import Config


def make(config: Config, height: int = 215) -> Chart:
    """Accuracy over steps, all held-out images normalized together."""
    axis = {"range": [0, 1.02], "tickformat": ".0%", "fixedrange": True}
    picture = figure(config, "Held-out accuracy", height, axis)
    lines = add_lines(picture, config, "accuracy_steps", "accuracy_history")
    newest = add_newest(picture, config, "test_accuracy", "percent")
    alt = "Share of held-out images classified rightly over steps, for each network."
    columns = (Column(label, "accuracy_history", (index,), "percent") for index, label in enumerate(labels(config)))
    table = (Column("step", "accuracy_steps", (), "step"), *columns)
    return Chart("accuracy", alt, picture, (*lines, newest), table, over_time=True)
