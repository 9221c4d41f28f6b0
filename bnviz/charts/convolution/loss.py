"""Does each network learn, and how fast?"""

from bnviz.charts import Chart, loss
from bnviz.sources.convolution import Config


def make(config: Config, height: int = 215) -> Chart:
    """The training loss of single batches over steps, on a logarithmic axis."""
    return loss.make(config, height)
