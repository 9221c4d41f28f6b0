"""The page Convolution: its gestures are to drag through images, channels and layers, and to point at a map."""

import pytest
from playwright.sync_api import Browser, Page, expect

from bnviz.sources.convolution import IN_BLOCK, SIDE
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


def block_of(page: Page, url: str) -> LivePage:
    """The page with the block in sight, drawn."""
    live = LivePage(page, url).visit("/convolution")
    live.chart("block").scroll_into_view_if_needed()
    until(lambda: live.drawn("block") > 0, "the block is drawn")
    return live


def place_of(live: LivePage, image: int, channel: int) -> tuple[float, float]:
    """Where the middle of a map is in the window."""
    box = live.chart("block").locator(".heatmaplayer image").bounding_box()
    assert box
    size = box["width"] / (8 * (SIDE + 1) - 1)  # of a cell
    upwards = IN_BLOCK - 1 - image
    return (
        box["x"] + size * ((SIDE + 1) * channel + SIDE / 2),
        box["y"] + size * ((SIDE + 1) * upwards + SIDE / 2),
    )


def painted(live: LivePage) -> tuple[set[int], set[int]]:
    """The images and channels of the maps that share their mean with the one looked at, by the cells drawn last."""
    rows = live.traces("block", "z")[0]["z"]
    found = [(y // (SIDE + 1), x // (SIDE + 1)) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell > 0]
    return {image for image, _ in found}, {channel for _, channel in found}


def test_pointing_at_a_map_paints_its_companions_and_stays_in_the_address(page: Page, server: Server) -> None:
    live = block_of(page, server.url)
    page.mouse.move(*place_of(live, 6, 3))
    until(lambda: live.knobs("block")["channel"] == 3, "another map's companions")
    until(lambda: painted(live) == ({*range(IN_BLOCK)}, {3}), "the maps of its channel are painted")
    live.url_has("channel=3", "example=6")
    expect(live.slider("channel")).to_have_value("3")
    expect(live.slider("example")).to_have_value("6")
    page.locator(".st-key-norm button", has_text="layer").click()
    until(lambda: painted(live) == ({6}, {*range(8)}), "the maps of its image are painted")
    for image, channel in ((5, 1), (4, 5), (0, 7)):  # faster than Streamlit runs the page
        page.mouse.move(*place_of(live, image, channel))
    live.url_has("channel=7", "example=0", "norm=layer")
    expect(live.slider("example")).to_have_value("0")
    assert (live.knobs("block")["example"], live.knobs("block")["channel"]) == (0, 7)
    turned = [message["knobs"]["channel"] for message in live.sent if "channel" in message.get("knobs", {})]
    assert turned[turned.index(3) :] == [3, 1, 5, 7]  # and nothing undone on the way
    assert live.errors == []


def test_a_finger_taps_a_map(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    live = block_of(context.new_page(), server.url)
    live.page.touchscreen.tap(*place_of(live, 5, 6))
    until(lambda: live.knobs("block")["channel"] == 6, "another map's companions")
    live.url_has("channel=6", "example=5")
    assert live.errors == []
    context.close()


def test_while_the_past_is_looked_at_nothing_is_pointed_at(page: Page, server: Server) -> None:
    live = block_of(page, server.url)
    until(lambda: int(live.attribute("block", "data-step") or 0) > 5, "some steps are made")
    page.keyboard.press("ArrowLeft")
    until(lambda: live.viewed() != "live", "an earlier step is looked at")
    live.chart("block").scroll_into_view_if_needed()
    page.mouse.move(*place_of(live, 6, 3))
    page.mouse.move(*place_of(live, 5, 3))
    cursor = live.chart("block").locator(".js-plotly-plot")
    expect(cursor).not_to_have_css("cursor", "pointer")
    assert not [message for message in live.sent if "channel" in message.get("knobs", {})]
    page.keyboard.press("l")
    until(lambda: live.viewed() == "live", "the run as it stands")
    page.mouse.move(*place_of(live, 6, 4))
    expect(cursor).to_have_css("cursor", "pointer")
    until(lambda: live.knobs("block")["channel"] == 4, "now it is")
