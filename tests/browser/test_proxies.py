"""Behind the reverse proxies of docs/serving.md: pages train over HTTPS, and survive one of two servers."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser

from tests.benchmarks.session import Session
from tests.browser.live_page import LivePage
from tests.browser.proxies import COMMANDS, program, proxy, trusting
from tests.browser.serving import Server, free_port, lives, until
from tests.browser.test_knobs import grab
from tests.browser.test_load import measured

PROXIES = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(not (program(name) and program("openssl")), reason=f"needs {name} and openssl"),
    )
    for name in COMMANDS
]


@pytest.fixture
def replicas() -> Iterator[list[Server]]:
    servers = [Server(), Server()]
    yield servers
    assert [server.end() for server in servers if lives(server.process)] in ([[]], [[], []])


def held(server: Server) -> int:
    """The connections that a server holds."""
    if not lives(server.process):
        return 0
    return sum(each.status == psutil.CONN_ESTABLISHED for each in server.process.net_connections("tcp"))


@pytest.mark.parametrize("name", PROXIES)
def test_a_frame_comes_through(name: str, server: Server, tmp_path: Path) -> None:
    async def draw(url: str) -> Session:
        origin = url.replace("127.0.0.1", "localhost")
        async with Session.connected(origin, tls=trusting(tmp_path), origin=origin) as session:
            await session.open()
            await session.until(lambda: session.frames > 3, "frames come")
            await session.change(gamma=2.0, affine="held")
            await session.settle()
            return session

    with proxy(name, tmp_path, server.port, free_port()) as url:  # nobody listens at the second port
        session = measured(draw(url))
    assert session.header["knobs"]["gamma"] == 2


@pytest.mark.parametrize("name", PROXIES)
def test_a_page_comes_back_on_the_other_server(
    name: str, replicas: list[Server], browser: Browser, tmp_path: Path
) -> None:
    first, second = replicas
    with (
        proxy(name, tmp_path, first.port, second.port) as url,
        browser.new_context(viewport={"width": 1280, "height": 720}, ignore_https_errors=True) as context,
    ):
        live = LivePage(context.new_page(), url).open()
        x, y = grab(live, "gamma")
        live.page.mouse.move(x + 40, y, steps=10)
        dragged = float(live.slider("gamma").input_value())
        assert dragged != 1
        until(lambda: live.knobs()["gamma"] == dragged, "a frame under the dragged value is drawn")
        live.page.mouse.up()
        live.url_has("gamma=")
        token = live.token()
        used, other = sorted(replicas, key=held, reverse=True)
        assert held(used) >= 2 > held(other), "both sockets of a page are with one server"  # others come and go
        used.end(signal.SIGKILL)
        until(lambda: live.token() != token, "the page has asked the other server for a run", 60)
        drawn = live.drawn()
        until(lambda: live.drawn() > drawn + 5, "it is drawn")
        assert live.knobs()["gamma"] == dragged
        assert held(other) >= 2
