"""How many held-out examples does each arm classify rightly?"""

from bnviz.charts import Chart, Column
from bnviz.charts.curves import Compared, add_lines, add_newest, figure, labels


def make(config: Compared, height: int = 215, running: bool = True) -> Chart:
    """Accuracy with batch statistics and, as a thin dotted line, with ``running`` statistics."""
    axis = {"range": [0, 1.02], "tickformat": ".0%", "fixedrange": True}
    picture = figure(config, "Held-out accuracy", height, axis)
    lines = add_lines(picture, config, "accuracy_steps", "accuracy_history")
    alt = "Share of held-out examples classified rightly over steps, for each arm, with batch statistics."
    table, faint = [Column("step", "accuracy_steps", (), "step")], []
    for index, label in enumerate(labels(config)):
        table.append(Column(label, "accuracy_history", (index,), "percent"))
        if running:
            table.append(Column(f"{label}, running statistics", "accuracy_running_history", (index,), "percent"))
    if running:
        faint = add_lines(picture, config, "accuracy_steps", "accuracy_running_history", faint=True)
        alt = alt.replace("batch statistics", "batch and running statistics")
    newest = add_newest(picture, config, "test_accuracy", "percent")
    return Chart("accuracy", alt, picture, (*lines, *faint, newest), tuple(table), over_time=True)
