"""A running server and a real browser."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.live_page import LivePage
from tests.browser.serving import LAUNCH, Server


@pytest.fixture(scope="package")  # not longer: while Playwright is there, asyncio.run() refuses to start in other tests
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(log=tmp_path_factory.mktemp("server") / "log")
    yield server
    assert server.end() == []


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # busy machines are slow
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def opener(browser: Browser, server: Server) -> Iterator[Page]:
    """An empty page of the server. Tabs that it opens share its process, which compiles the scripts only once."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light")
    context.set_default_timeout(30_000)
    opener = context.new_page()
    opener.goto(f"{server.url}/_stcore/health")
    yield opener
    context.close()


@pytest.fixture
def new_page(opener: Page) -> Iterator[Callable[[], Page]]:
    """Opens a tab that knows nothing of earlier ones; those of a test are closed after it."""
    opened = []

    def open_tab() -> Page:
        with opener.expect_popup() as popup:
            opener.evaluate("void window.open('about:blank')")
        opened.append(popup.value)
        return popup.value

    yield open_tab
    for page in opened:
        page.close()
    opener.evaluate("localStorage.clear()")
    opener.context.clear_cookies()


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()


@pytest.fixture
def live(page: Page, server: Server) -> LivePage:
    """The Covariate shift page with its opening setting, drawing."""
    return LivePage(page, server.url).open()
