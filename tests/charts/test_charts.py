"""Every chart that there is: what it is bound to is there and fits, and so does the table behind it."""

import importlib
import inspect
import json
import pkgutil
from functools import cache
from typing import get_args

import numpy as np
import pytest

from bnviz import Config, Trainer, charts, registry
from bnviz.charts import COLOURS, DASHES, INK, NARROW, ON_DARK, Format
from bnviz.config import FIELDS as SETTINGS
from bnviz.snapshot import FIELDS, SITES, TEXT_FIELDS
from tests.charts.made_up import made_up

MODULES = [importlib.import_module(f"bnviz.charts.{found.name}") for found in pkgutil.iter_modules(charts.__path__)]
MADE = [module for module in MODULES if hasattr(module, "make")]


def ways(make):
    """The ways of making a chart: each site of those that show one of several, side by side and together."""
    taken = inspect.signature(make).parameters
    sites = [(("site", site),) for site in SITES] if "site" in taken else [()]
    together = (("together", True),)
    return [*sites, *([together, (*sites[-1], *together)] if "together" in taken else [])]


CHARTS = [
    pytest.param(module.make, more, id="-".join([module.__name__.rpartition(".")[2], *(str(how) for _, how in more)]))
    for module in MADE
    for more in ways(module.make)
]
NORMALIZERS = tuple(registry.entries("normalizers"))
MOST = SETTINGS["normalizers"].range.most
QUICK = {"dataset": "spirals", "width": 4, "batch_size": 16, "device": "cpu", "depth": 2}
CONFIGS = {
    **{f"{n} arms": {"normalizers": NORMALIZERS[:n]} for n in range(1, min(MOST, len(NORMALIZERS)) + 1)},
    **{f"depth {depth}": {"depth": depth} for depth in (1, 6, 50)},
    **{name: {"activation": name} for name in SETTINGS["activation"].range.options()},
    "another layer and unit": {"layer": "1", "unit": 3},
    "not trained": {},
    "not in the plane": {},
}
config_of = {name: Config(**QUICK | settings) for name, settings in CONFIGS.items()}
over_charts = pytest.mark.parametrize(("make", "more"), CHARTS)
over_configs = pytest.mark.parametrize("name", CONFIGS)


@cache
def values_of(name):
    """The arrays of a snapshot, all fields of it."""
    return made_up(config_of[name], points=0 if name == "not trained" else 50, plane=name != "not in the plane")


@cache
def chart_of(make, name, more):
    return make(config_of[name], **dict(more))


@cache
def described_of(make, name, more):
    return chart_of(make, name, more).to_json()


def part(values, field, at):
    """The slice that a binding names, as the browser takes it: each place must be there."""
    array = values[field]
    for place in at:
        index = place if isinstance(place, int) else round(place * (len(array) - 1))
        assert -len(array) <= index < len(array), f"{field} has no {at}: its shape is {values[field].shape}"
        array = array[index]
    return array


def at_path(described, path):
    """What stands at a path of names and numbers, as ``marker.color``; KeyError or IndexError where nothing does."""
    for name in path.split("."):
        described = described[int(name)] if isinstance(described, list | tuple) else described[name]
    return described


def unseen(trace):
    """Whether a trace is only there to keep an axis in sight."""
    return trace.get("marker", {}).get("opacity") == 0


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_what_is_made_up_has_the_shapes_of_a_real_snapshot(activation):
    config = Config(**QUICK | {"activation": activation, "normalizers": ("none", "batch", "layer")})
    trainer = Trainer(config)
    trainer.advance(20)
    real = trainer.snapshot().values
    ours = made_up(config, points=3)
    assert ours.keys() == real.keys() == set(FIELDS)
    free = ("point", "loss_", "accuracy_", "surface")  # as many as the run has points, steps and cells
    for name, values in real.items():
        if name in TEXT_FIELDS:
            continue
        array, same = np.asarray(values), ours[name]
        assert array.dtype.kind == same.dtype.kind or name.startswith("density/"), name
        assert array.ndim == same.ndim, name
        if not name.startswith(free):
            assert array.shape == same.shape, name
        if array.dtype.kind == "u":
            assert array.dtype == same.dtype == np.uint8


def test_charts_are_found():
    names = {
        "ridges", "loss", "accuracy", "percentiles", "drift", "histogram", "gradients", "updates", "surface", "affine",
        "running",
    }  # fmt: skip
    assert names <= {param.id.partition("-")[0] for param in CHARTS}


@over_charts
@over_configs
def test_what_the_browser_gets_is_plain_json(make, more, name):
    described = described_of(make, name, more)
    assert json.loads(json.dumps(described, allow_nan=False)) == json.loads(json.dumps(described))
    assert described["data"]
    assert described["layout"]["height"] > 0


@over_charts
@over_configs
def test_every_binding_finds_what_it_is_bound_to(make, more, name):
    chart, values = chart_of(make, name, more), values_of(name)
    traces = described_of(make, name, more)["data"]
    for binding in chart.bindings:
        trace = traces[binding.trace]
        if binding.kind == "values":
            assert part(values, binding.field, binding.at).ndim == 1
            at_path(trace, binding.attribute)
        elif binding.kind == "matrix":
            assert_matrix_fits(chart.bindings, trace, binding, values)
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


def assert_matrix_fits(bindings, trace, binding, values):
    """Its rows are as many as the trace has y, its columns as x; the other way round when it is transposed."""
    axes = {letter: len(trace[letter]) for letter in "xy"}
    for other in bindings:
        if other.trace == binding.trace and other.attribute in axes:
            axes[other.attribute] = part(values, other.field, other.at).size
    rows, columns = part(values, binding.field, binding.at).shape
    if trace.get("transpose"):
        rows, columns = columns, rows
    assert rows in (axes["y"], axes["y"] - 1)  # middles or edges
    assert columns == axes["x"]


@over_charts
@over_configs
def test_lines_have_as_many_x_as_y(make, more, name):
    chart, values = chart_of(make, name, more), values_of(name)
    lengths = {}
    for binding in chart.bindings:
        if binding.kind == "values":
            size = part(values, binding.field, binding.at).size
            lengths.setdefault(binding.trace, {})[binding.attribute] = size
    traces = described_of(make, name, more)["data"]
    for number, sizes in lengths.items():
        trace = traces[number]
        if trace["type"] == "scatter":
            sizes.setdefault("x", len(trace["x"]))
            assert len(set(sizes.values())) == 1, sizes
            assert {"x", "y"} <= sizes.keys()


@over_charts
def test_every_trace_is_fed(make, more):
    chart = chart_of(make, "3 arms", more)
    fed = {number for number, trace in enumerate(chart.to_json()["data"]) if not unseen(trace)}
    assert {binding.trace for binding in chart.bindings} == fed


@over_charts
def test_it_names_its_fields_each_once(make, more):
    chart = chart_of(make, "2 arms", more)
    assert set(chart.fields) <= set(values_of("2 arms"))
    assert len(set(chart.fields)) == len(chart.fields)
    assert set(chart.fields) == {field for binding in chart.bindings for field in binding.fields}
    described = chart.to_json()
    assert described["fields"] == list(chart.fields)
    assert [binding["trace"] for binding in described["bindings"]] == [binding.trace for binding in chart.bindings]
    forms = {form for binding in chart.bindings if binding.kind == "numbers" for _, _, form in binding.parts}
    assert forms | {column.format for column in chart.table} <= set(get_args(Format))


@over_charts
@over_configs
def test_the_axes_of_traces_and_annotations_are_there(make, more, name):
    described = described_of(make, name, more)
    layout = described["layout"]
    for trace in described["data"]:
        for letter in "xy":
            number = trace.get(f"{letter}axis", letter)[1:]
            assert not number or f"{letter}axis{number}" in layout


@over_charts
@over_configs
def test_it_can_be_told_to_who_does_not_see_it(make, more, name):
    chart = chart_of(make, name, more)
    assert len(chart.alt.split()) >= 5
    assert chart.name


def test_no_two_charts_have_the_same_name():
    names = [module.make(Config()).name for module in MADE]
    assert len(set(names)) == len(names)


# ------------------------------------------------------------------------ tables


@over_charts
@over_configs
def test_the_columns_of_its_table_are_there_and_of_one_length(make, more, name):
    chart, values = chart_of(make, name, more), values_of(name)
    there = [column for column in chart.table if column.words or np.size(values[column.field])]  # of none: no rows
    lengths = {column.label: (len(column.words),) if column.words else part(values, column.field, column.at).shape
               for column in there}  # fmt: skip
    assert len(set(lengths.values())) <= 1, lengths
    assert all(len(shape) == 1 for shape in lengths.values())
    labels = [column.label for column in chart.table]
    assert len(set(labels)) == len(labels)
    assert len(chart.table) > len(config_of[name].normalizers)  # something for each arm


@over_charts
def test_its_table_asks_for_what_its_columns_hold(make, more):
    chart = chart_of(make, "2 arms", more)
    assert (
        set(chart.table_fields)
        == {column.field for column in chart.table if not column.words}
        <= set(values_of("2 arms"))
    )
    assert chart.to_json()["table_fields"] == list(chart.table_fields)
    assert [column["label"] for column in chart.to_json()["table"]] == [column.label for column in chart.table]


@pytest.mark.parametrize("make", [pytest.param(module.make, id=module.__name__) for module in MADE])
def test_its_table_holds_the_numbers_of_its_picture(make):
    """All that it draws, but for shapes: of these the table has the moments, and of points what the arms say there."""
    chart = make(config_of["2 arms"])
    shapes = ("profile/", "ghost/", "point_", "surface_y", "train_loss", "test_accuracy")
    drawn = {field for field in chart.fields if not field.startswith(shapes)}
    if chart.name == "histogram":
        drawn.remove("grid_steps")  # its table is the newest histogram
    assert drawn <= set(chart.table_fields)


# -------------------------------------------------------------------------- time


@over_charts
def test_it_is_over_time_where_it_is_bound_to_steps(make, more):
    chart = chart_of(make, "2 arms", more)
    over_steps = any(
        getattr(binding, "attribute", "") == "x" and "steps" in binding.field for binding in chart.bindings
    )
    assert chart.over_time == over_steps == chart.to_json()["over_time"]
    assert not (chart.each_frame and chart.over_time)


# -------------------------------------------------------------------------- phones


@over_charts
@over_configs
def test_what_is_changed_on_a_phone_is_there(make, more, name):
    chart = chart_of(make, name, more)
    layout = json.loads(json.dumps(chart.to_json()["layout"]))
    for path in chart.narrow:
        at_path(layout, path.rpartition(".")[0]) if "." in path else layout[path]
    assert json.loads(json.dumps(chart.to_json()["narrow"], allow_nan=False)) is not None
    assert chart.narrow_below <= 2 * NARROW


@over_charts
@pytest.mark.parametrize("name", [name for name in CONFIGS if name[0] in "34"])
def test_on_a_phone_panels_stand_in_two_columns_without_overlap(make, more, name):
    chart = chart_of(make, name, more)
    layout = {**chart.to_json()["layout"]}
    if not any(path.endswith(".domain") for path in chart.narrow):
        return
    places = []
    for number in ["", *map(str, range(2, len(config_of[name].normalizers) + 1))]:
        (left, right), (low, high) = chart.narrow[f"xaxis{number}.domain"], chart.narrow[f"yaxis{number}.domain"]
        assert 0 <= left < right <= 1
        assert 0 <= low < high <= 1
        places.append((left, right, low, high))
    for one, (left, right, low, high) in enumerate(places):
        for other in places[one + 1 :]:
            assert right < other[0] or other[1] < left or high < other[2] or other[3] < low
    assert chart.narrow["height"] > 1.5 * layout["height"]


# -------------------------------------------------------------------------- projectors

LENGTHS = {"size": 12, "width": 2, "height": None, "thickness": None, "l": None, "r": None, "t": None, "b": None}


def lengths_of(described, path=()):
    """Every length in pixels of a figure by its path."""
    if isinstance(described, dict | list):
        items = described.items() if isinstance(described, dict) else enumerate(described)
        for name, value in items:
            yield from lengths_of(value, (*path, name))
    elif path[-1] in LENGTHS and isinstance(described, int | float):
        yield path, described
    elif isinstance(described, str):
        for place, text in enumerate(described.split("font-size:")[1:]):
            yield (*path, place), float(text.partition("px")[0])


@over_charts
def test_enlarged_it_is_larger_everywhere(make, more):
    chart = chart_of(make, "3 arms", more)
    small, large = chart.to_json(), chart.enlarged(1.5).to_json()
    for part_of in ("data", "layout", "narrow"):
        before, after = dict(lengths_of(small[part_of])), dict(lengths_of(large[part_of]))
        assert before.keys() <= after.keys()
        for path, length in before.items():
            assert after[path] == pytest.approx(1.5 * length), path
    for key in ("height", "margin.t"):
        if key in chart.narrow:
            assert large["narrow"][key] == pytest.approx(1.5 * small["narrow"][key])
    assert large["layout"]["font"]["size"] == pytest.approx(18)  # of all that names no size
    assert large["narrow_below"] == 1.5 * small["narrow_below"]
    assert large["scale"] == 1.5
    for trace in large["data"]:
        assert "lines" not in trace.get("mode", "") or trace["line"]["width"] >= 1.5
        assert "markers" not in trace.get("mode", "") or trace["marker"]["size"] > 3
    same = {
        key: small[key] for key in ("name", "alt", "bindings", "fields", "table", "over_time", "each_frame", "targets")
    }
    assert {key: large[key] for key in same} == same
    for before, after in zip(small["data"], large["data"], strict=True):
        for key in ("x", "y", "xaxis", "yaxis", "text"):  # places stay
            assert list(before.get(key, [])) == list(after.get(key, []))


@over_charts
def test_enlarging_leaves_the_chart_as_it_was_and_by_one_changes_nothing(make, more):
    chart = chart_of(make, "2 arms", more)
    before = json.dumps(chart.to_json())
    chart.enlarged(3)
    assert json.dumps(chart.to_json()) == before
    assert dict(lengths_of(chart.enlarged(1).to_json()["layout"])) == dict(lengths_of(chart.to_json()["layout"]))


@pytest.mark.parametrize("factor", [0, -1, float("nan")])
def test_nothing_is_enlarged_by_what_is_not_positive(factor):
    with pytest.raises(ValueError, match=r"positive factor, got .*; give 1\.5"):
        MADE[0].make(config_of["2 arms"]).enlarged(factor)


# ---------------------------------------------------------------------- colours


def test_there_is_a_colour_and_a_dash_for_each_arm():
    assert len(set(COLOURS)) == len(COLOURS) >= MOST
    assert len(set(DASHES)) == len(DASHES) >= MOST
    assert ON_DARK.keys() <= {*COLOURS, INK}
    assert len({ON_DARK.get(colour, colour) for colour in COLOURS}) == len(COLOURS)


@over_charts
@pytest.mark.parametrize("name", [name for name in CONFIGS if name.endswith("arms")])
def test_arms_differ_in_colour_and_where_lines_cross_in_dash(make, more, name):
    chart, arms = chart_of(make, name, more), len(config_of[name].normalizers)
    described = described_of(make, name, more)
    text = json.dumps([described["data"], described["layout"]])
    assert sum(colour in text for colour in COLOURS) == arms
    for label in (registry.entries("normalizers")[arm].label for arm in config_of[name].normalizers):
        assert label in json.dumps(described["layout"], ensure_ascii=False).replace("<br>", " ")

    lines = {}  # of a field, one line an arm
    for binding in chart.bindings:
        trace = described["data"][binding.trace]
        if binding.kind == "values" and binding.attribute == "y" and "line" in trace:
            lines.setdefault((binding.field, binding.at[1:]), []).append(trace)
    for of_field in lines.values():
        assert len({trace["line"]["color"] for trace in of_field}) == len(of_field) == arms
    crossing = [of_field for of_field in lines.values() if len({trace.get("xaxis") for trace in of_field}) == 1]
    if arms > 1 and crossing:
        most_telling = max(len({trace["line"]["dash"] for trace in of_field}) for of_field in crossing)
        assert most_telling == arms
