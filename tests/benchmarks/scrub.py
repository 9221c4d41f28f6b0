"""From a moved thumb of the timeline to the drawn step of the past, all default panels open.

    python -m tests.benchmarks.scrub

A mouse drags the timeline to and fro over a paused run of some 300 steps. Taken in the page: the time of the pointer
event, and the time at which the ridges were drawn at the step that the bar then showed, or at a later one.
"""

from statistics import median, quantiles

from tests.benchmarks.opened import opened
from tests.benchmarks.report import report
from tests.browser.serving import until

STEPS = 300
WATCH = """() => {
    const timeline = document.querySelector('.timeline'), chart = document.querySelector('[data-chart=ridges]')
    const waiting = [], taken = globalThis.taken = []
    let moved = 0, last = null
    addEventListener('pointermove', () => { moved = performance.now() }, true)
    new MutationObserver(() => {
        if (timeline.dataset.viewed !== last) waiting.push({ step: last = timeline.dataset.viewed, moved })
    }).observe(timeline, { attributes: true, attributeFilter: ['data-viewed'] })
    new MutationObserver(() => {
        const place = waiting.findLastIndex(({ step }) => step === chart.dataset.step)
        for (const { moved } of waiting.splice(0, place + 1)) taken.push(performance.now() - moved)
    }).observe(chart, { attributes: true, attributeFilter: ['data-step'] })
}"""


def main() -> None:
    with opened() as live:
        live.player.locator("select").select_option("as fast as it goes")
        until(lambda: live.step() > STEPS, "there is a past")
        live.pause()
        box = live.page.locator(".timeline input").bounding_box()
        assert box is not None
        y, left, width = box["y"] + box["height"] / 2, box["x"] + 10, box["width"] - 20
        live.page.mouse.move(left + width, y)
        live.page.mouse.down()
        live.page.mouse.move(left + width - 30, y)
        until(lambda: live.page.locator(".timeline").get_attribute("data-viewed") != "live", "the past is looked at")
        live.page.evaluate(WATCH)
        for turn in range(10):
            for part in range(1, 31):
                share = part / 31 if turn % 2 else 1 - part / 31
                live.page.mouse.move(left + share * (width - 30), y)
                live.page.wait_for_timeout(30)  # a hand, not a jump
        live.page.mouse.up()
        taken = live.page.evaluate("globalThis.taken")
        p95 = quantiles(taken, n=20, method="inclusive")[-1]
        report("scrub", median_ms=median(taken), p95_ms=p95, max_ms=max(taken), steps_shown=len(taken))


if __name__ == "__main__":
    main()
