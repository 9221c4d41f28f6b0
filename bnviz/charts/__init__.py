"""Charts: one file per question asked of the data. A chart is a figure made once, and bindings that feed it.

The browser knows bindings, not charts: each says which slice of which snapshot field goes into which attribute of
which trace. All numbers come from the engine; a binding only places them.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import plotly.graph_objects as go

# Okabe & Ito's colours, which the common kinds of colour blindness tell apart; four that show on white.
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7")
ON_DARK = {"#D55E00": "#E69F00", "#0072B2": "#56B4E9"}  # two of the eight are too dim on a dark page
DASHES = ("solid", "dash", "dashdot", "longdash")  # "dot" is for what stands behind

FIRST = ("none", "batch")  # these two have the same style on every picture, whatever stands beside them


def styles(normalizers: tuple[str, ...]) -> list[int]:
    """For each arm the number of its colour and dash."""
    own = [FIRST.index(name) for name in normalizers if name in FIRST]
    free = (number for number in range(len(COLOURS)) if number not in own)
    return [FIRST.index(name) if name in FIRST else next(free) for name in normalizers]


Format = Literal["drift", "share_below", "share_above", "share_lost", "percent", "loss"]


@dataclass(frozen=True)
class Values:
    """``attribute`` of ``trace`` becomes the one-dimensional slice ``field[at]``."""

    trace: int
    attribute: Literal["x", "y"]
    field: str
    at: tuple[int, ...] = ()
    kind: Literal["values"] = "values"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it needs."""
        return (self.field,)


@dataclass(frozen=True)
class Ridges:
    """``y`` of ``trace`` becomes one outline per row of ``field[at]`` (row, bin): row r stands on the line r + 1.

    An outline starts and ends on its line and is followed by a gap; a value of 1 is ``height`` high.
    """

    trace: int
    field: str
    at: tuple[int, ...]
    height: float = 0.9
    kind: Literal["ridges"] = "ridges"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it needs."""
        return (self.field,)


@dataclass(frozen=True)
class Numbers:
    """``text`` of ``trace`` becomes the numbers of the slices ``field[at]``, one after the other, as words.

    Each part is (field, at, format). With ``every``, only the last number of a part and every so many before it.
    """

    trace: int
    parts: tuple[tuple[str, tuple[int, ...], Format], ...]
    every: int = 1
    kind: Literal["numbers"] = "numbers"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it needs."""
        return tuple(field for field, _, _ in self.parts)


@dataclass(frozen=True)
class Chart:
    """A figure, what feeds it, and how often: on each frame, or in turn with the other charts of the page."""

    name: str
    alt: str  # what a person who does not see it should know
    figure: go.Figure
    bindings: tuple[Values | Ridges | Numbers, ...]
    each_frame: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The snapshot fields that it needs, each once."""
        return tuple(dict.fromkeys(field for binding in self.bindings for field in binding.fields))

    def to_json(self) -> dict[str, Any]:
        """What the browser needs to draw it: plain lists, numbers and strings."""
        described = self.figure.to_plotly_json()
        return {
            "name": self.name,
            "alt": self.alt,
            "data": described["data"],
            "layout": described["layout"],
            "bindings": [asdict(binding) for binding in self.bindings],
            "fields": list(self.fields),
            "each_frame": self.each_frame,
            "dark_colours": ON_DARK,
        }


def layout(title: str, height: int, **more: Any) -> dict[str, Any]:
    """What all figures share; colours of text and grid are the theme's and are set in the browser."""
    return {
        "title": {"text": title, "font": {"size": 14}, "x": 0, "xref": "paper", "y": 0.99, "yref": "container",
                  "yanchor": "top", "pad": {"t": 4}},
        "height": height,
        "template": None,
        "margin": {"l": 46, "r": 12, "t": 34, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "uirevision": "keep",  # a zoom stays when new numbers come
        **more,
    }  # fmt: skip
