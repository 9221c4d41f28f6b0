"""Every chart that there is, against real snapshots: what it is bound to is there and fits."""

import importlib
import inspect
import itertools
import json
import pkgutil
from functools import cache
from typing import get_args

import numpy as np
import pytest

from bnviz import Config, Trainer, charts, registry
from bnviz.charts import COLOURS, DASHES, ON_DARK, Format
from bnviz.config import FIELDS as SETTINGS
from bnviz.snapshot import FIELDS, SITES

MODULES = [importlib.import_module(f"bnviz.charts.{found.name}") for found in pkgutil.iter_modules(charts.__path__)]
CHARTS = [  # every chart, and where it shows one site of several, at each
    pytest.param(module.make, more, id="-".join([module.__name__.rpartition(".")[2], *more.values()]))
    for module in MODULES
    if hasattr(module, "make")
    for more in ([{"site": site} for site in SITES] if "site" in inspect.signature(module.make).parameters else [{}])
]
NORMALIZERS = tuple(registry.entries("normalizers"))
MOST = SETTINGS["normalizers"].range.most
QUICK = {"dataset": "spirals", "width": 4, "batch_size": 16, "device": "cpu", "depth": 2}
CONFIGS = {
    **{f"{n} arms": {"normalizers": NORMALIZERS[:n]} for n in range(1, min(MOST, len(NORMALIZERS)) + 1)},
    "the last four arms": {"normalizers": NORMALIZERS[-MOST:]},
    **{f"depth {depth}": {"depth": depth} for depth in (1, 6, 50)},
    **{name: {"activation": name} for name in SETTINGS["activation"].range.options()},
    "batch of two": {"batch_size": 2},
    "not trained": {},
}
config_of = {name: Config(**QUICK | settings) for name, settings in CONFIGS.items()}
over_charts = pytest.mark.parametrize(("make", "more"), CHARTS)
over_configs = pytest.mark.parametrize("name", CONFIGS)


@cache
def values_of(name):
    """The arrays of a snapshot, all fields of it."""
    trainer = Trainer(config_of[name])
    trainer.advance(0 if name == "not trained" else 12)
    return trainer.snapshot().values


def part(values, field, at):
    """The slice that a binding names, as the browser takes it: each index must be there."""
    array = values[field]
    for index in at:
        assert 0 <= index < len(array), f"{field} has no {at}: its shape is {values[field].shape}"
        array = array[index]
    return array


def test_charts_are_found():
    assert {"ridges", "loss", "accuracy"} <= {param.id.partition("-")[0] for param in CHARTS}


@over_charts
@over_configs
def test_what_the_browser_gets_is_plain_json(make, more, name):
    described = make(config_of[name], **more).to_json()
    assert json.loads(json.dumps(described, allow_nan=False)) == json.loads(json.dumps(described))
    assert described["data"]
    assert described["layout"]["height"] > 0


@over_charts
@over_configs
def test_every_binding_finds_what_it_is_bound_to(make, more, name):
    chart, values = make(config_of[name], **more), values_of(name)
    traces = chart.to_json()["data"]
    for binding in chart.bindings:
        trace = traces[binding.trace]
        if binding.kind == "values":
            assert part(values, binding.field, binding.at).ndim == 1
        elif binding.kind == "ridges":
            rows, bins = part(values, binding.field, binding.at).shape
            assert rows == config_of[name].depth
            assert len(trace["x"]) == rows * (bins + 3)
            gaps = [place for place, x in enumerate(trace["x"]) if x is None]
            assert gaps == [(row + 1) * (bins + 3) - 1 for row in range(rows)]
            assert all(np.diff(trace["x"][: bins + 2]) > 0)  # from the left edge to the right
        else:
            parts = [part(values, field, at) for field, at, _ in binding.parts]
            words = sum(np.size(numbers) for numbers in parts)
            assert len(trace["x"]) == len(trace["y"]) == words
            assert trace["mode"] == "text"
            assert binding.every >= 1


@over_charts
@over_configs
def test_lines_have_as_many_x_as_y(make, more, name):
    chart, values = make(config_of[name], **more), values_of(name)
    lengths = {}
    for binding in chart.bindings:
        if binding.kind == "values":
            size = part(values, binding.field, binding.at).size
            lengths.setdefault(binding.trace, {})[binding.attribute] = size
    for sizes in lengths.values():
        assert sizes.keys() == {"x", "y"}
        assert sizes["x"] == sizes["y"] >= (0 if name == "not trained" else 1)


@over_charts
def test_every_trace_is_fed(make, more):
    chart = make(config_of["3 arms"], **more)
    assert {binding.trace for binding in chart.bindings} == set(range(len(chart.figure.data)))


@over_charts
def test_it_names_its_fields_each_once(make, more):
    chart = make(config_of["2 arms"], **more)
    assert set(chart.fields) <= set(FIELDS)
    assert len(set(chart.fields)) == len(chart.fields)
    assert set(chart.fields) == {field for binding in chart.bindings for field in binding.fields}
    described = chart.to_json()
    assert described["fields"] == list(chart.fields)
    assert [binding["trace"] for binding in described["bindings"]] == [binding.trace for binding in chart.bindings]
    forms = {form for binding in chart.bindings if binding.kind == "numbers" for _, _, form in binding.parts}
    assert forms <= set(get_args(Format))


@over_charts
@over_configs
def test_the_axes_of_traces_and_annotations_are_there(make, more, name):
    described = make(config_of[name], **more).to_json()
    layout = described["layout"]
    for trace in described["data"]:
        for letter in "xy":
            number = trace.get(f"{letter}axis", letter)[1:]
            assert not number or f"{letter}axis{number}" in layout


@over_charts
@over_configs
def test_it_can_be_told_to_who_does_not_see_it(make, more, name):
    chart = make(config_of[name], **more)
    assert len(chart.alt.split()) >= 5
    assert chart.name


def test_no_two_charts_have_the_same_name():
    names = [module.make(Config()).name for module in MODULES if hasattr(module, "make")]
    assert len(set(names)) == len(names)


# ---------------------------------------------------------------------- colours


@pytest.mark.parametrize("arms", range(1, MOST + 1))
def test_any_arms_have_styles_of_their_own_and_the_first_two_always_the_same(arms):
    for chosen in itertools.permutations(NORMALIZERS, arms):
        styles = dict(zip(chosen, charts.styles(chosen), strict=True))
        assert len(set(styles.values())) == arms
        assert set(styles.values()) <= set(range(MOST))
        assert (styles.get("none", 0), styles.get("batch", 1)) == (0, 1)


def test_there_is_a_colour_and_a_dash_for_each_arm():
    assert len(set(COLOURS)) == len(COLOURS) >= MOST
    assert len(set(DASHES)) == len(DASHES) >= MOST
    assert ON_DARK.keys() <= set(COLOURS)
    assert len({ON_DARK.get(colour, colour) for colour in COLOURS}) == len(COLOURS)


@over_charts
@pytest.mark.parametrize("name", [name for name in CONFIGS if name.endswith("arms")])
def test_arms_differ_in_colour_and_where_lines_cross_in_dash(make, more, name):
    chart, arms = make(config_of[name], **more), len(config_of[name].normalizers)
    text = json.dumps(chart.to_json()["data"])
    assert sum(colour in text for colour in COLOURS) == arms
    for label in (registry.entries("normalizers")[arm].label for arm in config_of[name].normalizers):
        assert label in json.dumps(chart.to_json(), ensure_ascii=False)

    lines = {}  # of a field, one line an arm
    for binding in chart.bindings:
        if binding.kind == "values" and binding.attribute == "y":
            line = chart.to_json()["data"][binding.trace]["line"]
            lines.setdefault(binding.field, []).append(line)
    for of_field in lines.values():
        assert len({line["color"] for line in of_field}) == len(of_field) == arms
    if lines:
        most_telling = max(len({line["dash"] for line in of_field}) for of_field in lines.values())
        assert most_telling == arms
