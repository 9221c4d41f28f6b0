"""Addresses: a page that is loaded anew, or opened by the address that it shows, stands where it stood."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from bnviz import sources
from bnviz.asked import Asked
from bnviz.gradient_settings import SETTINGS
from bnviz.sources import convolution, inference, training, transform
from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until

PAGES: dict[str, tuple[type[Asked], Asked, str, str, str]] = {
    # what is asked for, and as what the page opens; a link one step of a slider away from the defaults, and that step
    "covariate_shift": (training.Config, training.Config(), "depth", "7", "ArrowLeft"),
    "gradients": (training.Config, SETTINGS[0].config, "depth", "7", "ArrowLeft"),
    "transform": (transform.Config, transform.Config(), "gamma", "1.45", "ArrowRight"),
    "convolution": (convolution.Config, convolution.Config(), "depth", "5", "ArrowLeft"),
    "inference": (inference.Config, inference.Config(gain=0.3), "gain", "0.95", "ArrowRight"),
}
WITH_DEFAULTS = [name for name in PAGES if name != "transform"]  # which has no such button


def asked(live: LivePage) -> list[dict[str, Any]]:
    """The runs that the page has asked for, in order."""
    return [message["config"] for message in live.sent if message["type"] == "open"]


def opened(live: LivePage, count: int) -> Asked:
    """The config of the run that the page asks for as its so many-th."""
    until(lambda: len(asked(live)) >= count, f"run {count} is asked for")
    return sources.config_of(asked(live)[count - 1])


def reloaded(live: LivePage) -> Asked:
    """The config with which the page opens when it is loaded again as it stands."""
    count = len(asked(live))
    live.page.reload()
    return opened(live, count + 1)


def address_of(page: Page) -> str:
    """Where the page is now; what Playwright itself knows comes late."""
    return str(page.evaluate("location.href"))


def knobs_of(page: Page) -> dict[str, Any]:
    """The knobs under which a chart was computed that is in sight."""
    found: dict[str, Any] = json.loads(
        page.locator("[data-testid=live-chart][data-knobs]").first.evaluate("chart => chart.dataset.knobs")
    )
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_whose_settings_are_all_put_back_stays_so(name: str, page: Page, server: Server) -> None:
    kind, opening, field, value, key = PAGES[name]
    live = LivePage(page, server.url).visit(f"/{name}?{field}={value}")
    assert opened(live, 1) == kind.from_query({field: [value]}) != kind()
    live.slider(field).focus()
    live.slider(field).press(key)
    address = f"/{name}" if opening == kind() else f"/{name}?defaults="
    until(lambda: address_of(page) == server.url + address, f"the address is {address}")
    assert reloaded(live) == kind()
    assert address_of(page) == server.url + address
    assert live.errors == []


@pytest.mark.parametrize("name", WITH_DEFAULTS)
def test_defaults_lead_where_the_page_opens_and_it_opens_there_again(name: str, page: Page, server: Server) -> None:
    _, opening, field, value, _ = PAGES[name]
    live = LivePage(page, server.url).visit(f"/{name}")
    assert opened(live, 1) == opening
    assert reloaded(live) == opening
    live.visit(f"/{name}?{field}={value}&seed=3")
    assert getattr(opened(live, 3), "seed") == 3  # noqa: B009  not every config has one
    page.get_by_role("button", name="Defaults").click()
    until(lambda: "seed" not in address_of(page), "the address has followed")
    assert opened(live, 4).structure == opening.structure
    until(lambda: knobs_of(page) == opening.knobs, "the run has these knobs")  # sliders may have been a moment behind
    assert reloaded(live) == opening
    assert live.errors == []
