"""A class that watches: what they see, and that they change nothing."""

from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until


def test_who_opens_the_watch_link_sees_every_change_and_can_make_none(
    new_page: Callable[[], Page], server: Server
) -> None:
    teacher = LivePage(new_page(), server.url).open("/covariate_shift?depth=3")
    teacher.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    teacher.press("share")
    expect(teacher.player).to_contain_text("The link is copied")
    link = teacher.page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{server.url}/watch?")
    assert teacher.token() not in link

    student = LivePage(new_page(), server.url).open(link.removeprefix(server.url))
    expect(student.page.locator("input[type=range]")).to_have_count(1)  # the timeline
    expect(student.player.locator("button:visible")).to_have_text(["Live", "Pin"])
    student.page.keyboard.press("Space")  # a key of the player, which here does nothing
    teacher.page.bring_to_front()
    teacher.slider("gamma").focus()
    teacher.slider("gamma").press("End")
    until(lambda: teacher.knobs()["gamma"] == 5, "the teacher sees the change")
    student.page.bring_to_front()
    until(lambda: student.knobs()["gamma"] == 5, "the student sees the change")
    assert student.state() == "running"

    teacher.page.bring_to_front()
    teacher.slider("depth").focus()
    teacher.slider("depth").press("ArrowRight")
    teacher.page.wait_for_url("**depth=4**")
    student.page.bring_to_front()
    student.page.wait_for_url("**depth=4**")
    student.drawing()
    expect(student.chart().locator(".ytick")).to_have_count(4)
    assert student.errors == teacher.errors == []


def test_a_link_whose_run_has_ended_says_so(new_page: Callable[[], Page], server: Server) -> None:
    page = new_page()
    page.goto(f"{server.url}/watch?{urlencode({'token': 'x' * 32})}")
    expect(page.get_by_test_id("live-player")).to_have_attribute("data-state", "closed")
    expect(page.get_by_test_id("live-player")).to_contain_text("Ended. There is no run with this token")
