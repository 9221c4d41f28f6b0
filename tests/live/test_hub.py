"""Who is running and who watches, with workers that only note what they are told."""

import asyncio
import dataclasses
import json

import pytest

from bnviz import Config
from bnviz.live.hub import SILENT, FullError, Hub, NoTableError
from bnviz.live.limits import Limits
from bnviz.live.table_store import tables
from bnviz.live.viewer import Viewer
from tests.live.conftest import Clock

PATIENCE = 30  # seconds until a test gives up waiting
DRIFT, LOSS = frozenset({"drift"}), frozenset({"train_loss"})
ALL = DRIFT | LOSS
ASLEEP_AFTER, DROPPED_AFTER = Limits().asleep_after, Limits().dropped_after


class FakeWorker:
    """Notes what it is told and how often it was started."""

    def __init__(self, ready=True):
        self.ready = asyncio.Event()
        self.starts, self.stopped, self.failures, self.begun = 0, False, 0, False
        self.messages, self.silent = [], 0
        if ready:
            self.ready.set()

    def send(self, message, payload=b""):
        json.dumps(message, allow_nan=False)  # it could go over a pipe
        self.messages.append(message | {"payload": payload} if payload else message)

    async def start(self):
        self.starts += 1
        self.begun = True
        self.ready.set()

    def look_after(self, patience):
        assert patience == Limits().hung_after

    async def stop(self):
        self.stopped, self.begun = True, False

    def told(self, run):
        """What it was told about a run since it was last asked."""
        mine = [message for message in self.messages if message["run"] == run.token]
        self.messages = [message for message in self.messages if message["run"] != run.token]
        return [{name: value for name, value in message.items() if name != "run"} for message in mine]


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for module in ("hub", "run"):
        monkeypatch.setattr(f"bnviz.live.{module}.monotonic", clock)
    return clock


def hub_with(**limits):
    """A hub with two workers that only note what they are told."""
    hub = Hub(Limits(**limits))
    hub.workers, hub.heavy = [FakeWorker(), FakeWorker()], FakeWorker()
    return hub


@pytest.fixture
def hub():
    return hub_with()


@pytest.fixture
def run(hub):
    """A run that has just been opened."""
    run = hub.open(Config(seed=5))
    run.worker.told(run)
    return run


def join(run, count):
    """Viewers of a run who have seen where it stands."""
    viewers = [Viewer() for _ in range(count)]
    for viewer in viewers:
        run.join(viewer)
        run.want(viewer, DRIFT, again=False)
    run.deliver(b"the first", ALL)
    for viewer in viewers:
        assert got(viewer) == [b"the first"]
    run.worker.told(run)
    return viewers


def joined(run):
    """The one viewer of a run, who has seen where it stands."""
    (viewer,) = join(run, 1)
    return viewer


def got(viewer):
    """What is on the way to a viewer."""
    items = []
    while not viewer.outbox.empty():
        items.append(asyncio.run(viewer.take()))
    return items


# ---------------------------------------------------------------------- runs and tokens


def test_opening_a_run_tells_a_worker_all_of_the_config(hub):
    config = Config(gamma=2.0, affine="held", normalizers=("none", "layer"))
    run = hub.open(config)
    (message,) = run.worker.told(run)
    assert message == {"do": "open", "config": dataclasses.asdict(config), "generation": 0}
    assert Config.from_dict(json.loads(json.dumps(message["config"]))) == config


def test_tokens_are_long_distinct_and_each_for_its_own(hub):
    runs = [hub.open(Config()) for _ in range(hub.limits.runs)]
    tokens = [token for run in runs for token in (run.token, run.watch_token)]
    assert len(set(tokens)) == 2 * len(runs)
    assert min(map(len, tokens)) >= 32  # 24 random bytes
    for run in runs:
        assert hub.find(run.token) is run
        assert hub.find_watched(run.watch_token) is run
        assert hub.find(run.watch_token) is None
        assert hub.find_watched(run.token) is None
    assert hub.find("") is None
    assert hub.find_watched("") is None


def test_equal_configs_give_unequal_tokens():
    """Tokens come from the system's own randomness: no seed repeats them."""
    tokens = set()
    for _ in range(2):
        hub = Hub(Limits(workers=1))
        hub.workers = [FakeWorker()]
        run = hub.open(Config(seed=1))
        tokens |= {run.token, run.watch_token}
    assert len(tokens) == 4


def test_runs_are_shared_out_evenly(hub):
    runs = [hub.open(Config()) for _ in range(6)]
    assert [sum(run.worker is worker for run in runs) for worker in hub.workers] == [3, 3]
    for run in [run for run in runs if run.worker is hub.workers[0]][:2]:
        hub.close(run)
    for _ in range(2):
        assert hub.open(Config()).worker is hub.workers[0]


def test_a_worker_that_is_ready_is_preferred(hub):
    hub.workers[0].ready.clear()
    assert [hub.open(Config()).worker for _ in range(2)] == [hub.workers[1]] * 2


def test_a_full_server_says_how_many_it_carries_and_what_to_do():
    hub = hub_with(runs=3)
    runs = [hub.open(Config()) for _ in range(3)]
    for run in runs:
        run.join(Viewer())
    with pytest.raises(FullError, match=r"3 runs.*Close a page"):
        hub.open(Config())
    assert list(hub.runs.values()) == runs  # nobody else's run is touched
    hub.close(runs[0])
    assert runs[0].worker.told(runs[0])[-1] == {"do": "close"}
    assert hub.open(Config()).token in hub.runs


def test_on_a_full_server_the_run_that_was_left_first_makes_room(clock):
    hub = hub_with(runs=3)
    watched, first, second = (hub.open(Config()) for _ in range(3))
    watched.join(Viewer())
    for run in (first, second):
        clock.now += 1
        run.watched = clock.now
    new = hub.open(Config())
    assert list(hub.runs.values()) == [watched, second, new]
    assert first.worker.told(first)[-1] == {"do": "close"}


def test_each_viewer_gets_the_frames_that_have_its_fields(hub, run):
    drift, loss = joined(run), joined(run)
    run.want(drift, DRIFT, again=False)
    run.deliver(b"without the loss", DRIFT)
    run.want(loss, LOSS, again=False)
    run.want(drift, DRIFT, again=False)
    run.deliver(b"drift alone", DRIFT)
    assert got(loss) == []
    assert run.asked == LOSS  # who still waits is asked for again
    run.deliver(b"loss alone", LOSS)
    assert got(loss) == [b"loss alone"]


def test_who_asks_without_reading_gets_one_frame_and_no_more(hub, run):
    greedy = joined(run)
    for number in range(50):
        run.want(greedy, DRIFT, again=False)
        run.deliver(b"%d" % number, DRIFT)
    assert len(got(greedy)) == 1


def test_a_copied_tab_is_told_from_a_page_that_comes_back(hub, run):
    viewer = joined(run)
    viewer.page, viewer.controls = "first", True
    assert run.held_by_other("second")
    assert not run.held_by_other("first")
    viewer.hide()  # as a tab does that was copied: the copy lies before it
    assert run.held_by_other("second")
    run.leave(viewer)
    assert not run.held_by_other("second")


def test_closing_twice_tells_the_worker_once(hub, run):
    hub.close(run)
    hub.close(run)
    assert run.worker.told(run) == [{"do": "close"}]


def test_a_run_on_the_users_own_table_is_opened_with_it(hub, own_table):
    tables().put(own_table)
    run = hub.open(Config(dataset="table", table=own_table.digest), speed=5)
    (told,) = run.worker.told(run)
    assert (told["do"], told["speed"], told["config"]["table"]) == ("open", 5, own_table.digest)
    assert told["payload"] == own_table.to_bytes()


def test_another_run_is_opened_without_a_table(hub, own_table):
    tables().put(own_table)
    run = hub.open(Config(table=own_table.digest))
    (told,) = run.worker.told(run)
    assert "payload" not in told


@pytest.mark.parametrize("digest", ["", "0" * 32])
def test_a_run_whose_table_is_not_there_is_not_opened_and_closes_no_other(digest):
    hub = hub_with(runs=1)
    other = hub.open(Config())
    with pytest.raises(NoTableError, match=r"^The server holds this table no more\. Choose the file, or .* again\.$"):
        hub.open(Config(dataset="table", table=digest))
    assert list(hub.runs.values()) == [other]


# ---------------------------------------------------------------------- changes


def test_a_change_is_checked_noted_and_sent_with_its_number(run):
    run.change({"gamma": 3, "batch_size": 8.0}, seq=12)
    assert run.worker.told(run) == [{"do": "change", "knobs": {"gamma": 3.0, "batch_size": 8}, "seq": 12}]
    assert (run.config.gamma, run.config.batch_size, run.config.seed) == (3.0, 8, 5)


@pytest.mark.parametrize("knobs", [{"gamma": 99}, {"depth": 3}, {"nothing": 1}, {"gamma": 2, "eps": float("nan")}])
def test_a_change_that_is_not_allowed_changes_nothing(run, knobs):
    with pytest.raises(ValueError, match=list(knobs)[-1]):
        run.change(knobs, seq=1)
    assert run.worker.told(run) == []
    assert run.config == Config(seed=5)


# ---------------------------------------------------------------------- frames


def test_the_newest_frame_goes_to_all_who_wait(hub, run):
    *waiting, drawing = join(run, 4)
    for viewer in waiting:
        run.want(viewer, DRIFT, again=False)
    hub._heard(run.worker, {"type": "frame", "run": run.token, "fields": sorted(ALL), "step": 3}, b"new")
    assert [got(viewer) for viewer in waiting] == [[b"new"]] * 3
    assert got(drawing) == []
    hub._heard(run.worker, {"type": "frame", "run": run.token, "fields": sorted(ALL), "step": 3}, b"newer")
    assert all(got(viewer) == [] for viewer in [*waiting, drawing])  # nobody has asked again


def test_many_who_wait_ask_the_worker_once(run):
    viewers = join(run, 4)
    for viewer in viewers:
        run.want(viewer, DRIFT, again=False)
    assert run.worker.told(run) == [{"do": "want", "fields": ["drift"]}]
    run.deliver(b"", ALL)
    run.want(viewers[0], DRIFT, again=False)
    assert run.worker.told(run) == [{"do": "want", "fields": ["drift"]}]


def test_the_worker_is_asked_for_all_that_anybody_waits_for(run):
    one, other = join(run, 2)
    run.want(one, DRIFT, again=False)
    run.want(other, LOSS, again=False)
    assert run.worker.told(run) == [
        {"do": "want", "fields": ["drift"]}, {"do": "want", "fields": ["drift", "train_loss"]},
    ]  # fmt: skip


def test_who_missed_a_frame_is_shown_it_again(run):
    """A page that drew while the last frame of a run was made: a paused run makes no other by itself."""
    viewer, other = join(run, 2)
    run.want(other, DRIFT, again=False)
    run.deliver(b"missed by one", ALL)
    run.worker.told(run)
    run.want(viewer, DRIFT, again=False)
    assert run.worker.told(run) == [{"do": "show"}, {"do": "want", "fields": ["drift"]}]
    run.deliver(b"shown again", ALL)
    assert got(viewer) == [b"shown again"]
    run.want(viewer, DRIFT, again=False)
    assert run.worker.told(run) == [{"do": "want", "fields": ["drift"]}]  # it has missed nothing since


def test_who_comes_to_a_paused_run_sees_where_it_stands(run):
    viewer = Viewer()
    run.join(viewer)
    run.want(viewer, DRIFT, again=False)
    assert {"do": "show"} in run.worker.told(run)


def test_again_shows_also_what_is_not_new(run):
    viewer = joined(run)
    run.want(viewer, DRIFT, again=True)
    assert run.worker.told(run) == [{"do": "show"}, {"do": "want", "fields": ["drift"]}]


def test_words_of_a_worker_about_runs_that_are_gone_are_passed_over(hub, run):
    viewer = joined(run)
    hub.close(run)
    got(viewer)
    for header in (
        {"type": "frame", "run": run.token, "fields": sorted(ALL), "step": 3},
        {"type": "failed", "run": "?", "message": "m"},
        {"type": "x"},
    ):
        hub._heard(run.worker, header, b"")
    assert got(viewer) == []


# ---------------------------------------------------------------------- what is kept to look back at


def test_the_worker_keeps_what_anybody_looks_at_and_hears_of_it_when_that_changes(run):
    one, other = join(run, 2)
    run.look(one, DRIFT)
    assert run.worker.told(run) == [{"do": "look", "fields": ["drift"]}]
    run.look(other, LOSS)
    assert run.worker.told(run) == [{"do": "look", "fields": ["drift", "train_loss"]}]
    run.look(other, ALL)
    assert run.worker.told(run) == []
    run.look(one, frozenset())
    run.look(other, LOSS)
    assert run.worker.told(run) == [{"do": "look", "fields": ["train_loss"]}]


def test_what_one_who_leaves_looked_at_is_kept_no_more(run):
    one, other = join(run, 2)
    run.look(one, DRIFT)
    run.look(other, LOSS)
    run.worker.told(run)
    run.leave(one)
    assert run.worker.told(run) == [{"do": "look", "fields": ["train_loss"]}]
    assert run.viewers == {other}


def test_what_the_last_one_looked_at_is_kept_until_somebody_comes_and_says(run):
    """A page that is loaded anew: the run goes on for a while meanwhile."""
    viewer = joined(run)
    run.look(viewer, ALL)
    run.leave(viewer)
    back = Viewer()
    run.join(back)
    assert {message["do"] for message in run.worker.told(run)} == {"look"}
    run.look(back, DRIFT)
    assert run.worker.told(run) == [{"do": "look", "fields": ["drift"]}]


def test_a_viewer_brings_nothing_along_from_another_run(hub, run):
    viewer, other = joined(run), hub.open(Config())
    run.look(viewer, DRIFT)
    run.look_back(viewer, 30)
    run.leave(viewer)
    other.join(viewer)
    run.deliver_rows(b"rows of the run before", 30)
    assert got(viewer) == []
    second = joined(other)
    other.look_back(viewer, 30)
    other.look(second, LOSS)
    assert other.worker.told(other) == [{"do": "history", "after": 30}, {"do": "look", "fields": ["train_loss"]}]


# ---------------------------------------------------------------------- rows of the past


def rows_come(hub, run, rows, after):
    """The worker answers."""
    hub._heard(run.worker, {"type": "history", "run": run.token, "after": after}, rows)


def test_rows_go_to_who_asked_for_them_and_to_nobody_else(hub, run):
    asking, other = join(run, 2)
    run.look_back(asking, 20)
    assert run.worker.told(run) == [{"do": "history", "after": 20}]
    rows_come(hub, run, b"rows", 20)
    assert (got(asking), got(other)) == ([b"rows"], [])
    rows_come(hub, run, b"rows", 20)
    assert got(asking) == []  # it has not asked again


def test_one_answer_is_on_its_way_at_a_time(hub, run):
    viewer = joined(run)
    for after in (-1, -1, 5, 9):
        run.look_back(viewer, after)
    assert run.worker.told(run) == [{"do": "history", "after": -1}]
    rows_come(hub, run, b"rows", -1)
    run.look_back(viewer, 5)  # asks without reading
    assert run.worker.told(run) == []
    assert got(viewer) == [b"rows"]
    run.look_back(viewer, 5)
    assert run.worker.told(run) == [{"do": "history", "after": 5}]


def test_a_class_that_looks_back_together_is_answered_once(hub, run):
    viewers = join(run, 5)
    for viewer in viewers[:3]:
        run.look_back(viewer, -1)
    run.look_back(viewers[3], 40)
    assert run.worker.told(run) == [{"do": "history", "after": -1}, {"do": "history", "after": 40}]
    rows_come(hub, run, b"all", -1)
    assert [got(viewer) for viewer in viewers] == [[b"all"]] * 3 + [[], []]
    rows_come(hub, run, b"some", 40)
    assert [got(viewer) for viewer in viewers] == [[], [], [], [b"some"], []]


def test_who_asks_when_the_one_who_asked_before_has_left_is_answered(hub, run):
    gone, viewer = join(run, 2)
    run.look_back(gone, -1)
    run.leave(gone)
    run.look_back(viewer, -1)
    rows_come(hub, run, b"rows", -1)
    assert (got(gone), got(viewer)) == ([], [b"rows"])


def test_a_frame_right_behind_rows_is_not_taken_for_unread(hub, run):
    """The worker answers and shows in one breath that it is paused; the page waits for both."""
    viewer = joined(run)
    run.want(viewer, frozenset(), again=False)
    run.look_back(viewer, -1)
    rows_come(hub, run, b"rows", -1)
    run.deliver(b"paused", ALL)
    assert got(viewer) == [b"rows", b"paused"]


def test_who_looks_back_at_a_paused_run_watches_it_for_as_long_as_that_takes(hub, run, clock):
    viewer = joined(run)
    run.want(viewer, frozenset(), again=False)  # as a page does that draws rows
    run.worker.told(run)
    for _ in range(10):
        clock.now += DROPPED_AFTER / 5
        run.rest(ASLEEP_AFTER)
    assert run.worker.told(run) == []
    assert clock.now - run.watched < ASLEEP_AFTER
    assert run.held_by_other("a copied tab") is False  # it controls nothing
    viewer.controls = True
    assert run.held_by_other("a copied tab")


# ---------------------------------------------------------------------- sleep


def test_a_run_rests_when_nobody_has_watched_for_a_while(run, clock):
    viewer = joined(run)  # it has seen a frame and asks for no other: a hidden page
    clock.now += ASLEEP_AFTER - 1
    run.rest(ASLEEP_AFTER)
    assert run.worker.told(run) == []
    clock.now += ASLEEP_AFTER + 1
    run.rest(ASLEEP_AFTER)
    run.rest(ASLEEP_AFTER)
    assert run.worker.told(run) == [{"do": "sleep"}]  # once
    run.want(viewer, DRIFT, again=False)
    assert run.worker.told(run)[0] == {"do": "wake"}
    run.rest(ASLEEP_AFTER)
    assert run.worker.told(run) == []


def test_a_run_rests_when_its_last_viewer_has_gone(run, clock):
    run.leave(joined(run))
    clock.now += 2 * ASLEEP_AFTER
    run.rest(ASLEEP_AFTER)
    assert run.worker.told(run) == [{"do": "sleep"}]
    run.join(Viewer())
    assert run.worker.told(run) == [{"do": "wake"}]


def test_who_waits_for_a_frame_watches_however_long_it_takes(run, clock):
    viewer = joined(run)
    run.want(viewer, DRIFT, again=False)
    run.worker.told(run)
    for _ in range(10):
        clock.now += 10 * ASLEEP_AFTER  # paused, so that no frame comes
        run.rest(ASLEEP_AFTER)
    assert run.worker.told(run) == []
    assert clock.now - run.watched < ASLEEP_AFTER


def test_a_run_that_nobody_wakes_is_dropped_and_others_stay(hub, clock, monkeypatch):
    """The hub's own round of every second, without its waiting."""
    sleep = asyncio.sleep
    monkeypatch.setattr("bnviz.live.hub.asyncio.sleep", lambda _: sleep(0))
    watched, left = hub.open(Config()), hub.open(Config())
    viewer = joined(watched)
    watched.want(viewer, DRIFT, again=False)

    async def until(holds):
        while not holds():
            await sleep(0)

    async def story():
        await hub.start()
        try:
            clock.now += ASLEEP_AFTER + 1
            await asyncio.wait_for(until(lambda: left.asleep), PATIENCE)
            clock.now += DROPPED_AFTER - 2 * ASLEEP_AFTER
            for _ in range(20):
                await sleep(0)
            assert hub.find(left.token) is left
            clock.now += 2 * ASLEEP_AFTER
            await asyncio.wait_for(until(lambda: hub.find(left.token) is None), PATIENCE)
            assert left.worker.told(left)[-2:] == [{"do": "sleep"}, {"do": "close"}]
            assert hub.find(watched.token) is watched
            assert not watched.asleep
        finally:
            await hub.stop()
        assert all(worker.starts == 1 and worker.stopped for worker in hub.workers)

    asyncio.run(story())


# ---------------------------------------------------------------------- what ends by itself


def test_a_run_that_failed_says_so_to_all_who_watch(hub, run):
    viewers, other = join(run, 2), hub.open(Config())
    hub._heard(run.worker, {"type": "failed", "run": run.token, "message": "RuntimeError: no"}, b"")
    for viewer in viewers:
        assert [json.loads(said) for said in got(viewer)] == [{"type": "failed", "message": "RuntimeError: no"}]
    assert list(hub.runs.values()) == [other]


def lose(hub, worker):
    """End a worker as its reader does; the hub's tasks have had their turn then."""

    async def story():
        worker.ready.clear()
        worker.begun = False
        hub._lost(worker)
        for _ in range(3):
            await asyncio.sleep(0)
        await hub.stop()

    asyncio.run(asyncio.wait_for(story(), PATIENCE))


def said_to(viewer):
    return [json.loads(item) for item in got(viewer) if isinstance(item, str)]


def test_the_runs_of_a_lost_worker_go_on_in_another_and_it_is_started_again(hub):
    runs = [hub.open(Config()) for _ in range(4)]
    viewers = {run.token: joined(run) for run in runs}
    gone, kept = hub.workers
    moved = [run for run in runs if run.worker is gone]
    lose(hub, gone)
    for run in runs:
        assert hub.find(run.token) is run
        assert run.worker is kept
        assert [word["type"] for word in said_to(viewers[run.token])] == ["restarting"] * (run in moved)
    assert (gone.starts, kept.starts) == (1, 0)


def test_a_silent_worker_that_is_lost_leaves_its_runs_with_the_reason_why_they_start_again(hub):
    hub.workers = hub.workers[:1]
    run = hub.open(Config())
    viewer, worker = joined(run), run.worker
    worker.silent = SILENT
    hub._tell_silent(worker)
    assert hub.silence_of(run)
    lose(hub, worker)
    worker.silent = 0  # as a new process begins
    hub._tell_silent(worker)
    assert run.worker is worker
    assert [word["type"] for word in said_to(viewer)] == ["silent", "restarting"]
    assert not hub.silence_of(run)


def test_the_other_worker_is_told_all_that_the_lost_one_knew(hub, clock):
    config = Config(gamma=2.0, affine="held")
    run = hub.open(config, playing=True, speed=5.0)
    waiting, looking, asleep = joined(run), joined(run), hub.open(config)
    run.look(waiting, DRIFT | LOSS)
    run.want(waiting, DRIFT, again=False)
    run.look_back(looking, 7)
    for word in (
        {"type": "kept", "step": 40, "config": {"seed": 1}, "generation": 1},
        {"type": "changed", "step": 43, "knobs": {"gamma": 3.0}, "ghost": True, "generation": 1},
        {"type": "frame", "fields": [], "step": 47, "generation": 1},
    ):
        hub._heard(run.worker, word | {"run": run.token}, b"state" if word["type"] == "kept" else b"")
    run.change({"beta": 0.5}, seq=9)
    run.control("set_speed", steps_per_second=None)
    run.control("pause")
    lost = run.worker
    lose(hub, lost)
    assert run.worker is not lost
    told = run.worker.told(run)
    again = told[0].pop("again")
    assert told[0] == {
        "do": "open", "config": {"seed": 1}, "generation": 1, "holds": "state", "payload": b"state",
        "speed": None, "playing": False, "looks": sorted(DRIFT | LOSS),
    }  # fmt: skip
    assert (again["step"], again["seq"]) == (47, 9)
    assert again["changes"] == [{"step": 43, "knobs": {"gamma": 3.0}, "ghost": True}]
    assert again["knobs"] == {**config.knobs, "beta": 0.5}
    assert {"do": "history", "after": 7} in told
    assert told[-1] == {"do": "want", "fields": ["drift"]}
    assert asleep.token in hub.runs


def test_a_sleeping_run_sleeps_on_in_the_other_worker(clock, hub):
    run = hub.open(Config())
    clock.now += ASLEEP_AFTER + 1
    run.rest(ASLEEP_AFTER)
    lose(hub, run.worker)
    assert {"do": "sleep"} in run.worker.told(run)


def test_late_words_of_the_worker_that_a_run_has_left_are_passed_over(hub, run):
    viewer, before = joined(run), run.worker
    lose(hub, before)
    got(viewer)
    run.want(viewer, DRIFT, again=False)
    hub._heard(before, {"type": "frame", "run": run.token, "fields": sorted(ALL), "step": 99}, b"late")
    assert got(viewer) == []
    assert run.kept.step == 0


def test_a_run_that_ends_worker_after_worker_is_given_up_and_says_so(hub, run):
    viewer, other = joined(run), hub.open(Config())
    for _ in range(hub.limits.restores):
        lose(hub, run.worker)
        hub.workers[0].ready.set()
        hub.workers[1].ready.set()
        assert hub.find(run.token) is run
    assert other.losses < run.losses or other.worker is run.worker
    got(viewer)
    lose(hub, run.worker)
    assert hub.find(run.token) is None
    (said,) = said_to(viewer)
    assert said["type"] == "failed"
    assert "ended 4 times" in said["message"]


def test_a_run_that_has_come_on_since_counts_its_losses_anew(hub, run):
    for _ in range(3 * hub.limits.restores):
        lose(hub, run.worker)
        step = run.kept.step + 100
        hub._heard(run.worker, {"type": "kept", "run": run.token, "step": step, "config": {}}, b"s")
        hub.workers[0].ready.set()
        hub.workers[1].ready.set()
    assert hub.find(run.token) is run


def test_when_no_worker_can_be_started_its_runs_are_told(hub, run):
    viewer, worker = joined(run), run.worker
    worker.failures = 3
    lose(hub, worker)
    assert hub.find(run.token) is None
    assert [word["message"] for word in said_to(viewer)] == [
        "No worker can be started on the server; its log says why."
    ]


def test_a_start_that_the_system_refuses_is_tried_again(hub, monkeypatch):
    sleep, tries = asyncio.sleep, []
    monkeypatch.setattr("bnviz.live.hub.asyncio.sleep", lambda seconds: tries.append(seconds) or sleep(0))
    worker = hub.workers[0]
    start, refusals = worker.start, [OSError("no memory"), OSError("no memory")]

    async def refused():
        if refusals:
            raise refusals.pop()
        await start()

    monkeypatch.setattr(worker, "start", refused)
    asyncio.run(hub._start(worker))
    assert worker.starts == 1
    assert tries == [1.0, 2.0]


# ---------------------------------------------------------------------- heavy runs

HEAVY = Config(depth=50, width=256)


def in_a_loop(act):
    """Act where the hub can start tasks; they have had their turn then."""

    async def story():
        found = act()
        for _ in range(3):
            await asyncio.sleep(0)
        return found

    return asyncio.run(story())


def test_a_heavy_run_trains_in_a_worker_apart_that_starts_when_it_is_needed(hub):
    assert hub.heavy.starts == 0
    runs = in_a_loop(lambda: [hub.open(HEAVY), hub.open(HEAVY), hub.open(Config())])
    assert [run.worker is hub.heavy for run in runs] == [True, True, False]
    assert hub.heavy.starts == 1


def test_the_worker_for_heavy_runs_ends_a_while_after_the_last_one(hub, clock):
    run = in_a_loop(lambda: hub.open(HEAVY))
    clock.now += 1000
    asyncio.run(hub._end_idle())
    assert not hub.heavy.stopped  # it has a run
    hub.close(run)
    clock.now += 10
    asyncio.run(hub._end_idle())
    assert not hub.heavy.stopped
    clock.now += 60
    asyncio.run(hub._end_idle())
    assert hub.heavy.stopped


def test_a_knob_moves_a_run_to_where_it_belongs_and_back(hub):
    run = hub.open(Config(depth=20, width=64, normalizers=("none",)))
    viewer, light = joined(run), run.worker
    hub._place(run)
    assert run.worker is light
    run.change({"batch_size": 1024}, seq=1)
    run.worker.told(run)
    hub._place(run)
    assert light.told(run) == [{"do": "keep"}]
    assert run.worker is light  # until its state has come
    kept = {"type": "kept", "run": run.token, "step": 7, "config": {}}
    in_a_loop(lambda: hub._heard(light, kept, b"state"))
    assert run.worker is hub.heavy
    assert light.told(run) == [{"do": "close"}]
    assert hub.heavy.told(run)[0]["payload"] == b"state"
    assert said_to(viewer)[0]["type"] == "restarting"
    run.change({"batch_size": 2}, seq=2)
    hub._place(run)
    hub._heard(hub.heavy, {"type": "large", "run": run.token, "step": 9}, b"")
    assert run.worker in hub.workers
    assert run.kept.step == 9


# ---------------------------------------------------------------------- addresses


def test_an_address_has_its_share_of_the_runs(clock):
    hub = hub_with(runs_per_address=2)
    first, second = (hub.open(Config(), "a") for _ in range(2))
    first.join(Viewer())
    clock.now += 1
    third = hub.open(Config(), "a")  # in place of the second, which nobody watches
    assert list(hub.runs.values()) == [first, third]
    third.join(Viewer())
    with pytest.raises(FullError, match=r"2 runs for one address, and all of yours.*Close a page"):
        hub.open(Config(), "a")
    assert hub.open(Config(), "b").token in hub.runs
    assert second.token not in hub.runs


def test_pages_are_counted_and_limited_by_address_and_in_all():
    hub = hub_with(pages=3, pages_per_address=2)
    with hub.page("a"), hub.page("a"):
        with pytest.raises(FullError, match="2 pages are open already"), hub.page("a"):
            pass
        with hub.page("b"):
            assert (hub.in_use()["pages"], hub.in_use()["addresses"]) == (3, 2)
            with pytest.raises(FullError, match="3 pages are open already"), hub.page("c"):
                pass
    assert (hub.in_use()["pages"], hub.in_use()["addresses"]) == (0, 0)


def test_an_address_that_opens_and_opens_is_told_to_wait(monkeypatch, clock):
    monkeypatch.setattr("bnviz.live.pace.monotonic", clock)
    hub = hub_with(runs=1000, runs_per_address=1000)
    for _ in range(60):
        hub.open(Config(), "a")
    with pytest.raises(FullError, match="from your address just now"):
        hub.open(Config(), "a")
    hub.open(Config(), "b")
    assert len(hub.runs) == 61
    clock.now += 1
    hub.open(Config(), "a")


def test_when_there_is_no_room_at_another_address_the_run_to_be_replaced_stays():
    hub = hub_with(runs_per_address=1)
    taken, mine = hub.open(Config(), "a"), hub.open(Config(), "b")
    for run in (taken, mine):
        run.join(Viewer())
    with pytest.raises(FullError):
        hub.open(Config(), "a", in_place_of=mine)
    assert hub.find(mine.token) is mine


def test_a_run_that_is_gone_tells_its_worker_nothing_more(hub, run):
    viewer = joined(run)
    hub.close(run)
    run.worker.told(run)
    run.want(viewer, DRIFT, again=True)
    assert run.worker.told(run) == []


def test_the_number_of_workers_can_be_asked_for(monkeypatch):
    assert len(Hub(Limits(workers=3)).workers) == 3
    monkeypatch.setenv("BNVIZ_WORKERS", "5")
    assert len(Hub().workers) == 5
