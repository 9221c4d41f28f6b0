"""Charts by their names, made once: making one takes up to twenty milliseconds, and a page asks anew on every rerun."""

from functools import lru_cache
from typing import Any

from bnviz import registry, sources
from bnviz.asked import Asked
from bnviz.charts import Chart


def made(name: str, config: Asked, **options: Any) -> Chart:
    """The chart ``name`` of a config, as its ``make`` makes it with these options; from a bounded cache.

    Raises ValueError when there is no such chart.
    """
    # Of those that turn the networks: no chart looks different for them, or it would be wrong while one is dragged.
    turned = {name: field.default for name, field in config.fields().items() if field.knob and not field.only_looks}
    return _made(name, config.change(**turned), tuple(options.items()))


@lru_cache(maxsize=128)
def _made(name: str, config: Asked, options: tuple[tuple[str, Any], ...]) -> Chart:
    kind = "charts" if config.source == sources.OPENING else f"charts.{config.source}"
    chart: Chart = registry.load(kind, name).make(config, **dict(options))
    return chart
