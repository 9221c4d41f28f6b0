"""Keeping: the state of a run as bytes, and back; nothing in the bytes is executed."""

import io
from typing import Any

import numpy as np
import torch

_ARRAY = "numpy.ndarray"  # a dict with this key alone stands for an array


def to_bytes(state: dict[str, Any]) -> bytes:
    """Plain values, tensors and NumPy arrays, nested in dicts, lists and tuples, as bytes."""
    buffer = io.BytesIO()
    torch.save(_mapped(state, np.ndarray, lambda array: {_ARRAY: torch.from_numpy(array.copy())}), buffer)
    return buffer.getvalue()


def from_bytes(raw: bytes) -> Any:
    """What ``to_bytes`` was given, tensors on the CPU."""
    return _back(torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True))


def _mapped(value: Any, kind: type, act: Any) -> Any:
    if isinstance(value, kind):
        return act(value)
    if isinstance(value, dict):
        return {name: _mapped(item, kind, act) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(item, kind, act) for item in value)
    return value


def _back(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_ARRAY}:
            return value[_ARRAY].numpy()
        return {name: _back(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_back(item) for item in value)
    return value
