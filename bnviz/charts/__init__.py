"""Charts: one file per question asked of the data. A chart is a figure made once, and bindings that feed it.

The browser knows bindings, not charts: each says which slice of which snapshot field goes into which attribute of
which trace. All numbers come from the engine; a binding only places them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import plotly.graph_objects as go

from bnviz.charts.bindings import Binding, Column, Format, Matrix, Numbers, Ridges, Values
from bnviz.charts.enlarging import FONT_SIZE, enlarged_figure, enlarged_patch
from bnviz.charts.pointing import Target
from bnviz.snapshot import MOMENTARY

__all__ = [
    "COLOURS", "DASHES", "INK", "ON_DARK", "Binding", "Chart", "Column", "Format", "Matrix", "Numbers", "Ridges",
    "Target", "Values", "layer_words", "layout", "styles",
]  # fmt: skip

# Okabe & Ito's colours, which the common kinds of colour blindness tell apart; four that show on white.
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7")
INK = "#3A3A3A"  # of thin lines that belong to no arm
# Two of the eight are too dim on a dark page, and so is ink.
ON_DARK = {"#D55E00": "#E69F00", "#0072B2": "#56B4E9", INK: "#D8D8D8"}
DASHES = ("solid", "dash", "dashdot", "longdash")  # "dot" is for what stands behind

FIRST = ("none", "batch")  # these two have the same style on every picture, whatever stands beside them
NARROW = 480  # px; about a phone


def styles(normalizers: tuple[str, ...]) -> list[int]:
    """For each arm the number of its colour and dash."""
    own = [FIRST.index(name) for name in normalizers if name in FIRST]
    free = (number for number in range(len(COLOURS)) if number not in own)
    return [FIRST.index(name) if name in FIRST else next(free) for name in normalizers]


@dataclass(frozen=True)
class Chart:
    """A figure, what feeds it, the same numbers as a table, and when it is drawn.

    ``each_frame``: drawn on each frame, else in turn with the other charts of the page. ``over_time``: its curves
    hold the past, so that they stay while a person looks at an earlier step, which is marked. ``narrow``: what is
    different in the layout where there are fewer than ``narrow_below`` pixels, as on a phone, each by its path:
    ``{"margin.l": 30, "annotations.0.visible": False}``. ``targets``: what is chosen by pointing; a chart that has any
    has no labels of Plotly's, and cannot be zoomed.
    """

    name: str
    alt: str  # what a person who does not see it should know
    figure: go.Figure
    bindings: tuple[Binding, ...]
    table: tuple[Column, ...]  # the first column names the rows
    each_frame: bool = False
    over_time: bool = False
    narrow: Mapping[str, Any] = field(default_factory=dict)
    narrow_below: float = NARROW
    scale: float = 1
    targets: tuple[Target, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The snapshot fields that its picture needs, each once."""
        return tuple(dict.fromkeys(field for binding in self.bindings for field in binding.fields))

    @property
    def table_fields(self) -> tuple[str, ...]:
        """The snapshot fields that its table needs, each once."""
        return tuple(dict.fromkeys(field for column in self.table for field in column.fields))

    def enlarged(self, factor: float) -> "Chart":
        """The same chart for a projector: type, lines, marks, margins and height ``factor`` times as large.

        Raises ValueError for a factor that is not positive.
        """
        if not factor > 0:
            raise ValueError(f"a chart can be enlarged by a positive factor, got {factor}; give 1.5, for example")
        return replace(
            self, figure=enlarged_figure(self.figure, factor), narrow=enlarged_patch(self.narrow, factor),
            narrow_below=self.narrow_below * factor, scale=self.scale * factor,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """What the browser needs to draw it: plain lists, numbers and strings.

        Of its fields the ``momentary`` are of one step: looked back at, a step may lack them.
        """
        described = self.figure.to_plotly_json()
        return {
            "name": self.name,
            "alt": self.alt,
            "data": described["data"],
            "layout": described["layout"],
            "narrow": dict(self.narrow),
            "narrow_below": self.narrow_below,
            "bindings": [asdict(binding) for binding in self.bindings],
            "fields": list(self.fields),
            "momentary": [name for name in self.fields if name in MOMENTARY],
            "table": [asdict(column) for column in self.table],
            "table_fields": list(self.table_fields),
            "each_frame": self.each_frame,
            "over_time": self.over_time,
            "scale": self.scale,
            "targets": [asdict(target) for target in self.targets],
            "dark_colours": ON_DARK,
        }


def layout(title: str, height: int, **more: Any) -> dict[str, Any]:
    """What all figures share; colours of text and grid are the theme's and are set in the browser."""
    return {
        "title": {"text": title, "font": {"size": 14}, "x": 0, "xref": "container", "y": 0.99, "yref": "container",
                  "yanchor": "top", "pad": {"t": 4, "l": 6}},
        "height": height,
        "template": None,
        "font": {"size": FONT_SIZE},
        "margin": {"l": 46, "r": 12, "t": 34, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "uirevision": "keep",  # a zoom stays when new numbers come
        **more,
    }  # fmt: skip


def layer_words(depth: int) -> Column:
    """The first column of a table with a row for each layer."""
    return Column("layer", words=tuple(str(layer) for layer in range(1, depth + 1)))
