"""From the command to the first live frame in a browser that is already open.

python -m tests.benchmarks.cold_start
"""

import time
from statistics import median

from playwright.sync_api import sync_playwright

from tests.benchmarks.report import report
from tests.browser.live_page import LivePage
from tests.browser.serving import LAUNCH, Server

TURNS = 5


def main() -> None:
    taken, healthy = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        for _ in range(TURNS):
            page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
            server = Server()
            try:
                healthy.append(time.monotonic() - server.started)
                LivePage(page, server.url).open()
                taken.append(time.monotonic() - server.started)
            finally:
                server.end()
            page.context.close()
        browser.close()
    report("cold_start", seconds=median(taken), seconds_max=max(taken), server_seconds=median(healthy), turns=TURNS)


if __name__ == "__main__":
    main()
