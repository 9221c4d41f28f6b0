"""The Transform page under a hand: pictures and numbers move while the thumb is down."""

import json

import pytest
from playwright.sync_api import Page, expect

from bnviz.charts.bindings import BLANK
from bnviz.charts.making import made
from bnviz.sources.transform import SHOWN, Config
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


def place_of(live: LivePage, chart: str, trace: int, point: int) -> tuple[float, float]:
    """Where a point of a trace is in the window, as it was painted last."""
    return tuple(
        live.page.evaluate(
            """([chart, trace, point]) => {
                const group = [...document.querySelectorAll(`[data-chart=${chart}] .scatterlayer > .trace`)]
                    .find(group => group.__data__[0].trace.index === trace)
                const mark = [...group.querySelectorAll('.point')].find(mark => mark.__data__.i === point)
                const { left, width, top, height } = mark.getBoundingClientRect()
                return [left + width / 2, top + height / 2]
            }""",
            [chart, trace, point],
        )
    )


def trace_of(chart: str, field: str) -> int:
    (trace,) = {binding.trace for binding in made(chart, Config()).bindings if binding.fields == (field,)}
    return trace


def test_a_click_on_a_value_writes_out_its_calculation_and_stays_in_the_address(transform: LivePage) -> None:
    live = transform
    for row, example in ((3, 9), (0, 4)):  # of the inputs, and of the outputs; neither lies under another
        live.page.mouse.click(*place_of(live, "walk", trace_of("walk", "point_x"), SHOWN * row + example - 1))
        until(lambda example=example: live.text("cell").startswith(f"Example {example} of"), "its calculation")
        assert knobs(live)["example"] == example
        live.url_has(f"example={example}")
        expect(live.slider("example")).to_have_value(str(example))
    mark = place_of(live, "walk", trace_of("walk", "path_x"), 0)
    assert mark == pytest.approx(place_of(live, "walk", trace_of("walk", "point_x"), 3), abs=1)
    live.slider("gamma").focus()  # what was chosen is not undone by what is turned next
    live.slider("gamma").press("ArrowRight")
    live.url_has("gamma=1.55", "example=4")
    assert live.text("cell").startswith("Example 4 of")
    live.page.mouse.click(*(place + 60 for place in mark))  # where nothing is
    live.slider("gamma").press("ArrowRight")
    live.url_has("gamma=1.6", "example=4")
    assert not live.errors


def test_a_click_on_an_output_moves_that_example(transform: LivePage) -> None:
    live = transform
    live.slider("moved_by").scroll_into_view_if_needed()
    until(lambda: live.drawn("mates") > 0, "the outputs of the batch are drawn")
    live.page.mouse.click(*place_of(live, "mates", trace_of("mates", "mate_after"), 12))
    until(lambda: live.text("mates").startswith("Example 13 moved"), "another one has moved")
    live.url_has("moved=13")
    expect(live.slider("moved")).to_have_value("13")
    assert not live.errors


def test_the_axis_of_the_outputs_follows_those_that_go_beyond(transform: LivePage) -> None:
    live = transform
    live.slider("moved_by").scroll_into_view_if_needed()
    until(lambda: live.drawn("mates") > 0, "the outputs of the batch are drawn")

    def top() -> float:
        return float(
            live.page.evaluate("document.querySelector('[data-chart=mates] .js-plotly-plot').layout.yaxis.range[1]")
        )

    assert 8 <= top() < 9
    for knob in ("gamma", "beta"):
        live.slider(knob).focus()
        live.slider(knob).press("End")
    until(lambda: knobs(live, "mates")["beta"] == 5, "a frame under the new values")
    largest = max(live.traces("mates", "y")[trace_of("mates", "mate_after")]["y"][:16])
    assert largest > 9
    until(lambda: top() > largest, "the axis holds the largest output")


def test_slow_motion_plays_all_steps_once(transform: LivePage) -> None:
    live = transform
    live.page.evaluate(
        """() => {
            const chart = document.querySelector('[data-chart=walk]')
            globalThis.stages = []
            new MutationObserver(() => stages.push(JSON.parse(chart.dataset.knobs).stage))
                .observe(chart, { attributeFilter: ['data-knobs'] })
        }"""
    )
    button = live.page.get_by_role("button", name="Play the steps one after the other")
    button.click()
    live.url_has("stage=4")
    expect(live.slider("stage")).to_have_value("4")
    expect(button).to_have_text("▶")
    stages = live.page.evaluate("stages")
    assert stages == sorted(stages)
    assert stages[0] >= 1
    assert stages[-1] == 4
    assert sum(1 < stage < 2 for stage in stages) > 3  # between two steps, not only at them
    assert not live.errors


def test_who_wants_less_motion_sees_one_step_after_the_other(transform: LivePage) -> None:
    live = transform
    live.page.emulate_media(reduced_motion="reduce")
    live.page.get_by_role("button", name="Play the steps one after the other").click()
    live.url_has("stage=4")
    asked = [message["knobs"]["stage"] for message in live.sent if "stage" in message.get("knobs", {})]
    assert list(dict.fromkeys(asked)) == [1, 2, 3, 4]
