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


def test_a_button_re_estimates_the_statistics_in_the_charts_and_in_the_url_and_takes_it_back(trained: LivePage) -> None:
    x, y = grab(trained, "momentum")
    trained.page.mouse.move(x - 200, y, steps=8)
    trained.page.mouse.up()
    trained.url_has("momentum=0.001")
    until(lambda: knobs(trained, "momentum").get("momentum") == 0.001, "the smallest momentum is in force")
    (before,) = trained.traces("momentum", "y")[-1]["y"]
    trained.page.get_by_role("button", name="Re-estimate the statistics").click()
    trained.url_has("statistics=re-estimated", "momentum=0.001", "gain=0.3")
    until(lambda: knobs(trained, "momentum").get("statistics") == "re-estimated", "re-estimated statistics")
    (after,) = trained.traces("momentum", "y")[-1]["y"]
    assert after > before + 0.1
    until(lambda: "After one pass in train mode" in trained.text("stored_words"), "before and after in words")
    for share in (before, after):
        assert f"{100 * share:.1f}%" in trained.text("stored_words")
    trained.slider("unit").focus()
    trained.slider("unit").press("ArrowRight")
    trained.url_has("unit=2", "statistics=re-estimated", "momentum=0.001")  # other controls leave it alone
    trained.page.reload()
    until(lambda: knobs(trained, "momentum").get("statistics") == "re-estimated", "a link opens it")
    trained.page.get_by_role("button", name="Back to those of training").click()
    until(lambda: "statistics" not in trained.page.evaluate("location.href"), "the address is as before")
    until(lambda: knobs(trained, "momentum").get("statistics") == "running", "running statistics")
    assert trained.errors == []


def test_dragged_down_to_a_batch_of_one_train_mode_has_no_answer_and_says_why(trained: LivePage) -> None:
    trained.slider("test_batch").scroll_into_view_if_needed()
    until(lambda: trained.drawn("modes"), "the chart is drawn")
    x, y = grab(trained, "test_batch")
    trained.page.mouse.move(x - 300, y, steps=8)
    until(lambda: knobs(trained, "modes").get("test_batch") == 1, "a batch of one, before release")
    trained.page.mouse.up()
    trained.url_has("test_batch=1")
    until(lambda: "PyTorch refuses it" in trained.text("mode_words"), "the words have followed")
    assert "Expected more than 1 value per channel" in trained.text("mode_words")
    numbers = trained.chart("modes").locator(".textpoint")
    until(lambda: [text.strip() for text in numbers.all_text_contents()[1:3]] == ["–", "–"], "none for train mode")
    assert all("%" in text for text in numbers.all_text_contents()[::3])
    assert trained.errors == []


def test_a_convolution_is_trained_when_it_is_asked_for_and_its_kernels_follow_the_hand(trained: LivePage) -> None:
    trained.page.locator(".st-key-folded button", has_text="convolution").click()
    trained.url_has("folded=convolution")
    until(lambda: "All three convolutions folded" in trained.text("fold_words"), "it is trained, and folded", 60)
    assert trained.player.get_attribute("data-state") == "still"
    trained.slider("folded_channel").scroll_into_view_if_needed()
    until(lambda: trained.drawn("kernel") and trained.drawn("folding"), "both charts are drawn")
    words = trained.chart("kernel").locator(".textpoint")
    until(lambda: words.count() == 19, "nine weights, nine after, and the factor")
    before = words.all_text_contents()
    x, y = grab(trained, "folded_channel")
    trained.page.mouse.move(x + 60, y, steps=4)
    until(lambda: knobs(trained, "kernel").get("folded_channel", 1) > 1, "another channel, before release")
    until(lambda: words.all_text_contents() != before, "its numbers")
    assert "folded_channel" not in trained.page.url
    trained.page.mouse.up()
    trained.url_has("folded_channel=", "folded=convolution")
    picture = trained.chart("folding").locator("image").first.get_attribute("href")
    trained.slider("folded_layer").focus()
    trained.slider("folded_layer").press("ArrowLeft")
    until(lambda: knobs(trained, "folding").get("folded_layer") == 1, "the first convolution, of one input")
    until(lambda: trained.chart("folding").locator("image").first.get_attribute("href") != picture, "its kernels")
    assert trained.errors == []
