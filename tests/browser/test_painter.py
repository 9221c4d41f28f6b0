"""What we paint into a figure is, to the pixel, what Plotly draws of the same numbers on the same axes."""

import base64
import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser

from bnviz import Config, registry
from bnviz.charts import Chart, ridges
from bnviz.live.wire import pack_frame
from bnviz.ui.assets import PLOTLY_URL, SCRIPTS_URL
from tests.browser.serving import Server
from tests.charts.made_up import made_up

CONFIG = Config(normalizers=("none", "batch"), depth=6)
PAINTING = ("first", "paint", "second")  # drawn by Plotly, the next painted, and drawn, on the axes as they were
MOVING = ("begin", "move", "end")  # the same, on axes that follow
SCRIPT = """
const [{ unpack }, { bound, put, same, valueAt }, { axisName, paint }, { moveAxes }] = await Promise.all(
    ['wire', 'bindings', 'painter', 'axes'].map(name => import(`${folder}/${name}.js`)))
const figure = document.createElement('div')
figure.style.width = 'fit-content'
document.body.replaceChildren(figure)
const traces = chart.data.map(trace => trace.line ? put(trace, 'line.simplify', false) : trace)
const filled = (frame, before) => {
    const bytes = Uint8Array.from(atob(frame), one => one.charCodeAt(0))
    const { arrays } = unpack(bytes.buffer)
    const result = (before ?? traces).slice(), changed = new Map()
    for (const binding of chart.bindings) {
        for (const [path, value] of Object.entries(bound(binding, arrays))) {
            if (before && binding.kind === 'values' && same(valueAt(before[binding.trace], path), value)) continue
            result[binding.trace] = put(result[binding.trace], path, value)
            changed.set(binding.trace, [...(changed.get(binding.trace) ?? []), path])
        }
    }
    return { result, changed }
}
const first = filled(frames[0]), second = filled(frames[1], first.result)
const config = { displayModeBar: false }
const layout = { ...chart.layout, width: 640 }
const still = () => Object.fromEntries(Object.entries(figure._fullLayout).filter(([name]) => /^[xy]axis/.test(name))
    .map(([name, { range }]) => [name, { ...layout[name], range: [...range], autorange: false }]))
const steps = chart.bindings.filter(({ attribute }) => chart.over_time && attribute === 'x')
    .map(({ trace }) => axisName(chart.data[trace].xaxis ?? 'x'))
const reaching = include => steps.reduce((wide, name) => put(wide, `${name}.autorangeoptions`, { include }), layout)
globalThis.acts = {
    first: () => Plotly.newPlot(figure, first.result, layout, config).then(() => true),
    paint: () => paint(figure, second.result, second.changed, true),
    second: () => Plotly.newPlot(figure, second.result, { ...layout, ...still() }, config).then(() => true),
    begin: () => Plotly.newPlot(figure, first.result, reaching(300), config).then(() => true),
    move: async () => await moveAxes(figure, second.result, steps, 640) && acts.paint(),
    end: () => Plotly.newPlot(figure, second.result, reaching(640), config).then(() => true)
}
"""


@pytest.fixture(scope="module")
def pictures(browser: Browser, server: Server) -> Iterator[Callable[..., list[NDArray[np.uint8]]]]:
    """Three pictures of a chart, of two frames: the first drawn by Plotly, the second by us, the second by Plotly."""
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.goto(f"{server.url}{SCRIPTS_URL}/wire.js")  # any page of our origin that holds nothing of its own
    page.add_script_tag(url=PLOTLY_URL)

    def take(chart: Chart, *arrays: dict[str, Any], acts: tuple[str, ...] = PAINTING) -> list[NDArray[np.uint8]]:
        frames = [
            base64.b64encode(pack_frame({}, {name: frame[name] for name in chart.fields})).decode() for frame in arrays
        ]
        page.evaluate(f"async ([folder, chart, frames]) => {{ {SCRIPT} }}", [SCRIPTS_URL, chart.to_json(), frames])
        found = []
        for act in acts:
            assert page.evaluate(f"acts.{act}()"), f"cannot {act}"
            picture = Image.open(io.BytesIO(page.locator(".js-plotly-plot").screenshot()))
            found.append(np.asarray(picture))
        return found

    yield take
    page.close()


def moved(arrays: dict[str, Any]) -> dict[str, Any]:
    """Other numbers of the same shape that fit on the same axes."""
    other = dict(arrays)
    for name, values in arrays.items():
        if name.startswith(("profile/", "ghost/")) or name == "surface":
            other[name] = np.roll(values, 3, -1)
        elif name.endswith(("_history", "_mean")) or name in ("gradient_rms", "update_ratio"):
            other[name] = values[..., ::-1]
        elif name in ("drift", "train_loss", "test_accuracy", "running_std_ratio", "running_mean_gap"):
            other[name] = values[..., ::-1] * 0.9
        elif name.startswith(("below/", "above/", "distance/")) or name == "gamma_std":
            other[name] = values * 0.6
    return other


CHARTS = {name: registry.load("charts", name).make(CONFIG) for name in registry.entries("charts")}
CHARTS["ridges together"] = ridges.make(CONFIG, together=True)


PAINTED = (
    "ridges", "ridges together", "loss", "accuracy", "percentiles", "gradients", "updates", "affine", "running",
    "drift", "histogram",
)  # fmt: skip


@pytest.mark.parametrize("name", PAINTED)
def test_painted_is_as_drawn(pictures: Any, name: str) -> None:
    arrays = made_up(CONFIG)
    first, painted, drawn = pictures(CHARTS[name], arrays, moved(arrays))
    assert (first != drawn).any()
    assert (painted == drawn).all()


def test_a_surface_is_painted_as_drawn(pictures: Any) -> None:
    arrays = made_up(CONFIG)
    acts = ("begin", "paint", "end")  # its axes, bound to each other, come out as they were by themselves only
    first, painted, drawn = pictures(CHARTS["surface"], arrays, moved(arrays), acts=acts)
    assert (first != drawn).any()
    assert (painted == drawn).all()


def test_a_line_that_breaks_off_and_one_that_is_empty(pictures: Any) -> None:
    arrays = made_up(CONFIG)
    other = dict(arrays, loss_history=arrays["loss_history"].copy())
    other["loss_history"][0, 10:14] = np.nan
    other["loss_history"][0, 20:] = np.inf
    other["loss_history"][1] = np.nan
    first, painted, drawn = pictures(CHARTS["loss"], arrays, other)
    assert (first != drawn).any()
    assert (painted == drawn).all()


def grown(arrays: dict[str, Any]) -> dict[str, Any]:
    """Numbers of the same shape that the same axes do not hold."""
    steps = {name: 2 * values for name, values in arrays.items() if name.endswith("_steps")}
    grow = ("loss_history", "percentile_history", "gradient_rms", "update_ratio")
    return moved(arrays) | steps | {name: 3 * arrays[name] for name in grow}


@pytest.mark.parametrize("name", ["loss", "accuracy", "percentiles", "gradients", "updates", "drift", "histogram"])
def test_axes_move_as_plotly_moves_them(pictures: Any, name: str) -> None:
    arrays = made_up(CONFIG)
    first, moved, drawn = pictures(CHARTS[name], arrays, grown(arrays), acts=MOVING)
    assert (first != drawn).any()
    assert (moved == drawn).all()


@pytest.mark.parametrize("acts", [PAINTING, MOVING])
@pytest.mark.parametrize("name", ["drift", "histogram"])
def test_a_heatmap_whose_rows_come_seldom_is_painted_as_drawn(pictures: Any, name: str, acts: tuple[str, ...]) -> None:
    arrays = made_up(CONFIG)
    seldom = np.arange(len(arrays["grid_steps"])) > 9
    arrays["grid_steps"] = np.cumsum(np.where(seldom, 50, 10)).astype(np.int32)
    other = moved(arrays) if acts == PAINTING else grown(arrays)
    first, painted, drawn = pictures(CHARTS[name], arrays, other, acts=acts)
    assert (first != drawn).any()
    assert (painted == drawn).all()
