"""Every chart of one mini-batch: what it is bound to is there and fits, and so does the table behind it."""

import json
from functools import cache

import numpy as np
import pytest

from bnviz import engines, registry
from bnviz.charts import COLOURS, INK
from bnviz.charts.making import made
from bnviz.sources.transform import FIELDS, Config

CHARTS = list(registry.entries("charts.transform"))
CONFIGS = {"opening": {}, "one": {"batch_size": 1}, "many": {"batch_size": 1024}, "network": {"values": "network"}}
over_charts = pytest.mark.parametrize("name", CHARTS)
over_configs = pytest.mark.parametrize("asked", CONFIGS)


@cache
def values_of(asked):
    return engines.make(Config(**CONFIGS[asked])).snapshot(FIELDS).values


def part(values, field, at):
    array = values[field]
    for place in at:
        array = array[place]
    return array


def test_they_are_found():
    assert {"walk", "mates", "bound", "terms", "scaling"} <= set(CHARTS)


@over_charts
@over_configs
def test_bindings_fit_their_traces(name, asked):
    chart, values = made(name, Config(**CONFIGS[asked])), values_of(asked)
    traces = chart.to_json()["data"]
    lengths = {number: {"x": len(trace["x"]), "y": len(trace["y"])} for number, trace in enumerate(traces)}
    for binding in chart.bindings:
        if binding.kind == "values":
            lengths[binding.trace][binding.attribute] = part(values, binding.field, binding.at).size
        elif binding.kind == "ridges":
            rows, bins = part(values, binding.field, binding.at).shape
            lengths[binding.trace]["y"] = rows * (bins + 3)
            assert part(values, binding.field, binding.at).dtype == np.uint8
        else:
            words = sum(part(values, field, at).size for field, at, _ in binding.parts)
            assert words == lengths[binding.trace]["x"] == len(traces[binding.trace]["text"])
    for number, sizes in lengths.items():
        assert sizes["x"] == sizes["y"], (number, sizes)
    assert {binding.trace for binding in chart.bindings} == set(range(len(traces)))


@over_charts
@over_configs
def test_the_columns_of_its_table_are_alike_long(name, asked):
    values = values_of(asked)
    columns = made(name, Config()).table
    lengths = {len(column.words) or part(values, column.field, column.at).size for column in columns}
    assert len(lengths) == 1


@over_charts
def test_it_is_plain_json_drawn_on_each_frame_on_axes_that_stay_or_hold_what_they_should(name):
    described = made(name, Config()).to_json()
    assert json.loads(json.dumps(described, allow_nan=False))
    assert described["each_frame"]
    axes = [axis for key, axis in described["layout"].items() if key[1:5] == "axis"]
    assert axes
    held = [axis for axis in axes if "range" in axis or "matches" in axis or "include" in axis["autorangeoptions"]]
    assert held == axes


@over_charts
def test_no_chart_looks_different_for_a_knob(name):
    fields = {name: field for name, field in Config.fields().items() if field.knob}
    turned = {name: field.nearest(1) if name != "upstream" else "one" for name, field in fields.items()}
    assert made(name, Config(**turned)) is made(name, Config())


@over_charts
def test_it_has_colours_that_are_told_apart(name):
    text = json.dumps(made(name, Config()).to_json()["data"])
    assert any(colour in text for colour in (*COLOURS, INK))
