"""From a moved thumb to a drawn frame that was computed under the new value.

    python -m tests.benchmarks.drag

A mouse drags γ to and fro. Taken in the page: the time of the last pointer event before the slider showed a value, and
the time at which the ridges were drawn with it or with a later one.
"""

from statistics import median, quantiles

from tests.benchmarks.opened import opened
from tests.benchmarks.report import report
from tests.browser.test_knobs import grab

WATCH = """() => {
    const input = document.querySelector('.st-key-gamma input[type=range]')
    const chart = document.querySelector('[data-chart=ridges]')
    const waiting = [], taken = globalThis.taken = []
    let moved = 0, shown = input.value
    addEventListener('pointermove', () => { moved = performance.now() }, true)
    const look = () => {
        if (input.value !== shown) { shown = input.value; waiting.push({ value: Number(shown), moved }) }
        requestAnimationFrame(look)
    }
    look()
    new MutationObserver(() => {
        const drawn = JSON.parse(chart.dataset.knobs).gamma
        const place = waiting.findLastIndex(({ value }) => value === drawn)
        for (const { moved } of waiting.splice(0, place + 1)) taken.push(performance.now() - moved)
    }).observe(chart, { attributes: true, attributeFilter: ['data-knobs'] })
}"""


def main() -> None:
    with opened() as live:
        live.slider("gamma").wait_for()  # the first frame may be drawn before it
        live.page.evaluate(WATCH)
        x, y = grab(live, "gamma")
        for turn in range(12):
            for distance in range(0, 80, 4) if turn % 2 == 0 else range(80, 0, -4):
                live.page.mouse.move(x + distance, y)
                live.page.wait_for_timeout(30)  # a hand, not a jump
        live.page.mouse.up()
        taken = live.page.evaluate("globalThis.taken")
        p95 = quantiles(taken, n=20)[-1]
        report("drag", median_ms=median(taken), p95_ms=p95, max_ms=max(taken), moves=len(taken))


if __name__ == "__main__":
    main()
