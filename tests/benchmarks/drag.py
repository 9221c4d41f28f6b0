"""From a moved thumb to a drawn frame that was computed under the new value.

    python -m tests.benchmarks.drag [page …]

A mouse drags each slider to and fro. Taken in the page: the time of the last pointer event before the slider showed a
value, and the time at which the chart beside it was drawn with it or with a later one. A line for each slider.
"""

import sys
from statistics import median, quantiles

from bnviz import registry
from bnviz.fields import Number
from tests.benchmarks.opened import opened
from tests.benchmarks.report import report
from tests.browser.live_page import LivePage
from tests.browser.serving import until
from tests.browser.test_knobs import grab

PAGES = {  # address, source, and which chart is looked at while which slider is dragged
    "covariate_shift": ("/covariate_shift", "training", {"gamma": "ridges", "eps": "ridges", "batch_size": "ridges"}),
    "transform": ("/transform", "transform", {
        "gamma": "walk", "beta": "walk", "eps": "walk", "batch_size": "walk", "stage": "walk", "moved_by": "mates",
    }),
    "convolution": ("/convolution", "convolution", {
        "learning_rate": "maps", "batch_size": "maps", "image": "maps", "channel": "block",
    }),
    "gradients": ("/gradients", "training", {"gamma": "gradients", "eps": "gradients", "batch_size": "gradients"}),
    "gradients at depth 50": ("/gradients?depth=50", "training", {"gamma": "gradients", "eps": "gradients"}),
    "inference": ("/inference", "inference", {
        "momentum": "momentum", "test_batch": "modes", "gain": "shift", "offset": "shift", "contrast": "shift",
        "rotation": "shift", "noise": "shift", "classes": "shift", "target_size": "shift",
        "folded_unit": "folding", "folded_layer": "folding",
    }),
    "inference with a convolution": ("/inference?folded=convolution", "inference", {
        "folded_channel": "kernel", "folded_layer": "folding",
    }),
}  # fmt: skip
WATCH = """([knob, name, stops]) => {
    const input = document.querySelector(`.st-key-${knob} input[type=range]`)
    const chart = document.querySelector(`[data-chart=${name}]`)
    const waiting = [], taken = globalThis.taken = []
    const value = () => stops ? stops[Number(input.value)] : Number(input.value)
    let moved = 0, shown = value()
    const follow = () => { moved = performance.now() }
    addEventListener('pointermove', follow, true)
    const look = () => {
        if (value() !== shown) { shown = value(); waiting.push({ value: shown, moved }) }
        following = requestAnimationFrame(look)
    }
    let following = requestAnimationFrame(look)
    const observer = new MutationObserver(() => {
        const drawn = JSON.parse(chart.dataset.knobs)[knob]
        const place = waiting.findLastIndex(({ value }) => value === drawn)
        for (const { moved } of waiting.splice(0, place + 1)) taken.push(performance.now() - moved)
    })
    observer.observe(chart, { attributes: true, attributeFilter: ['data-knobs'] })
    globalThis.finish = () => {
        observer.disconnect()
        cancelAnimationFrame(following)
        removeEventListener('pointermove', follow, true)
        return taken
    }
}"""


def dragged(live: LivePage, source: str, knob: str, chart: str) -> list[float]:
    """How long each move took, in ms."""
    allowed = registry.load("sources", source).Config.fields()[knob].range
    stops = list(allowed.stops) if isinstance(allowed, Number) and allowed.stops else None
    live.slider(knob).wait_for()  # the first frame may be drawn before it
    live.chart(chart).scroll_into_view_if_needed()
    live.slider(knob).scroll_into_view_if_needed()
    until(lambda: live.drawn(chart) > 0, f"the chart {chart} is drawn")
    live.page.evaluate(WATCH, [knob, chart, stops])
    x, y = grab(live, knob)
    upwards = live.slider(knob).evaluate("({ value, min, max }) => 2 * value <= Number(min) + Number(max)")
    way = 80 if upwards else -80
    for turn in range(8):
        for step in range(0, 20) if turn % 2 == 0 else range(20, 0, -1):
            live.page.mouse.move(x + step * way / 20, y)
            live.page.wait_for_timeout(30)  # a hand, not a jump
    live.page.mouse.up()
    found: list[float] = live.page.evaluate("globalThis.finish()")
    return found


def main() -> None:
    for page in sys.argv[1:] or PAGES:
        path, source, pairs = PAGES[page]
        with opened() as live:
            live.visit(path)  # the page of ``opened`` has ridges, this one need not
            for knob, chart in pairs.items():
                taken = dragged(live, source, knob, chart)
                p95, moves = quantiles(taken, n=20, method="inclusive")[-1], len(taken)
                figures = {"median_ms": median(taken), "p95_ms": p95, "max_ms": max(taken), "moves": moves}
                report("drag", page=page, knob=knob, chart=chart, **figures)


if __name__ == "__main__":
    main()
