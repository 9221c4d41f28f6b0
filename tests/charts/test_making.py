"""Charts by their names, each made once."""

import pytest

from bnviz import Config, registry, sources
from bnviz.charts.making import made
from bnviz.config import FIELDS

TURNED = {name for name, field in FIELDS.items() if field.knob and not field.only_looks}
CHARTS = list(registry.entries("charts"))
OTHER = Config(
    gamma=2.0, beta=1.0, affine="held", affine_layer="2", batch_size=16, learning_rate=0.01, sgd_momentum=0.9,
    eps=1e-3, momentum=0.5, input_scale=2.0, input_shift=1.0,
)  # fmt: skip


def made_anew(name, config, **options):
    return registry.load("charts", name).make(config, **options)


@pytest.mark.parametrize("name", CHARTS)
def test_it_is_as_its_own_module_makes_it(name):
    for options in ({}, {"height": 300}):
        assert made(name, OTHER, **options).to_json() == made_anew(name, OTHER, **options).to_json()


@pytest.mark.parametrize("name", CHARTS)
def test_no_chart_looks_different_for_a_knob_that_turns_the_networks(name):
    """They are turned without a rerun, and the figure stays."""
    assert {field for field in TURNED if getattr(OTHER, field) != FIELDS[field].default} == TURNED
    assert made_anew(name, OTHER).to_json() == made_anew(name, Config()).to_json()
    assert made(name, OTHER) is made(name, Config())


def test_what_is_looked_at_makes_another_chart():
    one, other = (made("percentiles", Config(layer=layer, unit=3)) for layer in ("1", "2"))
    assert one.to_json() != other.to_json()
    assert made("ridges", Config(), site="activation").to_json() != made("ridges", Config()).to_json()
    assert made("loss", Config(depth=3)) is not made("loss", Config(depth=4))


def test_a_chart_that_is_not_there():
    with pytest.raises(ValueError, match="unknown entry of charts"):
        made("nothing", Config())


def charts_of_sources():
    for source in registry.entries("sources"):
        for name in registry.entries("charts" if source == sources.OPENING else f"charts.{source}"):
            yield source, name


@pytest.mark.parametrize(("source", "name"), list(charts_of_sources()))
def test_what_a_chart_and_its_table_ask_for_is_what_their_source_has(source, name):
    chart = made(name, registry.load("sources", source).Config())
    assert sources.checked_fields(source, {*chart.fields, *chart.table_fields})
