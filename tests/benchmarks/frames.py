"""Frames drawn per second of each chart on the Covariate shift page, with its opening setting.

    python -m tests.benchmarks.frames

Counted in the page over several seconds, at the speed it opens with and as fast as it goes.
"""

from statistics import median

from tests.benchmarks.opened import opened
from tests.benchmarks.report import report
from tests.browser.live_page import LivePage

TURNS, SECONDS = 5, 3
COUNT = """seconds => new Promise(resolve => {
    const charts = [...document.querySelectorAll('[data-testid=live-chart]')]
    const drawn = () => Object.fromEntries(charts.map(chart => [chart.dataset.chart, Number(chart.dataset.drawn)]))
    const before = drawn(), start = performance.now()
    setTimeout(() => {
        const after = drawn(), took = (performance.now() - start) / 1000
        resolve(Object.fromEntries(Object.keys(after).map(name => [name, (after[name] - before[name]) / took])))
    }, 1000 * seconds)
})"""


def rates(live: LivePage) -> dict[str, float]:
    """The median frames per second of each chart over some turns."""
    turns = [live.page.evaluate(COUNT, SECONDS) for _ in range(TURNS)]
    return {name: round(median(turn[name] for turn in turns), 1) for name in turns[0]}


def main() -> None:
    with opened() as live:
        live.drawing("loss", "accuracy")
        opening = rates(live)
        live.player.locator("select").select_option("as fast as it goes")
        report("frames", at_opening_speed=opening, as_fast_as_it_goes=rates(live), turns=TURNS)


if __name__ == "__main__":
    main()
