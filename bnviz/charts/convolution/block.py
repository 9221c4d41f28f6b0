"""Which values share one mean?"""

import plotly.graph_objects as go

from bnviz.charts import Chart, Column, Matrix, Target, layout
from bnviz.sources.convolution import IMAGES, IN_BLOCK, SIDE, Config

SHADES = ((0, "#D9D9D9"), (0.5, "#56B4E9"), (1, "#D55E00"))  # other maps, companions, the one looked at
MAP = SIDE + 1  # cells from one map to the next
AROUND, WIDE = 84, 378  # px: what is above and below the squares, and how much room they have side by side
GRID = "rgba(255, 255, 255, 0.6)"


def make(config: Config, height: int = 400) -> Chart:
    """Images n against channels c; each square is a map of H × W values, and those that share a mean are blue."""
    height = min(height, AROUND + WIDE * IN_BLOCK // config.width)  # no higher than squares of this width reach
    note = f"each square: the {SIDE} × {SIDE} values of a map; orange: the map looked at"
    figure = go.Figure(layout=layout(
        f"Values that share one mean and one variance<br><span style='font-size:11px'>{note}</span>", height,
        showlegend=False, margin={"l": 44, "r": 8, "t": 48, "b": 36},
        xaxis=_axis("channel c", config.width),
        yaxis={**_axis(f"image n, the first {IN_BLOCK} of {IMAGES}", IN_BLOCK), "scaleanchor": "x",
               "constraintoward": "top"},
    ))  # fmt: skip
    figure.layout.title.pad.t = 14
    figure.add_heatmap(
        x=list(range(MAP * config.width - 1)), y=list(range(MAP * IN_BLOCK - 1)), z=[], zmin=0, zmax=2,
        colorscale=SHADES, showscale=False, hoverinfo="skip",
    )  # fmt: skip
    _add_grid(figure, config.width)
    alt = (
        f"A grid of {IN_BLOCK} images by {config.width} channels. Each square is a map of {SIDE} by {SIDE} values; the "
        "maps that share their mean and variance with the chosen one are coloured. In the table 2 is the chosen "
        "map, 1 shares its mean, 0 does not."
    )
    columns = (Column(f"image {image}", "block", (image,), "step") for image in range(IN_BLOCK))
    channels = Column("channel", words=tuple(str(channel) for channel in range(config.width)))
    targets = (
        Target(0, "channel", _maps(config.width), "columns", hover=True),
        Target(0, "example", _maps(IN_BLOCK), "rows", hover=True),
    )
    return Chart(
        "block", alt, figure, (Matrix(0, "block_cells", ()),), (channels, *columns), each_frame=True, targets=targets
    )


def _axis(title: str, maps: int) -> dict[str, object]:
    """An axis of maps side by side, each with its number at its middle."""
    return {
        "title": {"text": title, "standoff": 4}, "fixedrange": True, "zeroline": False, "showgrid": False,
        "range": [-1, MAP * maps - 1], "constrain": "domain", "ticks": "",
        "tickvals": [MAP * number + (SIDE - 1) / 2 for number in range(maps)],
        "ticktext": [str(number) for number in range(maps)],
    }  # fmt: skip


def _maps(count: int) -> tuple[int | None, ...]:
    """The map of each cell along an axis; none between two."""
    return tuple(cell // MAP if cell % MAP < SIDE else None for cell in range(MAP * count - 1))


def _add_grid(figure: go.Figure, channels: int) -> None:
    """Lines between the values of each map."""
    x: list[float | None] = []
    y: list[float | None] = []
    for edge in (cell - 0.5 for cell in range(1, SIDE)):
        for image in range(IN_BLOCK):
            for channel in range(channels):
                left, low = MAP * channel, MAP * image
                x += [left + edge, left + edge, None, left - 0.5, left + SIDE - 0.5, None]
                y += [low - 0.5, low + SIDE - 0.5, None, low + edge, low + edge, None]
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": GRID, "width": 0.5}, hoverinfo="skip")
