"""How many held-out images does each network classify rightly?"""

from bnviz.charts import Chart, accuracy
from bnviz.sources.convolution import Config


def make(config: Config, height: int = 215) -> Chart:
    """Accuracy over steps, all held-out images normalized together."""
    return accuracy.make(config, height, running=False)
