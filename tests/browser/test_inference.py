"""The Inference page in a browser: networks train, and a dragged shift moves the curves before it is let go."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until
from tests.browser.test_knobs import grab


@pytest.fixture
def trained(page: Page, server: Server) -> LivePage:
    live = LivePage(page, server.url)
    page.goto(f"{server.url}/inference?gain=0.3&steps=30")
    until(lambda: "Trained for 30 steps" in live.text("progress"), "the networks are trained")
    return live


def knobs(live: LivePage, chart: str) -> dict[str, Any]:
    """The knobs under which a chart was drawn last."""
    found: dict[str, Any] = json.loads(live.attribute(chart, "data-knobs") or "{}")
    return found


def lines(live: LivePage, chart: str) -> list[str]:
    """The paths of a chart's lines as they are on the page now."""
    found: list[str] = live.page.evaluate(
        "chart => [...document.querySelectorAll(`[data-chart=${chart}] .js-line`)].map(line => line.getAttribute('d'))",
        chart,
    )
    return found


def picture(live: LivePage) -> str | None:
    """The shifted digits as they are on the page now."""
    return live.page.evaluate("document.querySelector('[data-chart=images] image')?.href.baseVal")


def test_a_dragged_shift_moves_curves_and_pictures_before_release_and_the_url_after(trained: LivePage) -> None:
    trained.page.locator(".st-key-offset").scroll_into_view_if_needed()
    until(lambda: trained.drawn("shift") and trained.drawn("images"), "both charts are drawn")
    curves, digits = lines(trained, "shift"), picture(trained)
    assert trained.player.get_attribute("data-state") == "still"
    x, y = grab(trained, "offset")
    seen = [0.0]
    for distance in (15, 30, 45):
        trained.page.mouse.move(x + distance, y, steps=3)
        until(lambda: knobs(trained, "shift")["offset"] > seen[-1], "curves under the new value")
        seen.append(knobs(trained, "shift")["offset"])
    until(lambda: knobs(trained, "images")["offset"] >= seen[-1], "pictures under the new value")
    moved = [one != other for one, other in zip(lines(trained, "shift"), curves, strict=True)]
    assert sum(moved) >= 3  # all but that of re-estimated statistics, which the offset leaves alone
    assert picture(trained) != digits
    assert "offset" not in trained.page.url
    trained.page.mouse.up()
    trained.url_has("offset=", "gain=0.3")
    until(lambda: "Undone: a > 0" in trained.text("shift_words"), "the words have followed")
    assert trained.errors == []


def test_a_new_structure_trains_anew_and_what_is_swept_changes_the_axis(trained: LivePage) -> None:
    trained.page.locator(".st-key-swept button", has_text="rotation").click()
    until(lambda: "rotation" in trained.chart("shift").inner_text(), "the axis is that of rotations")
    until(lambda: knobs(trained, "shift").get("swept") == "rotation", "and the curves follow")
    trained.page.get_by_role("button", name="New seed").click()
    trained.url_has("seed=1", "swept=rotation")
    until(lambda: trained.player.get_attribute("data-state") == "still", "the networks are trained anew")
    until(lambda: "Trained for 30 steps" in trained.text("progress"), "the words have followed")
    assert trained.errors == []
