"""The player: play, pause, step, reset, new seed, speed."""

from playwright.sync_api import expect

from tests.browser.live_page import LivePage, alike
from tests.browser.serving import until


def test_it_opens_playing_and_frames_arrive_in_every_chart(live: LivePage) -> None:
    live.drawing("loss", "accuracy")
    assert live.state() == "running"
    before = {name: live.drawn(name) for name in ("ridges", "loss", "accuracy")}
    step = live.step()
    for name, count in before.items():
        until(lambda name=name, count=count: live.drawn(name) > count + 2, f"{name} goes on being drawn")
    assert live.step() > step
    heights = {point.split(",")[1] for point in live.ridge(1).replace("M", "L").split("L") if point}
    assert len(heights) > 6 * 5  # six lines, and ridges that rise from them
    assert live.errors == []


def test_pause_stops_and_play_goes_on(live: LivePage) -> None:
    stands = live.pause()
    live.page.wait_for_timeout(300)  # time in which steps would be made if they were
    assert live.step() == stands
    live.press("play")
    until(lambda: live.step() > stands, "the run goes on")
    assert live.state() == "running"


def test_step_makes_one_step(live: LivePage) -> None:
    stands = live.pause()
    live.press("step")
    until(lambda: live.step() != stands, "a step is drawn")
    assert live.step() == stands + 1


def test_reset_starts_from_step_0_with_the_same_networks(live: LivePage) -> None:
    live.pause()
    live.press("reset")
    until(lambda: live.step() == 0, "step 0 is drawn")
    first = live.outlines(5)
    live.press("play")
    until(lambda: live.step() > 20, "the run goes on")
    live.pause()
    assert not alike(live.outlines(5), first)
    live.press("reset")
    until(lambda: live.step() == 0, "step 0 is drawn again")
    until(lambda: alike(live.outlines(5), first), "the ridges of the start are back")


def test_new_seed_gives_other_networks_and_stands_in_the_url(live: LivePage) -> None:
    token = live.token()
    live.press("new-seed")
    live.page.wait_for_url("**seed=1**")
    until(lambda: live.token() != token, "there is another run")
    until(lambda: live.step() > 0, "it is drawn")


def test_a_slow_run_shows_every_step(live: LivePage) -> None:
    live.player.locator("select").select_option("5 steps/s")
    steps = live.page.evaluate("""() => new Promise(resolve => {
        const chart = document.querySelector('[data-chart=ridges]'), seen = []
        new MutationObserver((_, observer) => {
            const step = Number(chart.dataset.step)
            if (step !== seen.at(-1)) seen.push(step)
            if (seen.length > 4) { observer.disconnect(); resolve(seen) }
        }).observe(chart, { attributes: true, attributeFilter: ['data-step'] })
    })""")
    last = steps[-4:]
    assert last == list(range(last[0], last[0] + 4))


def test_a_batch_of_one_waits_and_says_why(live: LivePage) -> None:
    slider = live.slider("batch_size")
    slider.focus()
    slider.press("Home")
    until(lambda: live.state() == "waiting", "the run waits")
    expect(live.player).to_contain_text("A batch of 1 has no variance")
    slider.press("End")
    until(lambda: live.state() == "running", "the run goes on")


def test_divergence_is_named_and_the_finite_arm_goes_on(live: LivePage) -> None:
    live.open("/covariate_shift?init=gain&learning_rate=2")
    until(lambda: "No normalization: diverged at step" in live.player.inner_text(), "the plain arm diverges")
    step = live.step()
    until(lambda: live.step() > step, "the arm with batch norm goes on")


def test_a_new_run_goes_on_as_slowly_as_the_last_one(live: LivePage) -> None:
    live.player.locator("select").select_option("5 steps/s")
    token = live.token()
    live.press("new-seed")
    live.url_has("seed=1")
    until(lambda: live.token() != token and 0 < live.step() < 20, "the new run is drawn")
    assert live.player.locator("select").input_value() == "5 steps/s"
    slow = live.page.evaluate("""() => new Promise(resolve => {
        const chart = document.querySelector('[data-chart=ridges]'), start = Number(chart.dataset.step)
        setTimeout(() => resolve(Number(chart.dataset.step) - start), 1000)
    })""")
    assert slow < 20  # at the opening speed it would be 60


def test_a_paused_page_stays_paused_with_a_new_seed(live: LivePage) -> None:
    live.pause()
    live.press("new-seed")
    live.url_has("seed=1")
    until(lambda: live.step() == 0, "the new run stands at its start")
    assert live.state() == "paused"


def test_pausing_at_a_batch_of_one_is_not_a_dead_button(live: LivePage) -> None:
    live.pause()
    live.slider("batch_size").focus()
    live.slider("batch_size").press("Home")
    until(lambda: live.state() == "waiting", "the run waits")
    expect(live.player.locator("button[data-act=play]")).to_be_visible()
    live.press("play")
    expect(live.player.locator("button[data-act=pause]")).to_be_visible()


def test_keys_play_pause_step_and_pin(live: LivePage) -> None:
    until(lambda: live.step() > 10, "the run has gone some way")
    live.page.keyboard.press(" ")
    until(lambda: live.state() == "paused", "the space pauses")
    stands = live.run_to(0)
    live.page.keyboard.press(".")
    until(lambda: live.step() == stands + 1, "the point makes one step")
    live.page.keyboard.press("g")
    expect(live.player.locator(".ghost")).to_have_text(f"dashed: pinned step {stands + 1}")
    live.page.keyboard.press("g")
    live.page.keyboard.press("ArrowLeft")
    until(lambda: live.viewed() not in ("live", str(stands + 1)), "an arrow looks back")
    start = int(live.viewed() or 0)
    live.page.keyboard.press("n")
    until(lambda: live.viewed() == "live" and live.state() == "running", "n goes on from there")
    until(lambda: live.step() >= start, "it is drawn")


def test_keys_are_the_field_s_or_the_slider_s_that_has_the_focus(live: LivePage) -> None:
    stands = live.pause()
    for field in (live.slider("gamma"), live.page.locator(".st-key-seed input")):
        field.focus()
        for key in (" ", ".", "l", "g", "n", "ArrowLeft"):
            live.page.keyboard.press(key)
    live.player.locator("button[data-act=pin]").focus()  # a press that acts, to wait for
    live.page.keyboard.press("g")
    expect(live.player.locator(".ghost")).to_have_text(f"dashed: pinned step {stands}")
    assert (live.state(), live.viewed(), live.step()) == ("paused", "live", stands)


def test_defaults_put_the_settings_back_but_not_what_is_shown(live: LivePage) -> None:
    live.open("/covariate_shift?setting=high_rate&init=gain&learning_rate=2&gamma=2&affine=held&panels=updates")
    expect(live.page.get_by_text("A learning rate that only batch norm survives.")).to_be_visible()
    live.press("defaults")
    until(lambda: {"gamma": 1, "learning_rate": 0.1, "affine": "learned"}.items() <= live.knobs().items(), "the knobs")
    until(lambda: live.page.url.partition("?")[2] == "panels=updates", "the address asks for the panel alone")
    expect(live.page.get_by_text("A learning rate that only batch norm survives.")).to_have_count(0)
    assert live.slider("gamma").input_value() == "1"
