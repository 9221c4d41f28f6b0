"""What do γ and β make of each layer's values, and how much does normalization scale them in all?"""

import plotly.graph_objects as go

from bnviz.charts import Chart
from bnviz.charts.curves import with_legend
from bnviz.charts.quantities import Quantity, add_quantities, log_axis, table
from bnviz.config import Config

QUANTITIES = (
    Quantity("γ", "gamma_mean", {"autorangeoptions": {"include": [0, 2], "clipmin": -10, "clipmax": 10}}, "gamma_std"),
    Quantity("β", "beta_mean", {"autorangeoptions": {"include": [-1, 1], "clipmin": -10, "clipmax": 10}}, "beta_std"),
    Quantity(
        "γ / √(σ² + ε)", "gain_mean", log_axis(-4, 6), "gain_std", sight=(0.1, 10),
    ),
)  # fmt: skip


def make(config: Config, height: int = 215) -> Chart:
    """Mean over units of γ, of β and of the effective gain γ / √(σ² + ε), by layer; bars: the standard deviation."""
    figure = go.Figure(layout=with_legend(
        config, "γ, β and effective gain", height, "mean ± standard deviation over units; σ: of the batch",
        margin={"l": 30, "r": 8, "t": 50, "b": 34},
    ))  # fmt: skip
    bindings = add_quantities(figure, config, QUANTITIES)
    alt = (
        "Mean and standard deviation over units of γ, of β and of the effective gain, γ over the square root of the "
        "batch variance plus ε, for each layer and each arm that has them."
    )
    return Chart("affine", alt, figure, tuple(bindings), table(config, QUANTITIES))
