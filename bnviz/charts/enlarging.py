"""For a projector: a figure with larger type, lines, marks and margins."""

import re
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

FONT_SIZE = 12  # Plotly's own where a figure says nothing; likewise the two below
_LINE_WIDTH = 2
_MARKER_SIZE = 6
_LENGTHS = frozenset({
    "size", "width", "height", "standoff", "thickness", "l", "r", "t", "b", "xpad", "ypad",
})  # fmt: skip
_SIZE_IN_TEXT = re.compile(r"(?<=font-size:)[\d.]+(?=px)")


def enlarged_figure(figure: go.Figure, factor: float) -> go.Figure:
    """A copy of a figure in which every length in pixels is ``factor`` times as large; places on axes stay."""
    described = figure.to_plotly_json()
    for trace in described["data"]:
        mode = trace.get("mode", "")
        if "lines" in mode:
            trace["line"] = {"width": _LINE_WIDTH, **trace.get("line", {})}
        if "markers" in mode:
            trace["marker"] = {"size": _MARKER_SIZE, **trace.get("marker", {})}
    return go.Figure(_enlarged(described, factor))


def enlarged_patch(patch: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """A change of a layout, {path: value}, in which every length in pixels is ``factor`` times as large."""
    return {path: _enlarged({path.rpartition(".")[2]: value}, factor).popitem()[1] for path, value in patch.items()}


def _enlarged(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {
            name: inner * factor if name in _LENGTHS and isinstance(inner, int | float) else _enlarged(inner, factor)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_enlarged(inner, factor) for inner in value]
    if isinstance(value, str):
        return _SIZE_IN_TEXT.sub(lambda size: f"{float(size[0]) * factor:g}", value)
    return value
