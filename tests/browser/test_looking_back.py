"""Looking back: every chart and the words at one recorded step, pins, and runs that go on from the past."""

import math

from playwright.sync_api import expect

from bnviz.live.past import ROW_EVERY, ROW_SELDOM
from tests.browser.live_page import LivePage, alike
from tests.browser.serving import until


def place_on(live: LivePage, share: float) -> tuple[float, float]:
    box = live.bar.bounding_box()
    assert box
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def all_at_one_step(live: LivePage) -> float:
    """The step that all charts in sight and the timeline show; infinity while it is not one."""
    shown = {str(step) for step in (*live.steps().values(), live.viewed())}
    return int(shown.pop()) if len(shown) == 1 else math.inf


def test_dragging_the_timeline_moves_every_chart_and_the_words(live: LivePage) -> None:
    live.drawing("loss", "accuracy")
    until(lambda: live.step() > 60, "the run has gone some way")
    now = live.text()
    live.page.mouse.move(*place_on(live, 0.98))
    live.page.mouse.down()
    seen: list[float] = []
    for share in (0.75, 0.4, 0.15):
        live.page.mouse.move(*place_on(live, share))
        until(lambda: all_at_one_step(live) < min(seen, default=10**9), f"all charts at {share}")
        seen.append(live.step())
        cursor = live.chart("loss").locator(".cursor")
        expect(cursor).to_have_count(1)
    assert live.state() == "paused"
    assert set(live.steps()) == {"ridges", "loss", "accuracy"}
    until(lambda: live.text() != now, "the words are those of then")
    live.page.mouse.up()

    stands = live.step()
    live.press("live")
    until(lambda: live.step() > 60 > stands, "the run is shown again, and goes on")
    assert live.viewed() == "live"
    until(lambda: live.state() == "running", "as it did before")
    expect(live.chart("loss").locator(".cursor")).to_have_count(0)
    assert live.errors == []


def test_one_press_on_an_arrow_shows_the_row_beside(live: LivePage) -> None:
    live.drawing("loss", "accuracy")
    stands = live.run_to(120)  # a late run has four rows by then
    seen = [stands]

    def earlier() -> bool:
        step = all_at_one_step(live)
        return step is not None and 0 < seen[-1] - step <= ROW_SELDOM and step % ROW_EVERY == 0

    for place, what in ((live.page.keyboard, "the row before"), (live.page.keyboard, "the row before that")):
        place.press("ArrowLeft")
        until(earlier, what)
        seen.append(all_at_one_step(live))
    live.bar.focus()
    live.bar.press("ArrowLeft")
    until(earlier, "on the bar by one row, too")
    live.bar.press("ArrowRight")
    until(lambda: all_at_one_step(live) == seen[-1], "and back")
    live.bar.press("l")
    until(lambda: live.viewed() == "live" and live.step() == stands, "keys work while the bar has the focus")
    assert live.state() == "paused"  # as it was before


def test_a_click_on_the_timeline_shows_that_step(live: LivePage) -> None:
    stands = live.run_to(120)  # so that rows lie there also of a run that keeps few of them
    live.page.mouse.click(*place_on(live, 0.5))
    until(lambda: 0.3 * stands < all_at_one_step(live) < 0.7 * stands, "the step in the middle")


def test_a_pin_stays_behind_all_other_steps(live: LivePage) -> None:
    stands = live.run_to(30)
    pinned = live.outlines(5)
    live.press("pin")
    ghost = live.player.locator(".ghost")
    expect(ghost).to_have_text(f"dashed: pinned step {stands}")
    until(lambda: alike(live.outlines(6), pinned), "the dashed line is the ridge of now")
    live.press("play")
    later = live.run_to(stands + 30)
    until(lambda: alike(live.outlines(6), pinned), "it stays where it was")
    assert not alike(live.outlines(5), pinned)
    live.page.keyboard.press("ArrowLeft")
    until(lambda: live.viewed() != "live" and live.step() < later, "the past is looked at")
    until(lambda: alike(live.outlines(6), pinned), "behind the past, too")
    live.page.keyboard.press("g")
    expect(ghost).to_have_text("dashed: step 0")
    until(lambda: not alike(live.outlines(6), pinned), "let go")


def losses(live: LivePage) -> dict[int, tuple[float, ...]]:
    """The drawn losses of both networks by step."""
    drawn = [trace for trace in live.traces("loss", "x", "y") if len(trace["x"]) > 10]
    curves = [dict(zip(trace["x"], trace["y"], strict=True)) for trace in drawn]
    assert len(curves) == 2
    return {step: tuple(curve[step] for curve in curves) for step in curves[0]}


def test_a_run_continued_from_the_past_repeats_itself(live: LivePage) -> None:
    stands = live.run_to(60)
    until(lambda: max(losses(live)) == stands, "the loss is drawn to the end")
    untouched = losses(live)
    for _ in range(6):
        live.page.keyboard.press("ArrowLeft")
    until(lambda: all_at_one_step(live) < stands - 20, "some rows back")
    start = int(live.viewed() or 0)
    live.press("continue")
    until(lambda: live.viewed() == "live" and start <= live.step() < stands, "it goes on from there")
    end = live.run_to(stands + 5)
    until(lambda: max(losses(live)) == end, "the loss is drawn to the end")
    assert {step: pair for step, pair in losses(live).items() if step <= stands} == untouched


def test_a_run_continued_under_another_knob_differs_from_there_on(live: LivePage) -> None:
    stands = live.run_to(40)
    until(lambda: max(losses(live)) == stands, "the loss is drawn to the end")
    before = losses(live)
    for _ in range(4):
        live.page.keyboard.press("ArrowLeft")
    until(lambda: all_at_one_step(live) < stands - 10, "some rows back")
    live.slider("learning_rate").focus()
    live.slider("learning_rate").press("End")
    live.url_has("learning_rate=10")
    start = int(live.viewed() or 0)
    assert 0 < start < stands - 10
    live.press("continue")
    end = live.run_to(stands + 5)
    until(lambda: max(losses(live)) == end, "the loss is drawn to the end")
    after = losses(live)
    assert all(after[step] == before[step] for step in before if step <= start)
    assert after[stands] != before[stands]


def test_a_knob_that_moved_sets_the_ghost_to_just_before(live: LivePage) -> None:
    stands = live.run_to(30)
    ghost = live.player.locator(".ghost")
    expect(ghost).to_have_text("dashed: step 0")
    before = live.outlines(5)
    live.slider("gamma").focus()
    live.slider("gamma").press("End")
    expect(ghost).to_have_text(f"dashed: step {stands}")
    until(lambda: alike(live.outlines(6), before), "the dashed line is the ridge before")
    until(lambda: not alike(live.outlines(5), before), "the ridge has moved")


def test_a_refresh_finds_the_run_that_was_looked_back_at(live: LivePage) -> None:
    stands, token = live.run_to(40), live.token()
    live.page.keyboard.press("ArrowLeft")
    until(lambda: live.viewed() != "live", "the past is looked at")
    live.page.reload()
    live.drawing()
    assert (live.token(), live.step(), live.state(), live.viewed()) == (token, stands, "paused", "live")
    live.page.keyboard.press("ArrowLeft")
    until(lambda: 0 < all_at_one_step(live) < stands, "its past is there")


def test_a_panel_opened_while_looking_back_is_drawn(live: LivePage) -> None:
    live.run_to(40)
    live.page.keyboard.press("ArrowLeft")
    until(lambda: live.viewed() != "live", "the past is looked at")
    viewed = live.viewed()
    live.panel("ledger").click()
    until(lambda: "Everything has been finite so far" in live.text("ledger"), "the text is there")
    live.panel("drift").click()
    live.chart("drift").scroll_into_view_if_needed()
    until(lambda: live.drawn("drift") > 0, "the chart is drawn")
    assert live.viewed() == viewed


def test_a_chart_that_was_not_open_then_says_so(live: LivePage) -> None:
    live.run_to(40)
    live.panel("gradients").click()
    live.panel("accuracy").click()
    chart = live.chart("gradients")
    until(lambda: live.drawn("gradients") > 0, "it is drawn")
    live.bar.press("ArrowLeft")
    until(lambda: live.viewed() != "live", "the past is looked at")
    note = chart.get_by_text("Not recorded at this step").filter(visible=True)  # the page may be changing charts
    expect(note).to_be_visible()
    live.press("live")
    expect(note).to_be_hidden()
