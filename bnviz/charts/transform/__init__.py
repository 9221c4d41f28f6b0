"""Charts of one mini-batch. The example calculated, and the one moved, have the same mark in all of them."""

from typing import Any

from bnviz.charts import COLOURS, layout
from bnviz.sources.transform import SHOWN

PLAIN = COLOURS[1]
EXAMPLES = list(range(1, SHOWN + 1))  # by their numbers, as they are chosen
CALCULATED: dict[str, Any] = {"color": COLOURS[2], "size": 11, "symbol": "circle-open", "line": {"width": 2.5}}
MOVED: dict[str, Any] = {"color": COLOURS[0], "size": 10, "symbol": "diamond"}
LEGEND = f'<span style="color:{COLOURS[2]}">◯ calculated</span>   <span style="color:{COLOURS[0]}">◆ moved</span>'


def titled(title: str, note: str, legend: bool) -> str:
    """A title, and in small type under it what the marks are."""
    lines = [line for line in (LEGEND if legend else "", note) if line]
    return "<br>".join([title, *(f"<span style='font-size:11px'>{line}</span>" for line in lines)])


def drawn(title: str, note: str = "", *, height: int, legend: bool = True, **more: Any) -> dict[str, Any]:
    """The layout of a figure with such a title."""
    shared = layout(titled(title, note, legend), height, showlegend=False, **more)
    if note or legend:
        shared["title"]["pad"]["t"] = 14  # room for the first line of several
    return shared
