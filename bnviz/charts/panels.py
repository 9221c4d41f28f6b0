"""Panels side by side, for what would overlap on shared axes: one per arm, or one per quantity."""

import textwrap
from typing import Any

import plotly.graph_objects as go

GAP = 0.03  # between two panels, of the picture's width
PER_PANEL = 130  # px; with less, three or more panels stand in two columns
LINE = 15  # px from one line of a panel's title to the next


def wrapped(titles: list[str], columns: int | None = None) -> list[str]:
    """Titles in lines that fit above their panels: the more panels side by side, the shorter the lines."""
    widest = {1: 60, 2: 22, 3: 14}.get(columns or len(titles), 11)
    return ["<br>".join(textwrap.wrap(title, widest, break_long_words=False)) for title in titles]


def room_for(titles: list[str]) -> int:
    """The pixels that wrapped titles need above their panels."""
    return LINE * max(title.count("<br>") + 1 for title in titles)


def add_panels(
    figure: go.Figure, titles: list[str], colours: list[str] | None, *, xaxis: dict[str, Any], yaxis: dict[str, Any],
    gap: float = GAP, own_y: bool = False,
) -> list[dict[str, str]]:  # fmt: skip
    """Add a pair of axes with a title above for each panel; the names of each panel's axes, for its traces.

    With ``own_y`` each y axis has numbers and a range of its own, else all show what the first does.
    """
    count = len(titles)
    width = (1 - gap * (count - 1)) / count
    places = []
    for index, title in enumerate(titles):
        number = str(index + 1) if index else ""
        left = index * (width + gap)
        y = {**yaxis, "anchor": f"x{number}"}
        if index and not own_y:
            y |= {"showticklabels": False, "matches": "y"}
            y.pop("title", None)
        figure.update_layout({
            f"xaxis{number}": {**xaxis, "domain": [left, left + width], "anchor": f"y{number}"},
            f"yaxis{number}": y,
        })  # fmt: skip
        figure.add_annotation(
            text=f"<b>{title}</b>", x=0, xref=f"x{number} domain", xanchor="left", y=1, yref=f"y{number} domain",
            yanchor="bottom", align="left", showarrow=False, borderpad=0,
            yshift=1, font={"size": 12, **({"color": colours[index]} if colours else {})},
        )  # fmt: skip
        places.append({"xaxis": f"x{number}", "yaxis": f"y{number}"})
    return places


def step_axis(panels: int) -> dict[str, Any]:
    """An x axis of steps, with as many numbers as fit."""
    return {
        "title": {"text": "step", "standoff": 4}, "nticks": 6 if panels == 1 else 3, "tickangle": 0, "zeroline": False,
    }  # fmt: skip


def two_columns(figure: go.Figure, titles: list[str], apart: int = 64) -> tuple[dict[str, Any], int]:
    """The change of a layout that puts three or more panels in two columns of the same height, and below which width.

    ``titles`` are those of the panels before wrapping; ``apart`` are the pixels between two rows.
    """
    count = len(titles)
    if count < 3:
        return {}, 0
    wide = wrapped(titles, 2)
    margin = figure.layout.margin
    top = margin.t - room_for([note.text for note in figure.layout.annotations[:count]]) + room_for(wide)
    tall = figure.layout.height - margin.t - margin.b
    rows = (count + 1) // 2
    drawn = rows * tall + (rows - 1) * apart
    patch: dict[str, Any] = {"height": drawn + top + margin.b, "margin.t": top}
    for index, title in enumerate(wide):
        number = str(index + 1) if index else ""
        row, column = divmod(index, 2)
        top = 1 - row * (tall + apart) / drawn
        patch[f"annotations.{index}.text"] = f"<b>{title}</b>"
        patch[f"xaxis{number}.domain"] = [0.515, 1] if column else [0, 0.485]
        patch[f"yaxis{number}.domain"] = [max(top - tall / drawn, 0), top]
        patch[f"yaxis{number}.showticklabels"] = not column
        if row < rows - 1 and figure.layout[f"xaxis{number}"].title.text:
            patch[f"xaxis{number}.title.text"] = ""  # as below the lowest row
    return patch, PER_PANEL * count
