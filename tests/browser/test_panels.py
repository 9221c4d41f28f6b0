"""What is shown of a run: panels, tables, texts, one axis for all networks, large type, a phone, a dark page."""

import pytest
from playwright.sync_api import Browser, Page, expect

from bnviz import registry
from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until

CHARTS = [name for name in registry.entries("charts") if name != "ridges"]

# Pixels from the first line of a chart's title to its button.
APART = """chart => {
    const line = chart.querySelector('.gtitle tspan') ?? chart.querySelector('.gtitle')
    return chart.querySelector('.table-button').getBoundingClientRect().left - line.getBoundingClientRect().right
}"""


def asked(live: LivePage, field: str, since: int = 0) -> bool:
    """Whether a frame with this field was asked for."""
    return any(field in message.get("fields", ()) for message in live.sent[since:] if message["type"] == "ready")


def looks(live: LivePage) -> list[str]:
    """The fields that the run was last asked to record of each step."""
    return next(message["fields"] for message in reversed(live.sent) if message["type"] == "look")


def test_pills_open_and_close_panels_and_what_is_closed_is_not_asked_for(page: Page, server: Server) -> None:
    live = LivePage(page, server.url).open().drawing("loss", "accuracy")
    assert asked(live, "loss_history")
    assert not asked(live, "gradient_rms")
    live.panel("gradients").click()
    live.url_has("panels=gradients")
    live.chart("gradients").scroll_into_view_if_needed()
    until(lambda: live.drawn("gradients") > 0, "the panel is drawn")
    assert asked(live, "gradient_rms")
    assert "gradient_rms" in looks(live)
    until(
        lambda: (
            "panels=gradients" in (page.locator("[aria-label='Settings to try'] a").first.get_attribute("href") or "")
        ),
        "links keep it",
    )

    live.panel("gradients").click()
    expect(live.chart("gradients")).to_have_count(0)
    until(lambda: "gradients" not in page.evaluate("location.href"), "the address does not ask for it")
    until(lambda: "gradient_rms" not in looks(live), "nor is it recorded")
    closed, drawn = len(live.sent), live.drawn()
    until(lambda: live.drawn() > drawn + 5, "some frames later")
    assert asked(live, "loss_history", closed)
    assert not asked(live, "gradient_rms", closed)


def test_all_panels_can_be_closed(live: LivePage) -> None:
    for name in ("loss", "accuracy"):
        live.panel(name).click()
        expect(live.chart(name)).to_have_count(0)
    live.url_has("panels=")
    live.page.reload()
    live.drawing()
    assert set(live.steps()) == {"ridges"}


def test_a_link_opens_every_panel_and_all_are_drawn(page: Page, server: Server) -> None:
    panels = "&".join(f"panels={name}" for name in (*CHARTS, "ledger", "changes"))
    live = LivePage(page, server.url).open(f"/covariate_shift?dataset=moons&{panels}")
    for name in CHARTS:
        live.chart(name).scroll_into_view_if_needed()
        until(lambda name=name: live.drawn(name) > 0, f"{name} is drawn")
        assert live.chart(name).evaluate(APART) > 8, f"between the title of {name} and its button there is a gap"
    rows = live.traces("surface", "z")[0]["z"]
    assert (len(rows), {len(row) for row in rows}) == (48, {48})
    assert len({level for row in rows for level in row}) > 2  # it is no even grey
    live.page.locator("[data-text=ledger]").scroll_into_view_if_needed()
    until(lambda: "Everything has been finite so far" in live.text("ledger"), "the ledger has a line")
    until(lambda: live.text("changes") == "No knob has been turned yet.", "nothing has been changed")
    live.slider("gamma").focus()
    live.slider("gamma").press("End")
    until(lambda: "γ 1 → 5" in live.text("changes"), "the change has a line")
    assert live.errors == []


def test_a_table_is_opened_by_keyboard_and_holds_the_chart_s_numbers(live: LivePage) -> None:
    stands = live.run_to(30)
    until(lambda: live.traces("loss", "x")[0]["x"][-1:] == [stands], "the loss is drawn to the end")
    drawn = [trace["y"][-1] for trace in live.traces("loss", "y")[:2]]
    chart = live.chart("loss")
    button = chart.get_by_role("button", name="Table")
    button.focus()
    button.press("Enter")
    cells = chart.locator("tbody tr").last.locator("th, td")
    expect(cells.first).to_have_text(str(stands))
    assert [float(text) for text in cells.all_text_contents()[1:]] == pytest.approx(drawn, rel=0.06)
    expect(chart.locator("thead th")).to_have_text(["step", "No normalization", "Batch norm"])
    chart.get_by_role("button", name="Picture").press("Enter")
    expect(chart.locator("table")).to_have_count(0)
    expect(chart.get_by_role("img").first).to_be_visible()


def test_plotly_draws_only_when_an_axis_moves(live: LivePage) -> None:
    until(lambda: live.drawn() > 20, "the ghost and all else that ridges have is drawn")
    live.page.evaluate("""() => {
        globalThis.draws = {}
        for (const chart of document.querySelectorAll('[data-testid=live-chart]')) {
            const count = () => { draws[chart.dataset.chart] = (draws[chart.dataset.chart] ?? 0) + 1 }
            chart.querySelector('.js-plotly-plot').on('plotly_afterplot', count)
        }
    }""")
    drawn = live.drawn()
    until(lambda: live.drawn() > drawn + 30, "some frames later")
    assert "ridges" not in live.page.evaluate("draws")
    until(lambda: live.page.evaluate("draws.loss"), "the axis of steps moves")


def test_who_zooms_a_chart_that_was_painted_sees_its_newest_numbers(live: LivePage) -> None:
    live.drawing("loss")
    live.run_to(100)
    chart = live.chart("loss")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    live.page.mouse.move(x, y)
    live.page.mouse.down()
    live.page.mouse.move(x + box["width"] / 4, y, steps=5)
    live.page.mouse.up()
    figure = "document.querySelector('[data-chart=loss] .js-plotly-plot')"
    until(lambda: not live.page.evaluate(f"{figure}._fullLayout.xaxis.autorange"), "the axis is zoomed")
    last, end = live.page.evaluate(
        f"""[{figure}._fullLayout.xaxis.c2p({figure}.data[0].x.at(-1)),
            {figure}.querySelector('.js-line').getPointAtLength(1e6).x]"""
    )
    assert abs(last - end) < 1


def test_networks_on_one_axis(live: LivePage) -> None:
    expect(live.chart().locator(".xaxislayer-above")).to_have_count(2)
    live.page.locator(".st-key-view input").click()
    live.page.get_by_role("option", name="together").click()
    live.url_has("view=together")
    expect(live.chart().locator(".xaxislayer-above")).to_have_count(1)
    expect(live.chart().locator(".annotation", has_text="distance")).to_have_count(1)
    drawn = live.drawn()
    until(lambda: live.drawn() > drawn + 3, "it goes on being drawn")


def test_a_projector_has_large_type_and_the_same_run(live: LivePage) -> None:
    token = live.token()
    size = """() => {
        const text = document.querySelector('[data-chart=ridges] .ytick text') // not there while charts are placed anew
        return text && parseFloat(getComputedStyle(text).fontSize)
    }"""
    page_size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    small, small_page = live.page.evaluate(size), live.page.evaluate(page_size)
    live.page.locator(".st-key-projector button", has_text="on").click()
    live.url_has("projector=on")
    until(lambda: live.page.evaluate(size) == pytest.approx(1.4 * small), "the charts have larger type")
    assert live.page.evaluate(page_size) > 1.2 * small_page
    assert live.token() == token


def test_on_a_phone_every_chart_is_drawn_and_nothing_stands_out(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(30_000)
    try:
        panels = "&".join(f"panels={name}" for name in CHARTS)
        live = LivePage(context.new_page(), server.url).open(f"/covariate_shift?dataset=moons&{panels}")
        for name in ("ridges", *CHARTS):
            live.chart(name).scroll_into_view_if_needed()
            until(lambda name=name: live.drawn(name) > 0, f"{name} is drawn")
            box = live.chart(name).bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390, name  # noqa: PT018
        wide = live.page.evaluate("""() =>
            [...document.querySelectorAll('[data-testid=stMain], [data-testid=stMain] *')]
            .filter(one => one.scrollWidth > one.clientWidth + 1)
            .filter(one => /auto|scroll/.test(getComputedStyle(one).overflowX)).map(one => one.className)""")
        assert wide == []
        assert live.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert live.page.evaluate("document.querySelector('[data-testid=live-player]').scrollWidth") <= 390
    finally:
        context.close()


def test_a_dark_page_has_words_and_charts_that_show_on_it(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    context.set_default_timeout(30_000)
    try:
        live = LivePage(context.new_page(), server.url).open().drawing("loss", "accuracy")
        until(live.text, "there are words")
        brightness = """selector => {
            const element = document.querySelector(selector)
            const { color, fill } = getComputedStyle(element)
            const parts = (element instanceof SVGElement ? fill : color).match(/[\\d.]+/g).map(Number)
            return (0.3 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2]) / 255
        }"""
        texts = "[data-testid=live-text] p", "[data-chart=loss] .xtick text", "[data-chart=ridges] .ytick text"
        for selector in ("[data-testid=live-player] button", *texts):
            until(lambda selector=selector: live.page.evaluate(brightness, selector) > 0.7, f"{selector} is bright")
        assert live.page.locator("[data-chart=ridges] .js-line[style*='rgb(86, 180, 233)']").count() > 0
    finally:
        context.close()


def test_settings_open_by_their_links_one_after_the_other(live: LivePage) -> None:
    for name, knobs in (
        ("High rate", {"learning_rate": 2}),
        ("Batch of two", {"batch_size": 2, "learning_rate": 0.03}),
    ):
        live.page.locator("[aria-label='Settings to try'] a", has_text=name).click()
        live.url_has(f"setting={name.lower().replace(' ', '_')}")
        until(lambda knobs=knobs: knobs.items() <= live.knobs().items(), f"{name} is drawn")
    assert live.knobs()["eps"] == 1e-5
    expect(live.page.get_by_text("Batches of two, where batch norm fails.")).to_be_visible()


def test_divergence_stands_in_the_ledger_and_in_the_words(live: LivePage) -> None:
    live.open("/covariate_shift?setting=high_rate&init=gain&learning_rate=2&panels=ledger")
    until(lambda: "Training ended where the loss was not finite" in live.text(), "the words say so")
    until(lambda: "Without normalization: step" in live.text("ledger"), "the ledger says when")
    first, second = live.text("ledger").strip().split("\n")[::2]
    assert "first in layer" in first or "first in the output" in first
    assert "With batch norm: every loss was finite" in second
    expect(live.player).to_contain_text("No normalization: diverged at step")
