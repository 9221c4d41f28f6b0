"""The charts of trained networks: what they are bound to is there and fits, and so does the table behind each."""

import json
from typing import get_args

import numpy as np
import pytest

from bnviz import registry
from bnviz.charts import Format
from bnviz.charts.making import made
from bnviz.engines.inference import Engine
from bnviz.sources.inference import FIELDS, SHIFTS, TEXT_FIELDS, Config

CHARTS = list(registry.entries("charts.inference"))
KINDS = (Config(), Config(folded="convolution"))  # of layers that are folded
over_charts = pytest.mark.parametrize("name", CHARTS)
over_kinds = pytest.mark.parametrize("config", KINDS, ids=lambda config: config.folded)


@pytest.fixture(scope="module")
def values():
    engine = Engine(Config(steps=10))
    engine.advance(2)
    return engine.snapshot(FIELDS).values


def part(values, field, at):
    array = values[field]
    for place in at:
        array = array[place]
    return np.asarray(array)


def test_every_number_of_a_snapshot_is_in_a_chart():
    shown = {field for name in CHARTS for config in KINDS for field in made(name, config).fields}
    assert shown == set(FIELDS) - set(TEXT_FIELDS)


@over_charts
@over_kinds
def test_bindings_fit_what_they_are_bound_to(name, config, values):
    chart = made(name, config)
    described = chart.to_json()
    assert json.loads(json.dumps(described, allow_nan=False))["name"] == name
    assert {binding.trace for binding in chart.bindings} == set(range(len(described["data"])))
    sizes = {}
    bound_x = {binding.trace: binding for binding in chart.bindings if getattr(binding, "attribute", "") == "x"}
    for binding in chart.bindings:
        trace = described["data"][binding.trace]
        if binding.kind == "values":
            found = part(values, binding.field, binding.at)
            assert found.ndim == 1
            if trace["type"] == "heatmap":
                continue
            sizes.setdefault(binding.trace, {"x": len(trace["x"]), "y": len(trace["y"])})[binding.attribute] = (
                found.size
            )
        elif binding.kind == "matrix":
            columns = bound_x.get(binding.trace)
            width = len(trace["x"]) if columns is None else part(values, columns.field, columns.at).size
            assert part(values, binding.field, binding.at).shape == (len(trace["y"]), width)
        else:
            assert len(trace["x"]) == sum(part(values, field, at).size for field, at, _ in binding.parts)
            assert {form for _, _, form in binding.parts} <= set(get_args(Format))
    assert all(size["x"] == size["y"] > 0 for size in sizes.values()), sizes


@over_charts
@over_kinds
def test_the_columns_of_its_table_are_of_one_length(name, config, values):
    chart = made(name, config)
    shapes = [(len(c.words),) if c.words else part(values, c.field, c.at).shape for c in chart.table]
    assert len(set(shapes)) == 1
    assert len(shapes[0]) == 1
    assert len({column.label for column in chart.table}) == len(chart.table) >= 2
    assert len(chart.alt.split()) >= 5


@over_charts
def test_no_chart_looks_different_for_a_knob_but_for_what_is_swept_and_folded(name):
    turned = Config(
        momentum=1.0, layer=3, unit=9, statistics="re-estimated", test_batch=1, gain=2.0, offset=1.0, contrast=-1.0,
        rotation=90.0, noise=1.0, classes=1, target_size=2, folded_layer=1, folded_unit=3,
        folded_channel=4,
    )  # fmt: skip
    make = registry.load("charts.inference", name).make
    assert make(turned).to_json() == make(Config()).to_json()
    assert made(name, turned) is made(name, Config())


def test_the_axis_of_shifts_is_that_of_the_one_swept():
    titles = {made("shift", Config(swept=swept)).figure.layout.xaxis.title.text for swept in SHIFTS}
    assert len(titles) == len(SHIFTS)


@over_charts
def test_it_can_be_enlarged(name):
    chart = made(name, Config())
    assert chart.enlarged(1.5).figure.layout.height == 1.5 * chart.figure.layout.height
