"""Data sets by name: what becomes of scikit-learn's answer, and a real process with a stand-in for scikit-learn."""

import os
import socket
import subprocess
import sys
from email.message import Message
from pathlib import Path
from time import monotonic
from urllib.error import HTTPError, URLError

import numpy as np
import pandas as pd
import pytest
from sklearn.utils import Bunch

from bnviz.live import openml
from bnviz.tables import MAX_NUMBERS, MAX_ROWS, Table, make

PATIENCE = 30  # seconds until a test gives up waiting

# A package of this name before the real one: what a process does is chosen by the name of the data set.
FAKE = """
import sys, time
import pandas as pd

class Bunch:
    data = pd.DataFrame({"a": range(9), "b": [0.5] * 9})
    target = pd.Series(list("pqr") * 3, name="kind")

def fetch_openml(name, **more):
    if name == "slow":
        print("asked", file=sys.stderr, flush=True)
        time.sleep(600)
    if name == "junk":
        sys.stdout.write("junk")
    if name == "endless":
        while True:
            sys.stdout.write("junk" * 100_000)
    if name == "crash":
        raise RuntimeError("no")
    if name == "memory":
        bytearray(8 * 2**30)
    if more["version"] == 3:
        raise ValueError("Dataset good with version 3 not found.")
    return Bunch
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """The processes that are started find the stand-in."""
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").write_text("")
    (tmp_path / "sklearn" / "datasets.py").write_text(FAKE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def frame(rows=12):
    return pd.DataFrame({"length": np.arange(rows) / 2, "width": np.arange(rows) * 3, "colour": ["red"] * rows})


def answering(data=None, target=None):
    """A stand-in for ``fetch_openml``, and what it was asked for."""
    asked = []
    data = frame() if data is None else data
    target = pd.Series(["b", "a"] * (len(data) // 2), name="kind", dtype="category") if target is None else target

    def fetch_openml(*arguments, **more):
        asked.append((arguments, more))
        return Bunch(data=data, target=None if isinstance(target, str) else target)

    return fetch_openml, asked


def raising(error):
    def fetch_openml(*_, **__):
        raise error

    return fetch_openml


def refusal(fetch_openml, name="iris", version=None):
    with pytest.raises(ValueError, match=" ") as refused:
        openml.load(name, version, fetch_openml)
    return str(refused.value)


# ---------------------------------------------------------------------- a data frame


def test_the_columns_of_numbers_become_a_table_that_says_what_was_left_out():
    fetch_openml, asked = answering()
    table = openml.load("iris", None, fetch_openml)
    np.testing.assert_array_equal(table.inputs, np.stack([np.arange(12) / 2, np.arange(12) * 3], axis=1))
    assert table.targets.tolist() == [1, 0] * 6
    assert (table.classes, table.columns, table.label) == (("a", "b"), ("length", "width"), "kind")
    assert table.note == "Left out: columns that are not numbers (1)."
    ((arguments, more),) = asked
    assert (arguments, more["version"], more["cache"]) == (("iris",), "active", False)
    assert "data_home" not in more


def test_a_version_can_be_named():
    fetch_openml, asked = answering()
    openml.load("iris", 3, fetch_openml)
    assert asked[0][1]["version"] == 3


def test_rows_with_a_missing_value_are_left_out_and_counted():
    data = frame(1200).drop(columns="colour").astype({"width": "Int64"})
    data.loc[4, "length"], data.loc[5, "width"], data.loc[6, "length"] = np.nan, pd.NA, 1e300
    target = pd.Series([*["p", "q"] * 599, None, "p"], name="kind")
    table = openml.load("iris", None, answering(data, target)[0])
    kept = [k for k in range(1200) if k not in (4, 5, 6, 1198)]
    np.testing.assert_array_equal(table.inputs[:, 0], np.array(kept, np.float32) / 2)
    assert table.note == "Left out: rows with missing values (4)."


def test_nothing_is_noted_where_nothing_is_left_out():
    assert openml.load("iris", None, answering(frame().drop(columns="colour"))[0]).note == ""


def test_labels_may_be_numbers():
    target = pd.Series([2, 10] * 6, name="y")
    assert openml.load("iris", None, answering(frame(), target)[0]).classes == ("2", "10")


@pytest.mark.parametrize(
    ("data", "target", "message"),
    [
        (None, "none", "The data set 'iris' does not say which column is its label. Choose another one."),
        (
            None, frame()[["length", "width"]],
            "The data set 'iris' does not say which column is its label. Choose another one.",
        ),
        (frame()[["colour"]], None, "The data set 'iris' has no columns of numbers. Choose another one."),
        (
            pd.DataFrame({"a": np.zeros(MAX_ROWS + 2)}), None,
            "A table has at most 100,000 rows, the data set 'iris' has 100,002. Choose another one.",
        ),
        (
            pd.DataFrame(np.zeros((MAX_NUMBERS // 50, 51), np.float32)), None,
            "A table has at most 4,000,000 numbers, the data set 'iris' has 4,080,000. Choose another one.",
        ),
        (
            frame(100), pd.Series(np.arange(100), name="price"),
            "The label has 2 to 50 classes, column 'price' has 100 different values. Choose another column as the "
            "label, or another table.",
        ),
    ],
)  # fmt: skip
def test_what_is_no_table_to_train_on_is_refused(data, target, message):
    assert refusal(answering(data, target)[0]) == message


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (URLError("no"), "OpenML cannot be reached. Try again with an internet connection, or choose a file."),
        (TimeoutError(), "OpenML cannot be reached. Try again with an internet connection, or choose a file."),
        (HTTPError("u", 503, "", Message(), None), "OpenML answers with error 503. Try again later."),
        (ValueError("No active dataset iris found."), "OpenML has no data set 'iris'. Look its name up at openml.org."),
        (MemoryError(), "The data set 'iris' is too large. Choose a smaller one."),
        (
            ValueError("Sparse ARFF datasets cannot be loaded with as_frame=True."),
            "The data set 'iris' is no plain table of rows and columns. Choose another one.",
        ),
    ],
)
def test_what_goes_wrong_is_said_in_words(error, message):
    assert refusal(raising(error)) == message


def test_a_version_that_is_not_there_is_named():
    error = ValueError("Dataset iris with version 9 not found.")
    assert refusal(raising(error), version=9).startswith("OpenML has no data set 'iris' in version 9. Look")


def test_scikit_learn_still_says_not_found_in_these_words(monkeypatch):
    """Its own code, with an answer that OpenML gives for an unknown name."""
    from sklearn.datasets import _openml, fetch_openml

    def refuse(request):
        raise HTTPError(request.full_url, 412, "Precondition Failed", Message(), None)

    monkeypatch.setattr(_openml, "urlopen", refuse)
    assert refusal(fetch_openml, "nothing").startswith("OpenML has no data set 'nothing'. Look")
    assert refusal(fetch_openml, "nothing", 2).startswith("OpenML has no data set 'nothing' in version 2.")


def test_the_process_prints_the_table_or_the_sentence(capsysbinary):
    assert openml.main(["iris"], answering()[0]) == 0
    assert Table.from_bytes(capsysbinary.readouterr().out).columns == ("length", "width")
    assert openml.main(["iris", "--version", "2"], raising(URLError("no"))) == openml.REFUSED
    assert capsysbinary.readouterr().out.startswith(b"OpenML cannot be reached.")


# ---------------------------------------------------------------------- a process


def test_a_table_comes_from_a_process_of_its_own(fake):
    table = openml.fetch("good")
    expected = make(np.column_stack([np.arange(9), [0.5] * 9]), list("pqr") * 3, ["a", "b"], "kind")
    assert table.digest == expected.digest
    with pytest.raises(ValueError, match=r"^OpenML has no data set 'good' in version 3\. Look its name up"):
        openml.fetch("good", version=3)


def fetch_refused(name, words):
    with pytest.raises(ValueError, match=words):
        openml.fetch(name)


def test_a_process_that_prints_something_else_is_a_sentence(fake):
    for name in ("junk", "crash"):
        fetch_refused(name, rf"^The data set '{name}' cannot be read\. Download it from openml\.org")


def test_a_process_that_prints_without_end_is_ended(fake, monkeypatch):
    monkeypatch.setattr(openml, "MOST_BYTES", 10**6)
    fetch_refused("endless", r"^The data set 'endless' cannot be read\.")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others do not hold a process to its memory")
def test_a_process_that_needs_too_much_memory_is_a_sentence(fake):
    fetch_refused("memory", r"^The data set 'memory' is too large\. Choose a smaller one\.$")


def test_a_process_that_takes_too_long_is_ended(fake, monkeypatch):
    monkeypatch.setattr(openml, "TIMEOUT", 1.5)
    before = monotonic()
    fetch_refused("slow", r"^The data set 'slow' did not come within 1\.5 seconds\. Try again, or download it")
    assert monotonic() - before < PATIENCE


def test_it_ends_with_the_server(fake):
    paths = os.pathsep.join([openml.PACKAGE_PARENT, os.environ["PYTHONPATH"]])
    with subprocess.Popen(
        [sys.executable, "-m", "bnviz.live.openml", "slow"], env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            assert process.stderr.readline() == b"asked\n"
            process.stdin.close()
            assert process.wait(PATIENCE) == 2
        finally:
            process.kill()


def test_without_internet_it_says_so():
    """The real thing: every name leads to a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("https_proxy", nobody)
        patch.setenv("no_proxy", "")
        fetch_refused("iris", r"^OpenML cannot be reached\. Try again with an internet connection, or choose a file\.$")


def test_a_server_that_says_nothing_is_given_up_in_time():
    assert 2 * openml.SILENCE + 5 < openml.TIMEOUT  # asked twice, and imports
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.MonkeyPatch.context() as patch:
        patch.setenv("https_proxy", f"http://127.0.0.1:{silent.getsockname()[1]}")
        patch.setenv("no_proxy", "")
        before = "import socket; from bnviz.live import openml; socket.setdefaulttimeout(0.5); "
        done = subprocess.run(
            [sys.executable, "-c", before + "print(openml.main(['iris']))"], cwd=Path(openml.PACKAGE_PARENT),
            capture_output=True, text=True, timeout=PATIENCE, check=True,
        )  # fmt: skip
    assert done.stdout.startswith("OpenML cannot be reached.")


def test_not_more_than_two_are_fetched_at_a_time(fake, monkeypatch):
    with openml._places(), openml._places(), monkeypatch.context() as patch:
        patch.setattr(openml, "TIMEOUT", 0.05)
        fetch_refused("good", r"^The server is busy with fetching other data sets\. Try again in a minute\.$")
    for _ in range(3):  # a place is given back, also after a failure
        fetch_refused("crash", r"cannot be read")
    assert openml.fetch("good").label == "kind"


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "../iris", "iris\n", "ir;is", "é", "$(id)", "iris/1"])
def test_a_name_that_is_none_starts_no_process(name, monkeypatch):
    monkeypatch.setattr(openml.subprocess, "Popen", lambda *_, **__: pytest.fail("a process was started"))
    fetch_refused(name, r"^The name of a data set is 1 to 64 letters, .*, got .*\. Copy it from openml\.org\.$")


def test_a_name_that_looks_like_an_option_is_a_name(fake):
    assert openml.fetch("--version").columns == ("a", "b")
