"""The player: play, pause, step, reset, new seed, speed."""

from playwright.sync_api import expect

from tests.browser.live_page import LivePage
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
    first = live.ridge(1)
    live.press("play")
    until(lambda: live.step() > 20, "the run goes on")
    live.pause()
    assert live.ridge(1) != first
    live.press("reset")
    until(lambda: live.step() == 0, "step 0 is drawn again")
    until(lambda: live.ridge(1) == first, "the ridges of the start are back")


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
    live.press("new-seed")
    live.url_has("seed=1")
    until(lambda: 0 < live.step() < 20, "the new run is drawn")
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
