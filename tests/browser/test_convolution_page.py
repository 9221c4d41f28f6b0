"""The page Convolution: its main gesture is to drag through images, channels and layers."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until
from tests.browser.test_knobs import grab


@pytest.mark.browser
def test_dragging_through_images_moves_the_maps_before_release(browser: Browser, server: Server) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    live = LivePage(page, server.url).visit("/convolution")
    until(lambda: live.drawn("maps") > 0, "the maps are drawn")
    x, y = grab(live, "image")
    seen: list[int] = []
    for distance in (30, 80):
        page.mouse.move(x + distance, y, steps=3)
        until(lambda: live.knobs("maps")["image"] not in (0, *seen), "a frame of another image")
        seen.append(live.knobs("maps")["image"])
    assert "image" not in page.url
    page.mouse.up()
    live.url_has("image=")
    live.slider("channel").scroll_into_view_if_needed()
    live.slider("channel").focus()
    live.slider("channel").press("ArrowRight")
    until(lambda: live.drawn("block") > 0 and live.knobs("block")["channel"] == 2, "another channel's companions")
    page.locator(".st-key-norm button", has_text="instance").click()
    expect(page.locator("[data-text=companions]")).to_contain_text("One mean for 1 map of 8 × 8: 64 values")
    assert live.errors == []
    page.close()
