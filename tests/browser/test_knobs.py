"""Knobs: what a hand on a slider does, before and after it lets go."""

from playwright.sync_api import expect

from tests.browser.live_page import LivePage, alike
from tests.browser.serving import until


def grab(live: LivePage, knob: str) -> tuple[float, float]:
    """Press the mouse on a slider's thumb; where that is."""
    box = live.page.locator(f".st-key-{knob} [data-testid=stSliderThumbValue]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] + 8
    live.page.mouse.move(x, y)
    live.page.mouse.down()
    return x, y


def test_a_dragged_slider_shows_in_the_frames_before_release_and_in_the_url_after(live: LivePage) -> None:
    x, y = grab(live, "gamma")
    seen = []
    for distance in (10, 25, 45):
        live.page.mouse.move(x + distance, y, steps=3)
        until(lambda: live.knobs()["gamma"] not in (1, *seen), "a frame under the new value")
        seen.append(live.knobs()["gamma"])
    assert live.knobs()["affine"] == "held"
    assert seen == sorted(seen)
    assert "gamma" not in live.page.url
    live.page.mouse.up()
    live.url_has("gamma=", "affine=held")
    until(lambda: live.knobs()["gamma"] == float(live.slider("gamma").input_value()), "the last value is in force")
    expect(live.page.locator(".st-key-affine button[aria-checked=true]")).to_have_text("held")


def test_dragging_changes_the_distribution_at_the_same_step_while_paused(live: LivePage) -> None:
    stands = live.pause()
    before = live.outlines(5)
    x, y = grab(live, "gamma")
    live.page.mouse.move(x + 40, y, steps=4)
    until(lambda: live.knobs()["gamma"] > 1.5, "a frame under the new value")
    assert live.step() == stands
    until(lambda: not alike(live.outlines(5), before), "the ridge has moved")
    live.page.mouse.up()


def test_one_click_lets_gamma_and_beta_learn_again(live: LivePage) -> None:
    live.slider("gamma").focus()
    live.slider("gamma").press("ArrowRight")
    until(lambda: live.knobs()["affine"] == "held", "γ is held")
    live.page.wait_for_url("**affine=held**")
    live.page.locator(".st-key-affine button", has_text="learned").click()
    until(lambda: live.knobs()["affine"] == "learned", "γ learns again")


def test_a_logarithmic_slider_sends_its_stops(live: LivePage) -> None:
    live.slider("learning_rate").focus()
    live.slider("learning_rate").press("ArrowRight")
    until(lambda: live.knobs()["learning_rate"] == 0.15, "the next stop is in force")
    live.page.wait_for_url("**learning_rate=0.15**")


def test_dragging_two_sliders_in_a_row_undoes_neither(live: LivePage) -> None:
    for knob in ("gamma", "beta"):
        x, y = grab(live, knob)
        live.page.mouse.move(x + 30, y, steps=5)
        live.page.mouse.up()
    live.url_has("gamma=", "beta=")
    asked = {knob: float(live.slider(knob).input_value()) for knob in ("gamma", "beta")}
    until(lambda: {knob: live.knobs()[knob] for knob in asked} == asked, "both values are in force")
    drawn = live.drawn()
    until(lambda: live.drawn() > drawn + 5, "some frames later")
    assert {knob: live.knobs()[knob] for knob in asked} == asked


def test_knobs_behind_the_button_work_while_open_and_after(live: LivePage) -> None:
    live.page.get_by_role("button", name="More knobs").click()
    live.slider("input_shift").focus()
    live.slider("input_shift").press("ArrowRight")
    until(lambda: live.knobs()["input_shift"] == 0.1, "the input is shifted")
    live.page.keyboard.press("Escape")
    live.page.wait_for_url("**input_shift=0.1**")
    drawn = live.drawn()
    until(lambda: live.drawn() > drawn + 5, "some frames later")
    assert live.knobs()["input_shift"] == 0.1
