"""The user's own table: labelled examples, the rules that they keep, and their bytes.

Errors are sentences for users. Text of theirs stands in them as ``quoted`` leaves it: short, between apostrophes that
occur nowhere else in the sentence.
"""

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_ROWS, MAX_ROWS = 8, 100_000
MAX_COLUMNS = 1000
MAX_NUMBERS = 4_000_000  # 16 MB; a file of 5 MB has at most 2.6 million
MAX_CLASSES = 50
MAX_NAME = 100  # characters of a column or a class


@dataclass(frozen=True, eq=False)
class Table:
    """Labelled examples: inputs (example, feature) float32, targets (example,) int64 that count the classes from 0.

    ``note`` says what was left out when the table was made. Raises ValueError when it is too small or too large, and
    when a class has fewer than two examples.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.int64]
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    label: str
    note: str = ""

    def __post_init__(self) -> None:
        rows, columns = self.inputs.shape
        if not MIN_ROWS <= rows <= MAX_ROWS:
            raise ValueError(f"A table has {MIN_ROWS} to {MAX_ROWS:,} rows, this one has {rows:,}. Choose another one.")
        if not 1 <= columns <= MAX_COLUMNS or rows * columns > MAX_NUMBERS:
            raise ValueError(
                f"A table has 1 to {MAX_COLUMNS:,} columns beside its label and at most {MAX_NUMBERS:,} numbers, this "
                f"one has {columns:,} columns and {rows * columns:,} numbers. Choose another one."
            )
        if not 2 <= len(self.classes) <= MAX_CLASSES:
            raise ValueError(
                f"The label has 2 to {MAX_CLASSES} classes, column {quoted(self.label)} has {len(self.classes):,} "
                "different values. Choose another column as the label, or another table."
            )
        for name in (*self.classes, *self.columns, self.label):
            if len(name) > MAX_NAME:
                raise ValueError(
                    f"Names have at most {MAX_NAME} characters, {quoted(name)} has {len(name):,}. Shorten it."
                )
        if self.targets.shape != (rows,) or self.targets.min() < 0 or self.targets.max() >= len(self.classes):
            raise ValueError(f"targets must be {rows} numbers from 0 to {len(self.classes) - 1}, one for each example")
        for name, count in zip(self.classes, np.bincount(self.targets, minlength=len(self.classes)), strict=True):
            if count < 2:
                raise ValueError(
                    f"Each class needs at least 2 examples, class {quoted(name)} of column {quoted(self.label)} has "
                    f"{count}. Leave it out, or choose another column as the label."
                )
        if len(self.columns) != columns or not np.isfinite(self.inputs).all():
            raise ValueError(f"inputs must be finite numbers in {len(self.columns)} columns, one for each name")

    @property
    def nbytes(self) -> int:
        """The memory that its arrays take."""
        return self.inputs.nbytes + self.targets.nbytes

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits that tell tables apart by all they hold."""
        return blake2b(self.to_bytes(), digest_size=16).hexdigest()

    def to_bytes(self) -> bytes:
        """The table for a pipe: a 4-byte length, a JSON header of that length, targets and inputs, little-endian."""
        header = {
            "rows": len(self.targets), "columns": self.columns, "classes": self.classes,
            "label": self.label, "note": self.note,
        }  # fmt: skip
        text = json.dumps(header).encode()
        text += b" " * (-(len(text) + 4) % 8)  # arrays begin at a multiple of their items' size
        arrays = self.targets.astype("<i8", copy=False).tobytes(), self.inputs.astype("<f4", copy=False).tobytes()
        return b"".join([struct.pack("<I", len(text)), text, *arrays])

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Table":
        """The table that ``to_bytes`` packed. Raises ValueError for any other bytes."""
        try:
            (length,) = struct.unpack_from("<I", raw)
            header = json.loads(raw[4 : 4 + length])
            rows, columns = int(header["rows"]), tuple(map(str, header["columns"]))
            targets = np.frombuffer(raw, "<i8", rows, 4 + length)
            inputs = np.frombuffer(raw, "<f4", offset=4 + length + targets.nbytes).reshape(rows, len(columns))
            names = tuple(map(str, header["classes"])), columns, str(header["label"]), str(header["note"])
        except (struct.error, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            raise ValueError(
                f"a packed table is a header and two arrays, got {len(raw)} bytes of another kind"
            ) from None
        return cls(inputs, targets, *names)


def make(inputs: NDArray[Any], labels: Sequence[str], columns: Sequence[str], label: str, note: str = "") -> Table:
    """A table from finite inputs (example, feature) and a class name for each; classes by value, then by name."""
    classes = sorted(set(labels), key=_order)
    number = {name: k for k, name in enumerate(classes)}
    targets = np.array([number[name] for name in labels], np.int64)
    return Table(inputs.astype(np.float32), targets, tuple(classes), tuple(columns), label, note)


def _order(name: str) -> tuple[float, str]:
    """Numbers by value, before everything else by name."""
    value = float(name) if is_number(name) else math.nan
    return (math.inf if math.isnan(value) else value), name


def quoted(text: str) -> str:
    """A user's text as a sentence quotes it: on one line, shortened, without quotation marks of its own."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text[:200])
    words = " ".join(plain.replace("'", "’").replace("`", "’").split())
    return f"'{words if len(words) <= 40 else words[:39] + '…'}'" if words else "nothing"


def is_number(text: str) -> bool:
    """Whether a text is a number; Python would also read 1_0 as ten."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
