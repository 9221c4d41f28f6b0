"""What can be pointed at in a chart: marks that are there, and values that the server allows."""

import json

import numpy as np
import pytest

from bnviz import engines, registry, sources
from bnviz.charts.making import made
from bnviz.sources import convolution, transform

SOURCES = {"transform": transform, "convolution": convolution}
SETTINGS = [("transform", {}), ("convolution", {}), ("convolution", {"width": 16}), ("convolution", {"depth": 1})]


def charts_with_targets():
    for source, settings in SETTINGS:
        config = SOURCES[source].Config(**settings)
        for name in registry.entries(f"charts.{source}"):
            chart = made(name, config)
            if chart.targets:
                yield pytest.param(config, chart, id=f"{source}-{name}-{settings}")


over_charts = pytest.mark.parametrize(("config", "chart"), list(charts_with_targets()))


def test_these_charts_can_be_pointed_at():
    found = {
        param.values[1].name: {target.knob for target in param.values[1].targets} for param in charts_with_targets()
    }
    assert found == {"walk": {"example"}, "mates": {"moved"}, "block": {"channel", "example"}}


@over_charts
def test_every_mark_has_a_value_and_every_value_is_allowed(config, chart):
    values = engines.make(config).snapshot(sources.checked_fields(config.source, chart.fields)).values
    for target in chart.targets:
        places = {
            getattr(binding, "attribute", "z"): values[binding.field]
            for binding in chart.bindings
            if binding.trace == target.trace
        }
        axis = 1 if target.along == "columns" else 0
        assert {place.shape[axis] for place in places.values()} == {len(target.values)}
        for value in {*target.values} - {None}:
            assert config.change(**{target.knob: value}).knobs[target.knob] == value


def test_a_mark_chooses_what_it_shows():
    """The point of the walk lies where the calculation of the example that it chooses begins."""
    config = transform.Config(batch_size=32)
    chart = made("walk", config)
    (trace,) = [binding.trace for binding in chart.bindings if binding.fields == ("point_x",)]
    (target,) = [target for target in chart.targets if target.trace == trace]
    before = engines.make(config).snapshot(["point_x"]).point_x
    for mark in (0, 9, 33, 127):
        found = engines.make(config.change(example=target.values[mark])).snapshot(["path_x"]).path_x
        assert found[mark // transform.SHOWN] == before[mark]


def test_a_map_of_the_block_chooses_itself():
    config = convolution.Config()
    chart = made("block", config)
    chosen = {target.along: target for target in chart.targets}
    for row, column in ((0, 0), (25, 43), (70, 70)):
        turned = {
            target.knob: target.values[{"rows": row, "columns": column}[along]] for along, target in chosen.items()
        }
        cells = engines.make(config.change(**turned)).snapshot(["block_cells"]).block_cells
        assert cells[row, column] == 2
    between = engines.make(config).snapshot(["block_cells"]).block_cells
    empty = {"rows": between[:, 0], "columns": between[0]}
    for along, target in chosen.items():
        assert [value is None for value in target.values] == np.isnan(empty[along]).tolist()


@over_charts
def test_plotly_takes_no_hold_of_what_can_be_pointed_at(config, chart):
    described = chart.to_json()
    assert json.loads(json.dumps(described["targets"])) == [
        {**target, "values": list(target["values"])} for target in described["targets"]
    ]
    assert all(trace["hoverinfo"] == "skip" for trace in described["data"])
    axes = [axis for key, axis in described["layout"].items() if key[1:5] == "axis"]
    assert all(axis["fixedrange"] for axis in axes)
