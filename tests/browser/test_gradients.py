"""The Gradients page: it stands at the start, a drag moves its curves, and training leaves the start behind them."""

import json

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until
from tests.browser.test_knobs import grab


@pytest.fixture
def live(page: Page, server: Server) -> LivePage:
    opened = LivePage(page, server.url)
    page.goto(f"{server.url}/gradients")
    for name in ("signal", "gradients", "growth"):
        until(lambda name=name: opened.drawn(name) > 0, f"the chart {name} is drawn")
    return opened


def sizes(live: LivePage) -> np.ndarray:
    """The gradients by layer, of before and of now, each without normalization and with batch norm."""
    return np.array([trace["y"] for trace in live.traces("gradients", "y")[:4]])


def knob(live: LivePage) -> float:
    return float(json.loads(live.attribute("gradients", "data-knobs") or "{}")["gamma"])


def test_it_stands_at_the_start_and_a_drag_moves_the_curves_of_batch_norm_alone(live: LivePage) -> None:
    until(lambda: live.state() == "paused", "the run stands")
    until(lambda: "× 0.24 for each layer" in live.text("flow"), "the words are there")
    _, _, plain, batch = sizes(live)
    assert plain[0] < 1e-11 * plain[-1]
    assert batch[0] > batch[-1] / 3
    x, y = grab(live, "gamma")
    live.page.mouse.move(x - 20, y, steps=4)
    until(lambda: knob(live) < 0.9, "a frame under the new value")
    assert "gamma" not in live.page.url
    until(lambda: sizes(live)[3][0] < batch[0] / 2, "the curve of batch norm has moved")
    _, before, same, _ = sizes(live)
    np.testing.assert_allclose(same, plain, rtol=1e-6)
    np.testing.assert_allclose(before, batch, rtol=1e-6)
    assert live.attribute("gradients", "data-step") == "0"
    live.page.mouse.up()
    live.url_has("gamma=", "affine=held")
    assert live.errors == []


def test_it_trains_when_somebody_presses_play_and_the_words_are_of_where_it_stops(live: LivePage) -> None:
    start = sizes(live)[2:]
    live.press("play")
    until(lambda: int(live.attribute("gradients", "data-step") or 0) >= 10, "it trains")
    live.press("pause")
    until(lambda: live.state() == "paused", "the run stands")
    step = live.page.locator("[data-testid=live-player] .line")
    texts = live.page.locator("[data-testid=live-text]")
    until(lambda: f"step {texts.get_attribute('data-step')} on" in step.inner_text(), "the words are of now")
    found = sizes(live)
    np.testing.assert_allclose(found[:2], start, rtol=1e-6)
    assert not np.allclose(found[3], start[1], rtol=1e-3)
    assert live.errors == []
