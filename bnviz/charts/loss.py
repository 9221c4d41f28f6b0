"""Does each arm learn, and how fast?"""

from bnviz.charts import Chart, Column
from bnviz.charts.curves import Compared, add_lines, add_newest, add_sight, figure, labels


def make(config: Compared, height: int = 215) -> Chart:
    """The training loss of single batches over steps, on a logarithmic axis."""
    # A loss that runs away leaves the picture, and its number stays.
    sight = {"clipmin": 1e-5, "clipmax": 1e3}
    axis = {"type": "log", "dtick": 1, "tickformat": "~g", "autorangeoptions": sight}
    picture = figure(config, "Training loss of each batch", height, axis)
    lines = add_lines(picture, config, "loss_steps", "loss_history")
    newest = add_newest(picture, config, "train_loss", "loss")
    add_sight(picture, 0.1, 3)
    alt = "Cross-entropy loss of each batch over steps, for each arm."
    columns = (Column(label, "loss_history", (index,), "loss") for index, label in enumerate(labels(config)))
    table = (Column("step", "loss_steps", (), "step"), *columns)
    return Chart("loss", alt, picture, (*lines, newest), table, over_time=True)
