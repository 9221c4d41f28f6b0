"""The Covariate shift page on a server and in a browser of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

from tests.browser.live_page import LivePage
from tests.browser.serving import LAUNCH, Server


@contextmanager
def opened() -> Iterator[LivePage]:
    """The page, drawing, in a window of 1280 x 720."""
    server = Server()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**LAUNCH)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            yield LivePage(page, server.url).open()
            browser.close()
    finally:
        server.end()
