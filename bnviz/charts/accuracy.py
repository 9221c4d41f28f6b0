"""How many held-out examples does each arm classify rightly?"""

from bnviz.charts import Chart, Column
from bnviz.charts.curves import add_lines, add_newest, figure, labels
from bnviz.config import Config


def make(config: Config, height: int = 215) -> Chart:
    """Accuracy with batch statistics, and with running statistics as a thin dotted line."""
    axis = {"range": [0, 1.02], "tickformat": ".0%", "fixedrange": True}
    picture = figure(config, "Held-out accuracy", height, axis)
    lines = add_lines(picture, config, "accuracy_steps", "accuracy_history")
    faint = add_lines(picture, config, "accuracy_steps", "accuracy_running_history", faint=True)
    newest = add_newest(picture, config, "test_accuracy", "percent")
    alt = "Share of held-out examples classified rightly over steps, for each arm, with batch and running statistics."
    table = [Column("step", "accuracy_steps", (), "step")]
    for index, label in enumerate(labels(config)):
        table += [
            Column(label, "accuracy_history", (index,), "percent"),
            Column(f"{label}, running statistics", "accuracy_running_history", (index,), "percent"),
        ]
    return Chart("accuracy", alt, picture, (*lines, *faint, newest), tuple(table), over_time=True)
