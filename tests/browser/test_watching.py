"""A class that watches: what they see, and that they change nothing."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until

TURNS = {  # a page: a chart in sight and the others on it; a slider of a knob, and one with which a run starts anew
    "gradients": ("signal", {"gradients", "growth", "flat", "updates", "weight_gradients"}, "gamma", "depth"),
    "convolution": ("maps", {"picture", "channels", "loss", "accuracy", "block"}, "learning_rate", "depth"),
    "transform": ("walk", {"mates", "bound", "terms", "scaling"}, "gamma", ""),
    "inference": ("unit", {"momentum", "modes", "shift", "images", "folding"}, "momentum", "batch_size"),
}


def link_of(teacher: LivePage) -> str:
    """What “Watch link” copies, without the server."""
    teacher.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=teacher.url)
    teacher.page.bring_to_front()
    teacher.press("share")
    expect(teacher.player).to_contain_text("The link is copied")
    link = str(teacher.page.evaluate("navigator.clipboard.readText()"))
    assert link.startswith(teacher.url)
    return link.removeprefix(teacher.url)


def turn(live: LivePage, slider: str, key: str = "ArrowRight") -> None:
    """Move a slider by one place."""
    live.page.bring_to_front()
    live.slider(slider).focus()
    live.slider(slider).press(key)


def told(live: LivePage, setting: str) -> str:
    return live.page.locator(f"output[data-setting={setting}]").inner_text()


def own_link(live: LivePage) -> dict[str, list[str]]:
    """What the link to a run of one's own asks for, by name."""
    return parse_qs(urlsplit(str(live.page.locator("a.bnviz-own").evaluate("link => link.href"))).query)


def changes_nothing(student: LivePage) -> bool:
    return {message["type"] for message in student.sent} <= {"watch", "ready", "away", "look", "history", "ping"}


def test_who_opens_the_watch_link_sees_every_change_and_can_make_none(
    new_page: Callable[[], Page], server: Server
) -> None:
    teacher = LivePage(new_page(), server.url).open("/covariate_shift?depth=3&panels=loss&panels=percentiles")
    link = link_of(teacher)
    assert link.startswith("/covariate_shift?depth=3&panels=loss&panels=percentiles&token=")
    assert (teacher.token() or "?") not in link

    student = LivePage(new_page(), server.url).open(link)
    expect(student.page.locator("input[type=range]")).to_have_count(1)  # the timeline
    expect(student.player.locator("button:visible")).to_have_text(["Live", "Pin"])
    student.page.keyboard.press("Space")  # a key of the player, which here does nothing
    turn(teacher, "gamma", "End")
    until(lambda: teacher.knobs()["gamma"] == 5, "the teacher sees the change")
    student.page.bring_to_front()
    until(lambda: student.knobs()["gamma"] == 5, "the student sees the change")
    assert (told(student, "gamma"), told(student, "affine"), told(student, "depth")) == ("5", "held", "3")
    assert student.state() == "running"
    until(lambda: own_link(student).get("gamma") == ["5"], "the link to a run of one's own has the change")

    turn(teacher, "unit")  # by which a chart is named
    student.page.bring_to_front()
    expect(student.chart("percentiles")).to_contain_text("unit 1 of layer 3")

    teacher.page.bring_to_front()
    teacher.press("new-seed")
    student.page.bring_to_front()
    until(lambda: told(student, "seed") == "1", "the student is told of the seed")
    asks = {"depth": ["3"], "gamma": ["5"], "affine": ["held"], "unit": ["1"], "seed": ["1"]}
    until(lambda: own_link(student) == {"panels": ["loss", "percentiles"], **asks}, "the link has seed and knobs")

    turn(teacher, "depth")
    student.page.bring_to_front()
    student.page.wait_for_url("**depth=4**")
    assert "panels=loss&panels=percentiles" in student.page.url
    student.drawing()
    expect(student.chart().locator(".ytick")).to_have_count(4)
    until(lambda: told(student, "depth") == "4", "the student is told of the depth")
    assert changes_nothing(student)
    assert student.errors == teacher.errors == []


@pytest.mark.parametrize("name", TURNS)
def test_who_watches_a_page_sees_that_page(name: str, new_page: Callable[[], Page], server: Server) -> None:
    chart, others, knob, structure = TURNS[name]
    teacher = LivePage(new_page(), server.url).visit(f"/{name}")
    until(lambda: teacher.drawn(chart) > 0, "the teacher's chart is drawn")
    student = LivePage(new_page(), server.url).visit(link_of(teacher))
    student.page.bring_to_front()
    until(lambda: student.drawn(chart) > 0, "the student's chart is drawn")
    names = student.page.locator("[data-testid=live-chart]").evaluate_all("all => all.map(one => one.dataset.chart)")
    assert set(names) == {chart, *others}
    expect(student.page.locator("[data-testid=stSlider]")).to_have_count(0)
    expect(student.player.locator("button:visible")).to_have_text(
        [] if name in ("transform", "inference") else ["Live", "Pin"]
    )

    before = teacher.knobs(chart)[knob]
    turn(teacher, knob)
    until(lambda: teacher.knobs(chart)[knob] != before, "the teacher sees the change")
    student.page.bring_to_front()
    until(lambda: student.knobs(chart)[knob] == teacher.knobs(chart)[knob], "the student sees the change")
    assert float(told(student, knob)) == student.knobs(chart)[knob]
    if structure:
        stood = told(student, structure)
        turn(teacher, structure)
        student.page.bring_to_front()
        expect(student.page.locator(f"output[data-setting={structure}]")).not_to_have_text(stood)  # loaded anew
        until(lambda: student.drawn(chart) > 0, "the student's chart is drawn")
    assert changes_nothing(student)
    assert student.errors == teacher.errors == []


def test_an_axis_that_another_axis_replaces_is_replaced_for_who_watches(
    new_page: Callable[[], Page], server: Server
) -> None:
    teacher = LivePage(new_page(), server.url).visit("/inference?steps=30")
    student = LivePage(new_page(), server.url).visit(link_of(teacher))
    student.page.bring_to_front()
    expect(student.chart("shift")).to_contain_text("gain ×")
    teacher.page.bring_to_front()
    teacher.page.locator(".st-key-swept button", has_text="rotation").click()
    student.page.bring_to_front()
    expect(student.chart("shift")).to_contain_text("rotation in degrees")
    assert told(student, "swept") == "rotation"


def test_a_link_of_another_page_s_run_says_so(new_page: Callable[[], Page], server: Server) -> None:
    teacher = LivePage(new_page(), server.url).visit("/transform")
    link = link_of(teacher).replace("transform", "covariate_shift")
    student = LivePage(new_page(), server.url).visit(link)
    expect(student.player).to_have_attribute("data-state", "closed")
    expect(student.player).to_contain_text("Ended. The run of this token is that of another page")


@pytest.mark.parametrize("page", ["watch", "covariate_shift", "inference"])
def test_a_link_whose_run_has_ended_says_so(page: str, new_page: Callable[[], Page], server: Server) -> None:
    student = LivePage(new_page(), server.url).visit(f"/{page}?{urlencode({'token': 'x' * 32})}")
    expect(student.player).to_have_attribute("data-state", "closed")
    expect(student.player).to_contain_text("Ended. There is no run with this token")
