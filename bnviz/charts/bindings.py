"""Bindings: which slice of which snapshot field goes into which attribute of which trace, or column of a table.

``at`` holds the leading indices of a slice: a whole number is an index, from the end where it is negative; a number
strictly between 0 and 1 is the place that share of the way along the axis.
"""

from dataclasses import dataclass
from typing import Literal

Format = Literal[
    "number", "decimals", "step", "drift", "loss", "percent", "peak",
    "share_below", "share_above", "share_lost", "share_dead", "share_saturated",
]  # fmt: skip
At = tuple[float, ...]

# A text until the first frame: where there is none, Plotly takes the element away, and no longer finds it after that.
BLANK = "\u200b"


@dataclass(frozen=True)
class Values:
    """``attribute`` of ``trace`` becomes the one-dimensional slice ``field[at]``.

    An attribute of an attribute is named with a dot: ``marker.color``.
    """

    trace: int
    attribute: str
    field: str
    at: At = ()
    kind: Literal["values"] = "values"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it needs."""
        return (self.field,)


@dataclass(frozen=True)
class Matrix:
    """``attribute`` of ``trace`` becomes the rows of the two-dimensional slice ``field[at]``.

    With ``log`` a number is placed by its log₁₀, as on a logarithmic axis: Plotly has no such scale for colours.
    """

    trace: int
    field: str
    at: At = ()
    attribute: str = "z"
    log: bool = False
    kind: Literal["matrix"] = "matrix"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it needs."""
        return (self.field,)


@dataclass(frozen=True)
class Ridges:
    """``y`` of ``trace`` becomes one outline per row of ``field[at]`` (row, bin): row r stands on the line r + 1.

    The values are whole numbers up to 255, which is ``height`` high. An outline starts and ends on its line and is
    followed by a gap. With ``skip_empty``, a row without any count has no outline.
    """

    trace: int
    field: str
    at: At
    height: float = 0.9
    skip_empty: bool = False
    kind: Literal["ridges"] = "ridges"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it needs."""
        return (self.field,)


@dataclass(frozen=True)
class Numbers:
    """``text`` of ``trace`` becomes the numbers of the slices ``field[at]``, one after the other, as words.

    Each part is (field, at, format). With ``every``, only the last number of a part and every so many before it.
    With ``wide_only`` there are none on a phone, where they would overlap.
    """

    trace: int
    parts: tuple[tuple[str, At, Format], ...]
    every: int = 1
    wide_only: bool = False
    kind: Literal["numbers"] = "numbers"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it needs."""
        return tuple(field for field, _, _ in self.parts)


Binding = Values | Matrix | Ridges | Numbers


@dataclass(frozen=True)
class Column:
    """A column of the table behind a chart: the one-dimensional slice ``field[at]``, or fixed ``words``."""

    label: str
    field: str = ""
    at: At = ()
    format: Format = "number"
    words: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it needs."""
        return () if self.words else (self.field,)
