"""Frames drawn per second of each chart on the Covariate shift page, with its opening setting.

    python -m tests.benchmarks.frames

Counted in the page over several seconds, at the speed it opens with and as fast as it goes; with the tasks that kept
its main thread from anything else for more than 50 ms.
"""

import math
from statistics import median

from tests.benchmarks.opened import opened
from tests.benchmarks.report import report
from tests.browser.live_page import LivePage

TURNS, SECONDS = 5, 3
COUNT = """seconds => new Promise(resolve => {
    const charts = [...document.querySelectorAll('[data-testid=live-chart]')]
    const drawn = () => Object.fromEntries(charts.map(chart => [chart.dataset.chart, Number(chart.dataset.drawn)]))
    const tasks = []
    const observer = new PerformanceObserver(list => tasks.push(...list.getEntries().map(({ duration }) => duration)))
    observer.observe({ type: 'longtask' })
    const before = drawn(), start = performance.now()
    setTimeout(() => {
        const after = drawn(), took = (performance.now() - start) / 1000
        tasks.push(...observer.takeRecords().map(({ duration }) => duration))
        observer.disconnect()
        const rates = Object.fromEntries(Object.keys(after).map(name => [name, (after[name] - before[name]) / took]))
        resolve({ rates, tasks })
    }, 1000 * seconds)
})"""


def measured(live: LivePage) -> dict[str, object]:
    """The median frames per second of each chart over some turns; the page's long tasks in all of them, in ms."""
    turns = [live.page.evaluate(COUNT, SECONDS) for _ in range(TURNS)]
    tasks = sorted(task for turn in turns for task in turn["tasks"])
    p95 = tasks[math.ceil(0.95 * len(tasks)) - 1] if tasks else 0
    return {
        "frames": {name: round(median(turn["rates"][name] for turn in turns), 1) for name in turns[0]["rates"]},
        "long_tasks": len(tasks), "long_task_p95_ms": p95, "longest_task_ms": max(tasks, default=0),
    }  # fmt: skip


def main() -> None:
    with opened() as live:
        live.drawing("loss", "accuracy")
        opening = measured(live)
        live.player.locator("select").select_option("as fast as it goes")
        report("frames", at_opening_speed=opening, as_fast_as_it_goes=measured(live), turns=TURNS)


if __name__ == "__main__":
    main()
