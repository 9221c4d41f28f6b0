"""Runs and pages: tabs, links, refreshes, themes, lost servers."""

import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from bnviz.config import FIELDS
from tests.browser.live_page import LivePage
from tests.browser.serving import Server, lives, until


def test_two_tabs_are_two_runs(new_page: Callable[[], Page], server: Server) -> None:
    first = LivePage(new_page(), server.url).open()
    second = LivePage(new_page(), server.url).open()
    assert first.token() != second.token()
    first.page.bring_to_front()
    stands = first.pause()
    second.page.bring_to_front()
    step = second.step()
    until(lambda: second.step() > step, "the other run goes on")
    first.page.bring_to_front()
    assert first.step() == stands


def test_a_refresh_finds_its_run(live: LivePage) -> None:
    until(lambda: live.step() > 30, "the run has gone some way")
    stands, token = live.pause(), live.token()
    live.page.reload()
    live.drawing()
    assert live.token() == token
    assert live.step() == stands
    assert live.state() == "paused"


def test_a_copied_tab_gets_a_run_of_its_own(live: LivePage, server: Server) -> None:
    token = live.token()
    with live.page.expect_popup() as popup:
        live.page.evaluate("void window.open('about:blank')")  # begins with a copy of the tab's storage
    copy = LivePage(popup.value, server.url)
    copy.page.add_init_script("performance.getEntriesByType = () => [{ type: 'reload' }]")  # no link was followed
    copy.open()
    try:
        assert {message["token"] for message in copy.sent if message["type"] == "open"} == {token}  # a copy indeed
        assert copy.token() not in (None, token)
        copy.page.reload()
        own, step = copy.token(), live.step()
        copy.drawing()
        assert copy.token() == own
        live.page.bring_to_front()
        until(lambda: live.step() > step, "the first run goes on")
        assert live.token() == token
    finally:
        copy.page.close()


def test_a_deep_link_opens_its_setting_on_a_fresh_server(page: Page, tmp_path: Path) -> None:
    server = Server(log=tmp_path / "log")
    try:
        live = LivePage(page, server.url).open(
            "/covariate_shift?gamma=2&affine=held&depth=3&normalizers=none&normalizers=batch&normalizers=layer"
        )
        assert live.knobs()["gamma"] == 2
        labels = live.chart().locator(".ytick").all_text_contents()
        assert labels == ["layer 1", "layer 2", "layer 3"]
        expect(live.chart().locator(".annotation", has_text="Layer norm")).to_have_count(1)
        assert "gamma=2" in page.url
    finally:
        server.end()


def test_the_front_page_forwards_with_its_parameters(page: Page, server: Server) -> None:
    live = LivePage(page, server.url).open("/?gamma=2&affine=held")
    page.wait_for_url("**/covariate_shift?**")
    assert live.knobs()["gamma"] == 2


def test_a_link_with_nonsense_is_mended_and_says_so(page: Page, server: Server) -> None:
    live = LivePage(page, server.url).open("/covariate_shift?gamma=99&depth=x&dataset=cats&eps=nan&nonsense=1")
    assert live.knobs()["gamma"] == 5
    page.wait_for_url("**gamma=5**")
    for part in ("γ: the link asks for 99,", "Depth: the link asks for x,", "Dataset", "ε", "nonsense"):
        expect(page.get_by_test_id("stAlert").filter(has_text=part)).to_have_count(1)
    assert "nonsense" not in page.url


def test_a_link_made_to_do_harm_runs_nothing(page: Page, server: Server) -> None:
    harms = [
        "<script>window.harmed=1</script>", "<img src=x onerror=window.harmed=1>", "[x](javascript:window.harmed=1)",
        "`</code><svg onload=window.harmed=1>",
    ]  # fmt: skip
    asked = [(name, harms[k % len(harms)]) for k, name in enumerate([*FIELDS, *harms])]
    more = [("gamma", "2"), ("nonsense", "<b>" + "x" * 30_000)]
    live = LivePage(page, server.url)
    page.goto(f"{server.url}/covariate_shift?" + urlencode([*asked, *more]))
    live.chart().scroll_into_view_if_needed()  # below a long list of what was mended
    live.drawing()
    for harm in harms:
        shown = harm.replace("`", "'")[:39]
        expect(page.get_by_test_id("stAlert").filter(has_text=shown)).to_have_count(1)
    made = "[onerror], [onload], img[src=x], a[href^=javascript], [data-testid=stAlert] :is(script, b)"
    assert page.locator(made).count() == 0
    assert page.evaluate("window.harmed") is None
    assert live.knobs()["gamma"] == 2
    assert live.errors == []


def test_the_structure_is_in_the_sidebar_and_starts_the_run_anew(live: LivePage) -> None:
    token = live.token()
    live.slider("depth").focus()
    live.slider("depth").press("ArrowRight")
    live.page.wait_for_url("**depth=7**")
    until(lambda: live.token() != token, "there is another run")
    until(lambda: len(live.chart().locator(".ytick").all()) == 7, "seven layers are drawn")
    until(lambda: live.step() > 0, "the new run trains")


def test_switching_the_theme_keeps_the_run(live: LivePage) -> None:
    token, step = live.token(), live.step()
    background = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    colour = "document.querySelector('[data-chart=ridges] .js-line[style*=\"rgb(86, 180, 233)\"]') !== null"
    light = live.page.evaluate(background)
    assert not live.page.evaluate(colour)
    live.page.emulate_media(color_scheme="dark")
    until(lambda: live.page.evaluate(background) != light, "the page is dark")
    until(lambda: live.page.evaluate(colour), "the charts have the colours for dark pages")
    until(lambda: live.step() > step, "the run goes on")
    assert live.token() == token
    assert live.errors == []


def test_a_restarted_server_gets_the_page_back_by_itself(page: Page) -> None:
    server = Server()
    live = LivePage(page, server.url).open("/covariate_shift?gamma=2&affine=held")
    token = live.token()
    server.end()
    until(lambda: live.state() == "connecting", "the page knows that the server is gone")
    server = Server(server.port)
    try:
        until(lambda: live.token() != token, "the page has asked for a new run")
        drawn = live.drawn()
        until(lambda: live.drawn() > drawn, "it is drawn")
        assert live.knobs()["gamma"] == 2
    finally:
        server.end()


def test_a_killed_worker_is_replaced_under_the_page_and_the_run_goes_on_where_it_stood(
    live: LivePage, server: Server
) -> None:
    live.slider("gamma").focus()
    live.slider("gamma").press("End")
    until(lambda: live.knobs()["gamma"] == 5 and live.step() > 60, "the run has gone some way with another γ")
    live.pause()
    step, token = live.step(), live.token()
    workers = server.process.children()
    for worker in workers:
        worker.kill()
    until(lambda: live.state() == "restarting", "the page says so")
    until(lambda: live.state() == "paused" and live.step() == step, "it stands where it stood", 90)  # torch is imported
    assert (live.token(), live.knobs()["gamma"], live.knobs()["affine"]) == (token, 5, "held")
    live.press("play")
    until(lambda: live.step() > step, "it goes on")
    assert not [worker for worker in workers if lives(worker)]
    assert len(server.process.children()) == len(workers)
    assert live.errors == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_the_end_of_the_server_leaves_no_process_under_an_open_paused_page(page: Page, how: signal.Signals) -> None:
    server = Server()
    LivePage(page, server.url).open().pause()
    family = server.family()
    assert len(family) >= 3  # the server and its two workers
    assert server.end(how, seconds=2) == []
    assert not [process for process in family if lives(process)]


def test_the_page_needs_nothing_from_elsewhere(page: Page, server: Server) -> None:
    assert foreign(page, server) == []


def test_below_a_path_the_page_needs_nothing_from_above(page: Page) -> None:
    server = Server(path="/my/lab")
    try:
        assert foreign(page, server) == []
        assert server.in_use()["pages"] == 1
    finally:
        server.end()


def foreign(page: Page, server: Server) -> list[str]:
    """What a page that draws has asked for at other addresses than the server's."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url.replace("ws:", "http:")))
    live = LivePage(page, server.url).open()
    until(lambda: live.step() > 0, "it trains")
    assert f"{server.url}/live/socket" in asked
    return [url for url in asked if not url.startswith((f"{server.url}/", "data:", "blob:"))]


def test_the_server_does_not_import_torch(live: LivePage, server: Server) -> None:
    opened = {Path(mapped.path).name for mapped in server.process.memory_maps()}
    assert not [name for name in opened if "torch" in name]
    workers = [{Path(m.path).name for m in child.memory_maps()} for child in server.process.children()]
    assert any("torch" in name for names in workers for name in names)


def test_charts_follow_the_width_of_their_place(live: LivePage) -> None:
    width = "document.querySelector('[data-chart=ridges] .main-svg').clientWidth"
    before = live.page.evaluate(width)
    live.page.get_by_test_id("stSidebar").hover()
    live.page.get_by_test_id("stSidebarCollapseButton").locator("button").click()
    until(lambda: live.page.evaluate(width) > before + 50, "the ridges are wider without the sidebar")
    assert live.page.evaluate(width) == live.page.evaluate("document.querySelector('[data-chart=ridges]').clientWidth")


def test_without_a_network_the_default_pair_comes_back(live: LivePage) -> None:
    live.page.locator(".st-key-normalizers").get_by_label("Clear all").click()
    for name in ("none", "batch"):
        expect(live.page.locator(".st-key-normalizers")).to_contain_text(name)
    until(lambda: "normalizers" not in live.page.evaluate("location.href"), "the address asks for no other pair")


def test_a_line_of_the_ridges_is_drawn_once(live: LivePage) -> None:
    live.slider("gamma").focus()
    live.slider("gamma").press("End")
    drawn = live.drawn()
    until(lambda: live.drawn() > drawn + 3, "some frames later")
    pieces = live.page.evaluate("""() => [...document.querySelectorAll('[data-chart=ridges] .scatterlayer > .trace')]
        .map(group => [...group.querySelectorAll('.js-line')].map(line => line.getAttribute('d')).join('').split('M'))
        .map(moves => moves.length - 1).filter(count => count > 0)""")
    assert pieces == [6] * 6  # of each network: before normalization, now, and the ghost
