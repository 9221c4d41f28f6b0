"""The Transform page under a hand: pictures and numbers move while the thumb is down."""

import json

import pytest
from playwright.sync_api import Page

from bnviz.charts.bindings import BLANK
from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until
from tests.browser.test_knobs import grab


@pytest.fixture
def transform(page: Page, server: Server) -> LivePage:
    live = LivePage(page, server.url)
    page.goto(f"{server.url}/transform")
    until(lambda: live.drawn("walk") > 0, "the four steps are drawn")
    until(lambda: live.page.locator("[data-text=said]").inner_text(), "the words are there")
    return live


def knobs(live: LivePage, chart: str = "walk") -> dict[str, float]:
    return json.loads(live.attribute(chart, "data-knobs") or "{}")


def numbers(live: LivePage) -> list[str]:
    """Mean and spread of the four steps, each from the outputs to the inputs."""
    found: list[str] = live.page.evaluate(
        "[...document.querySelectorAll('[data-chart=walk] .textpoint text')].map(text => text.textContent)"
    )
    return [text for text in found if text != BLANK]


def test_dragging_gamma_moves_the_outputs_and_their_words_before_release(transform: LivePage) -> None:
    live = transform
    until(lambda: numbers(live) == ["1", "0", "0", "3.51", "1.5", "1", "1.75", "1.75"], "the moments of the four steps")
    words = live.text("said")
    x, y = grab(live, "gamma")
    live.page.mouse.move(x - 20, y, steps=4)  # γ stays positive: the spread is its size
    until(lambda: knobs(live)["gamma"] < 1.2, "a frame under the new value")
    until(lambda: live.text("said") != words, "the words of the new value")
    until(lambda: numbers(live)[4] == f"{knobs(live)['gamma']:g}", "the new spread of the outputs")
    assert "gamma" not in live.page.url
    live.page.mouse.up()
    live.url_has("gamma=")
    assert not live.errors


def test_moving_one_example_moves_the_outputs_of_all(transform: LivePage) -> None:
    live = transform
    live.slider("moved_by").scroll_into_view_if_needed()
    until(lambda: live.drawn("mates") > 0, "the outputs of the batch are drawn")

    def points() -> list[str]:
        found: list[str] = live.page.evaluate(
            """[...document.querySelectorAll('[data-chart=mates] .scatterlayer > .trace')]
                .find(group => group.__data__[0].trace.index === 2).querySelectorAll('.point').values()
                .map(point => point.getAttribute('transform')).toArray()"""
        )
        return found[:16]

    before = points()
    live.slider("moved_by").focus()
    for _ in range(6):
        live.slider("moved_by").press("ArrowRight")
    until(lambda: knobs(live, "mates")["moved_by"] == 7, "a frame under the new value")
    until(lambda: all(one != other for one, other in zip(before, points(), strict=True)), "every output has moved")
    assert not live.errors
