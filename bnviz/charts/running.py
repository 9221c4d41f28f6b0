"""How far are batch norm's running statistics from those of the batch?"""

import plotly.graph_objects as go

from bnviz.charts import Chart
from bnviz.charts.curves import with_legend
from bnviz.charts.quantities import Quantity, add_quantities, log_axis, table
from bnviz.config import Config

QUANTITIES = (
    Quantity(
        "gap of means / σ", "running_mean_gap",
        {"rangemode": "tozero", "nticks": 5, "autorangeoptions": {"include": [0, 1], "clipmin": 0, "clipmax": 30}},
    ),
    Quantity(
        "ratio of σ", "running_std_ratio",
        log_axis(-4, 6), sight=(0.1, 10),
    ),
)  # fmt: skip


def make(config: Config, height: int = 215) -> Chart:
    """The distance of the means in units of the batch's standard deviation σ, and the ratio of the σ, by layer."""
    figure = go.Figure(layout=with_legend(
        config, "Running against batch statistics", height, "where both agree: 0 at the left, 1 at the right",
        margin={"l": 34, "r": 8, "t": 50, "b": 34},
    ))  # fmt: skip
    bindings = add_quantities(figure, config, QUANTITIES)
    alt = (
        "The distance of the running mean from the batch mean in units of the batch's standard deviation, and the "
        "ratio of the running to the batch's standard deviation, for each layer and each arm that has them."
    )
    return Chart("running", alt, figure, tuple(bindings), table(config, QUANTITIES))
