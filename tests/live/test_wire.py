"""The bytes of frames and messages: both ways, aligned, and safe against what is broken or absurd."""

import io
import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from bnviz.live import wire
from bnviz.live.wire import (
    message_lengths,
    pack_frame,
    pack_message,
    pack_rows,
    read_message,
    unpack_frame,
    unpack_rows,
)

SHAPES = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)
FLOATS = npst.arrays(st.sampled_from(["<f4", ">f4"]), SHAPES) | npst.arrays(
    "<f8",
    SHAPES,
    elements=st.floats(width=32),  # what float32 can hold, NaN and infinity among it
)
WHOLE = npst.arrays(st.sampled_from(["|b1", "|i1", "|u1", "<i2", ">i4", "<i4"]), SHAPES) | npst.arrays(
    "<i8", SHAPES, elements=st.integers(-(2**31), 2**31 - 1)
)
ARRAYS = st.dictionaries(st.text(max_size=12), FLOATS | WHOLE, max_size=4)
TEXTS = st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=2)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
NAMES = st.text(max_size=8).filter(lambda name: name not in {"arrays", "texts", "rows"})
HEADERS = st.dictionaries(NAMES, JSON, max_size=4)


def sent_as(array):
    """How an array travels."""
    return np.dtype("<f4" if array.dtype.kind == "f" else "|u1" if array.dtype == np.uint8 else "<i4")


# ---------------------------------------------------------------------- frames


@given(HEADERS, ARRAYS, TEXTS)
def test_a_frame_comes_back_as_it_went(header, arrays, texts):
    texts = {name: text for name, text in texts.items() if name not in arrays}
    read, values = unpack_frame(pack_frame(header, {**arrays, **texts}))
    assert [entry["name"] for entry in read.pop("arrays")] == list(arrays)
    assert read.pop("texts") == texts
    assert read == header
    assert list(values) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(values[name], array.astype(sent_as(array)), strict=True)


@given(HEADERS, ARRAYS)
def test_the_layout_is_the_documented_one(header, arrays):
    """Read by hand: a length, JSON of that length, the arrays raw and little-endian, all at multiples of 8."""
    frame = pack_frame(header, arrays)
    (length,) = struct.unpack("<I", frame[:4])
    described = json.loads(frame[4 : 4 + length].decode())["arrays"]
    assert (4 + length) % 8 == 0
    assert len(frame) % 8 == 0
    assert len(described) == len(arrays)
    for entry, array in zip(described, arrays.values(), strict=True):
        assert entry["offset"] % 8 == 0
        assert tuple(entry["shape"]) == array.shape
        assert entry["dtype"] == sent_as(array).str
        sign = {"<f4": "f", "<i4": "i", "|u1": "B"}[entry["dtype"]]
        numbers = struct.unpack_from(f"<{array.size}{sign}", frame, 4 + length + entry["offset"])
        np.testing.assert_array_equal(numbers, array.ravel())


def test_nan_and_infinity_survive_in_arrays():
    array = np.array([np.nan, np.inf, -np.inf, -0.0, 1.0])
    _, values = unpack_frame(pack_frame({}, {"drift": array}))
    np.testing.assert_array_equal(values["drift"], array.astype(np.float32))
    assert np.signbit(values["drift"][3])


def test_arrays_need_not_lie_in_one_piece():
    whole = np.arange(24.0).reshape(4, 6)
    _, values = unpack_frame(pack_frame({}, {"part": whole[::2, ::-3], "turned": whole.T}))
    np.testing.assert_array_equal(values["part"], whole[::2, ::-3])
    np.testing.assert_array_equal(values["turned"], whole.T)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "pack", [lambda header: pack_frame(header, {}), lambda header: pack_rows(header, []), pack_message]
)
def test_no_nan_in_a_header(pack, value):
    """JSON has no word for it, and a browser's parser would refuse the whole frame."""
    with pytest.raises(ValueError, match="JSON"):
        pack({"rate": {"deep": [value]}})


# ---------------------------------------------------------------------- rows of the past

ROWS = st.dictionaries(st.integers(0, 2**31 - 1), st.tuples(HEADERS, ARRAYS), max_size=4)


@given(HEADERS, ROWS)
def test_rows_come_back_as_they_went_and_in_their_order(header, rows):
    frames = {step: pack_frame(*row) for step, row in rows.items()}
    message = pack_rows(header, list(frames.items()))
    read, found = unpack_rows(message)
    assert read.pop("rows") == [[step, len(frame)] for step, frame in frames.items()]
    assert read == header
    assert list(found.items()) == list(frames.items())


@given(HEADERS, ROWS)
def test_every_row_begins_where_a_browser_can_look_at_it_without_copying(header, rows):
    frames = [(step, pack_frame(*row)) for step, row in rows.items()]
    message = pack_rows(header, frames)
    (length,) = struct.unpack("<I", message[:4])
    start = 4 + length
    for _, frame in frames:
        assert start % 8 == 0
        assert message[start : start + len(frame)] == frame
        start += len(frame)
    assert start == len(message)


# ---------------------------------------------------------------------- messages


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=40)), max_size=4))
def test_messages_come_one_after_the_other_and_then_none(messages):
    pipe = io.BytesIO(b"".join(pack_message(header, payload) for header, payload in messages))
    assert [read_message(pipe) for _ in messages] == messages
    assert read_message(pipe) is None


@pytest.mark.parametrize("payload", [b"", b"twelve bytes"])
def test_a_pipe_that_breaks_anywhere_gives_none(payload):
    raw = pack_message({"type": "frame", "run": "γ"}, payload)
    for cut in range(len(raw)):
        assert read_message(io.BytesIO(raw[:cut])) is None, cut
    assert read_message(io.BytesIO(raw)) == ({"type": "frame", "run": "γ"}, payload)


@pytest.mark.parametrize("lengths", [(wire.MAX_MESSAGE, 1), (1, wire.MAX_MESSAGE), (2**32 - 1, 2**32 - 1)])
def test_absurd_lengths_are_refused_before_anything_is_read(lengths):
    pipe = io.BytesIO(struct.pack("<II", *lengths) + b"the rest")
    with pytest.raises(ValueError, match=f"at most {wire.MAX_MESSAGE} bytes, announced are {sum(lengths)}"):
        read_message(pipe)
    assert pipe.read() == b"the rest"


def test_the_longest_message_is_allowed():
    assert message_lengths(struct.pack("<II", 100, wire.MAX_MESSAGE - 100)) == (100, wire.MAX_MESSAGE - 100)


def test_text_among_the_messages_is_refused():
    """What a stray print would look like to the reader of the pipe."""
    with pytest.raises(ValueError, match="at most"):
        read_message(io.BytesIO(b"Traceback (most recent call last):"))
