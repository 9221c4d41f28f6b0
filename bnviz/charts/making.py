"""Charts by their names, made once: making one takes up to twenty milliseconds, and a page asks anew on every rerun."""

from functools import lru_cache
from typing import Any

from bnviz import registry
from bnviz.charts import Chart
from bnviz.config import FIELDS, Config

# Those that turn the networks: no chart looks different for them, or it would be wrong while a slider is dragged.
TURNED = {name: field.default for name, field in FIELDS.items() if field.knob and not field.only_looks}


def made(name: str, config: Config, **options: Any) -> Chart:
    """The chart ``name`` of a config, as its ``make`` makes it with these options; from a bounded cache.

    Raises ValueError when there is no such chart.
    """
    return _made(name, config.change(**TURNED), tuple(options.items()))


@lru_cache(maxsize=128)
def _made(name: str, config: Config, options: tuple[tuple[str, Any], ...]) -> Chart:
    chart: Chart = registry.load("charts", name).make(config, **dict(options))
    return chart
