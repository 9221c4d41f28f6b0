"""The network between page and server goes for a while, with and without a word, and the page comes back by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.live_page import LivePage
from tests.browser.network import Network
from tests.browser.serving import Server, until

CUTS = pytest.mark.parametrize("silent", [False, True], ids=["reset", "silent"])


@pytest.fixture
def network(server: Server) -> Iterator[Network]:
    network = Network(server.port)
    yield network
    network.end()


@pytest.fixture(scope="module")
def impatient() -> Iterator[Server]:
    """A server that soon asks whether a page is still there, and soon lets its run sleep."""
    server = Server(arguments=["--server.websocketPingInterval=1"], environment={"BNVIZ_ASLEEP_AFTER": "1"})
    yield server
    assert server.end() == []


def turn(live: LivePage) -> None:
    """Turn a knob, which can be done as long as Streamlit has not noticed anything."""
    live.slider("gamma").focus()
    live.slider("gamma").press("End")


def goes_on(live: LivePage, step: int, token: str | None) -> None:
    """The page draws the run that it had, from the step where it stood, and holds all its steps."""
    until(lambda: live.state() == "running" and live.step() > step, "the run goes on")
    assert live.token() == token
    stands = live.pause()
    live.bar.focus()
    live.bar.press("Home")
    until(lambda: live.viewed() == "0", "the first step is looked at")
    live.bar.press("End")
    until(lambda: live.step() == stands, "the last one is looked at")
    assert live.errors == []


@CUTS
def test_a_network_that_is_gone_for_two_seconds(page: Page, network: Network, silent: bool) -> None:
    live = LivePage(page, network.url).open()
    until(lambda: live.step() > 20, "the run has gone some way")
    token = live.token()
    network.cut(silent)
    if silent:
        turn(live)
    page.wait_for_timeout(2000)  # the fault itself
    step = live.step()
    assert live.state() == ("running" if silent else "connecting")
    network.mend()
    until(lambda: live.step() > step, "frames come again")
    if silent:
        until(lambda: live.knobs()["gamma"] == 5, "the knob that was turned meanwhile is in force")
        live.url_has("gamma=5", "affine=held")
    goes_on(live, step, token)


@CUTS
def test_a_network_that_is_gone_until_the_server_has_given_the_page_up(
    page: Page, impatient: Server, silent: bool
) -> None:
    network = Network(impatient.port)
    try:
        live = LivePage(page, network.url).open()
        until(lambda: live.step() > 20, "the run has gone some way")
        token, asleep = live.token(), impatient.in_use()["runs_asleep"]
        assert impatient.in_use()["pages"] == 1
        network.cut(silent)
        if silent:
            turn(live)
        until(lambda: impatient.in_use()["pages"] == 0, "the server knows that the page is gone")
        until(lambda: impatient.in_use()["runs_asleep"] == asleep + 1, "the run sleeps")
        step = live.step()
        network.mend()
        until(lambda: live.step() > step, "frames come again")
        if silent:
            until(lambda: live.knobs()["gamma"] == 5, "the knob that was turned meanwhile is in force")
            live.url_has("gamma=5", "affine=held")  # though Streamlit's own socket had gone with what it was told
        goes_on(live, step, token)
        assert not silent or live.knobs()["affine"] == "held"
    finally:
        network.end()


@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_a_connection_that_everybody_has_forgotten_is_replaced(page: Page, network: Network, paused: bool) -> None:
    live = LivePage(page, network.url).open()
    until(lambda: live.step() > 20, "the run has gone some way")
    step, token = live.pause() if paused else live.step(), live.token()
    network.cut(silent=True)
    network.mend(forgotten=True)
    until(lambda: openings(live) == 2, "the page has noticed, and asks for its run over another socket")
    if paused:
        until(lambda: live.state() == "paused", "the run stands where it stood")
        assert live.step() == step
        live.press("play")
    goes_on(live, step, token)
    assert openings(live) == 2


def test_a_page_that_is_loaded_again_after_its_connection_was_forgotten_finds_its_run(
    page: Page, network: Network
) -> None:
    live = LivePage(page, network.url).open()
    until(lambda: live.step() > 20, "the run has gone some way")
    step, token = live.step(), live.token()
    until(lambda: network.connections == 2, "both sockets are left, and no connection by which the browser would load")
    network.cut(silent=True)
    network.mend(forgotten=True)
    page.reload()
    live.drawing()
    assert live.token() == token
    assert live.step() >= step


def openings(live: LivePage) -> int:
    """How often the page has asked for a run."""
    return sum(message["type"] == "open" for message in live.sent)
