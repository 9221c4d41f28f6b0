"""Bytes: frames for browsers, and messages between the server and its workers.

A frame is a 4-byte length, a JSON header of that length (with ``arrays``: name, dtype, shape, offset), and the arrays,
raw and little-endian. Everything starts at a multiple of 8 bytes, so that a browser can look at it without copying.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

ALIGN = 8
MAX_MESSAGE = 64 * 2**20


def pack_frame(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """One frame. Floats travel as float32, whole numbers as int32; the header must not hold NaN or infinity."""
    described, parts, offset = [], [], 0
    for name, array in arrays.items():
        kind = "<f4" if array.dtype.kind == "f" else "<i4"
        raw = np.ascontiguousarray(array).astype(kind, copy=False).tobytes()
        described.append({"name": name, "dtype": kind, "shape": array.shape, "offset": offset})
        parts.append(_padded(raw))
        offset += len(parts[-1])
    text = json.dumps({**header, "arrays": described}, allow_nan=False).encode()
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
