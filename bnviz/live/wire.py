"""Bytes: frames for browsers, and messages between the server and its workers.

A frame is a 4-byte length, a JSON header of that length (with ``arrays``: name, dtype, shape, offset), and the arrays,
raw and little-endian. Everything starts at a multiple of 8 bytes, so that a browser can look at it without copying.
Text stands in the header, under ``texts``. Rows of the past are frames one after the other behind a header of theirs.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

ALIGN = 8
MAX_MESSAGE = 64 * 2**20


def pack_frame(header: Mapping[str, Any], values: Mapping[str, NDArray[Any] | str]) -> bytes:
    """One frame. Bytes travel as they are, floats as float32, whole numbers as int32, text in the header.

    The header must not hold NaN or infinity.
    """
    described, parts, offset, texts = [], [], 0, {}
    for name, array in values.items():
        if isinstance(array, str):
            texts[name] = array
            continue
        kind = "<f4" if array.dtype.kind == "f" else "|u1" if array.dtype == np.uint8 else "<i4"
        raw = np.ascontiguousarray(array).astype(kind, copy=False).tobytes()
        described.append({"name": name, "dtype": kind, "shape": array.shape, "offset": offset})
        parts.append(_padded(raw))
        offset += len(parts[-1])
    return _headed({**header, "texts": texts, "arrays": described}, parts)


def pack_rows(header: Mapping[str, Any], frames: Sequence[tuple[int, bytes]]) -> bytes:
    """Frames by step as one message: its header holds ``rows``, the step and the length of each, in their order."""
    return _headed({**header, "rows": [(step, len(frame)) for step, frame in frames]}, [frame for _, frame in frames])


def _headed(header: Mapping[str, Any], parts: Sequence[bytes]) -> bytes:
    text = json.dumps(header, allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % ALIGN)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def unpack_frame(frame: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of a frame."""
    (length,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + length])
    arrays = {}
    for entry in header["arrays"]:
        count = int(np.prod(entry["shape"], dtype=int))
        start = 4 + length + entry["offset"]
        arrays[entry["name"]] = np.frombuffer(frame, entry["dtype"], count, start).reshape(entry["shape"])
    return header, arrays


def unpack_rows(message: bytes) -> tuple[dict[str, Any], dict[int, bytes]]:
    """Header and frames, by step, of rows."""
    (length,) = struct.unpack_from("<I", message)
    header, start, frames = json.loads(message[4 : 4 + length]), 4 + length, {}
    for step, size in header["rows"]:
        frames[step] = message[start : start + size]
        start += size
    return header, frames


def pack_message(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """One message of the pipe between server and worker: two lengths, JSON, payload."""
    text = json.dumps(header, allow_nan=False).encode()
    return struct.pack("<II", len(text), len(payload)) + text + payload


def message_lengths(prefix: bytes) -> tuple[int, int]:
    """The lengths of JSON and payload that the first 8 bytes announce.

    Raises ValueError when they are beyond all reason: something else than a message is on the pipe.
    """
    header, payload = struct.unpack("<II", prefix)
    if header + payload > MAX_MESSAGE:
        raise ValueError(f"a message has at most {MAX_MESSAGE} bytes, announced are {header + payload}")
    return header, payload


def read_message(pipe: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message of a blocking pipe; None when the other side has closed it."""
    prefix = pipe.read(8)
    if len(prefix) < 8:
        return None
    header, payload = message_lengths(prefix)
    text, rest = pipe.read(header), pipe.read(payload)
    if len(text) < header or len(rest) < payload:
        return None
    return json.loads(text), rest


def _padded(raw: bytes) -> bytes:
    return raw + b"\0" * (-len(raw) % ALIGN)
