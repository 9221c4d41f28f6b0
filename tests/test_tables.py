import dataclasses
import json
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bnviz import tables
from bnviz.tables import MAX_ROWS, Table, make, quoted

names = st.text(max_size=20)


@st.composite
def whole_tables(draw):
    """Tables of every size and with every name that is allowed."""
    columns = draw(st.lists(names, min_size=1, max_size=4))
    classes = draw(st.lists(names, min_size=2, max_size=4, unique=True))
    labels = classes * 2 + draw(st.lists(st.sampled_from(classes), min_size=4, max_size=20))
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    inputs = draw(arrays(np.float32, (len(labels), len(columns)), elements=finite))
    return make(inputs, labels, columns, draw(names), draw(names))


def small(**changes):
    """A table of ten rows, made as its constructor takes it, with anything put in."""
    parts = {
        "inputs": np.arange(20, dtype=np.float32).reshape(10, 2), "targets": np.arange(10) % 2,
        "classes": ("no", "yes"), "columns": ("a", "b"), "label": "answer",
    }  # fmt: skip
    return Table(**parts | changes)


def holds(one, other):
    np.testing.assert_array_equal(one.inputs, other.inputs, strict=True)
    np.testing.assert_array_equal(one.targets, other.targets, strict=True)
    for name in ("classes", "columns", "label", "note"):
        assert getattr(one, name) == getattr(other, name)


# ---------------------------------------------------------------------- bytes


@given(whole_tables())
def test_bytes_give_back_the_table(table):
    raw = table.to_bytes()
    again = Table.from_bytes(raw)
    holds(again, table)
    assert again.to_bytes() == raw
    assert again.digest == table.digest


@given(st.binary() | st.text().map(lambda text: struct.pack("<I", len(text.encode())) + text.encode()))
def test_other_bytes_are_refused(raw):
    with pytest.raises(ValueError, match=r"^a packed table is a header and two arrays, got \d+ bytes of another kind$"):
        Table.from_bytes(raw)


@given(st.data())
def test_a_table_cut_short_or_drawn_out_is_refused(data):
    raw = small().to_bytes()
    length = data.draw(st.integers(0, len(raw) - 1))
    for bad in (raw[:length], raw + b"\0" * data.draw(st.integers(1, 40))):
        with pytest.raises(ValueError, match=r"^a packed table is"):
            Table.from_bytes(bad)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.integers() | st.floats() | names | st.lists(names, max_size=3)
            for name in ("rows", "columns", "classes", "label", "note")
        },
    )
)
def test_a_header_of_other_values_gives_a_table_or_is_refused(changes):
    raw = small().to_bytes()
    (length,) = struct.unpack_from("<I", raw)
    text = json.dumps(json.loads(raw[4 : 4 + length]) | changes).encode()
    try:
        table = Table.from_bytes(struct.pack("<I", len(text)) + text + raw[4 + length :])
    except ValueError as refused:
        assert str(refused)  # noqa: PT017 (any other exception fails the test)
    else:
        holds(Table.from_bytes(table.to_bytes()), table)


def test_a_pickle_is_not_run():
    class Bomb:
        def __reduce__(self):
            return pytest.fail, ("run",)

    with pytest.raises(ValueError, match=r"^a packed table is"):
        Table.from_bytes(pickle.dumps(Bomb()))


# ---------------------------------------------------------------------- digest


def test_the_digest_covers_all_that_a_table_holds():
    table = small()
    assert len(table.digest) == 32
    assert int(table.digest, 16) >= 0
    assert small().digest == table.digest
    other = table.inputs.copy()
    other[3, 1] = 0.5
    changed = [
        small(inputs=other), small(targets=1 - table.targets), small(classes=("no", "Yes")),
        small(columns=("a", "c")), small(label="b"), small(note="c"),
        small(inputs=table.inputs[:9], targets=table.targets[:9]),
    ]  # fmt: skip
    assert len({table.digest, *(other.digest for other in changed)}) == 1 + len(changed)


def test_a_table_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        small().label = "other"


# ---------------------------------------------------------------------- making


def test_labels_become_numbers_of_classes_in_order():
    table = make(np.zeros((10, 1)), ["b", "10", "9", "b", "9", "10", "a", "a", "-1", "-1"], ["x"], "y")
    assert table.classes == ("-1", "9", "10", "a", "b")
    assert table.targets.tolist() == [4, 2, 1, 4, 1, 2, 3, 3, 0, 0]
    assert (table.inputs.dtype, table.targets.dtype) == (np.float32, np.int64)


@given(st.lists(st.sampled_from(["nan", "inf", "a", "1", "2", "-nan"]), min_size=4, max_size=9).map(lambda x: x * 2))
def test_the_order_of_the_rows_does_not_change_the_classes(labels):
    if len(set(labels)) > 1:
        inputs = np.zeros((len(labels), 1))
        assert make(inputs, labels, ["x"], "y").classes == make(inputs, labels[::-1], ["x"], "y").classes


def test_the_memory_is_counted():
    assert small().nbytes == 10 * 2 * 4 + 10 * 8


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"inputs": np.zeros((7, 2), np.float32), "targets": np.arange(7) % 2},
            "A table has 8 to 100,000 rows, this one has 7. Choose another one.",
        ),
        (
            {"inputs": np.zeros((MAX_ROWS + 1, 1), np.float32)},
            "A table has 8 to 100,000 rows, this one has 100,001. Choose another one.",
        ),
        (
            {"inputs": np.zeros((10, 0), np.float32)},
            "A table has 1 to 1,000 columns beside its label and at most 4,000,000 numbers, this one has 0 columns and "
            "0 numbers. Choose another one.",
        ),
        (
            {"inputs": np.zeros((10, 1001), np.float32)},
            "A table has 1 to 1,000 columns beside its label and at most 4,000,000 numbers, this one has 1,001 columns "
            "and 10,010 numbers. Choose another one.",
        ),
        (
            {"inputs": np.zeros((5000, 801), np.float32)},
            "A table has 1 to 1,000 columns beside its label and at most 4,000,000 numbers, this one has 801 columns "
            "and 4,005,000 numbers. Choose another one.",
        ),
        (
            {"classes": ("no",), "targets": np.zeros(10, int)},
            "The label has 2 to 50 classes, column 'answer' has 1 different values. Choose another column as the "
            "label, or another table.",
        ),
        (
            {"classes": tuple(map(str, range(51)))},
            "The label has 2 to 50 classes, column 'answer' has 51 different values. Choose another column as the "
            "label, or another table.",
        ),
        (
            {"targets": np.array([0] * 9 + [1])},
            "Each class needs at least 2 examples, class 'yes' of column 'answer' has 1. Leave it out, or choose "
            "another column as the label.",
        ),
        (
            {"columns": ("a", "b" * 101)},
            f"Names have at most 100 characters, '{'b' * 39}…' has 101. Shorten it.",
        ),
        ({"targets": np.arange(10) % 3}, "targets must be 10 numbers from 0 to 1, one for each example"),
        ({"targets": np.arange(10) % 2 - 1}, "targets must be 10 numbers from 0 to 1, one for each example"),
        ({"targets": np.zeros(9, int)}, "targets must be 10 numbers from 0 to 1, one for each example"),
        ({"columns": ("a",)}, "inputs must be finite numbers in 1 columns, one for each name"),
        (
            {"inputs": np.full((10, 2), np.nan, np.float32)},
            "inputs must be finite numbers in 2 columns, one for each name",
        ),
    ],
)
def test_a_table_that_is_not_as_it_should_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=" ") as refused:
        small(**changes)
    assert str(refused.value) == message


# ---------------------------------------------------------------------- quoting


@pytest.mark.parametrize(
    ("text", "as_quoted"),
    [
        ("age", "'age'"),
        ("", "nothing"),
        (" \n\t\0", "nothing"),
        ("it's `so`", "'it’s ’so’'"),
        ("two\nlines", "'two lines'"),
        ("x" * 1000, f"'{'x' * 39}…'"),
    ],
)
def test_text_is_quoted_on_one_short_line(text, as_quoted):
    assert quoted(text) == as_quoted


@given(st.text())
def test_no_quotation_mark_of_a_user_ends_the_quotation(text):
    found = quoted(text)
    assert len(found) <= 42
    assert found.count("'") in (0, 2)
    assert "`" not in found
    assert found.isprintable()


@pytest.mark.parametrize("text", ["1", "-1.5e3", " 2 ", "nan", "inf", "٣"])
def test_what_a_number_is(text):
    assert tables.is_number(text)


@pytest.mark.parametrize("text", ["", "a", "1,5", "1_0", "0x10", "1 2", "\0"])
def test_what_no_number_is(text):
    assert not tables.is_number(text)
