"""The socket as browsers use it, and as they should not."""

import asyncio
import json
import os
import signal
import urllib.request
from time import monotonic

import pytest
from websockets.exceptions import InvalidStatus

from bnviz.config import Config
from bnviz.live.conversation import MOST_UNREAD, Conversation, RefusedError
from bnviz.live.hub import Hub
from bnviz.live.limits import Limits
from bnviz.live.routes import routes
from bnviz.live.table_store import tables

MAX_TEXT = Limits().message_bytes
UNPACED = Limits(workers=1, opens_per_second=1000, messages_per_second=10_000)
NAN, INFINITY = float("nan"), float("inf")


def short(value):
    """How a test's parameter is named."""
    return ascii(value)[:30]


# ---------------------------------------------------------------------- a run and its frames


def test_a_page_opens_a_run_and_gets_its_frames(server, asked):
    with server.page() as page:
        page.say("open", config=asked, token=None)
        opened = page.hear()
        assert opened.keys() == {"type", "token", "watch"}
        assert opened["type"] == "run"
        assert opened["token"] != opened["watch"]
        header, arrays = page.frame("drift", "loss_history")
        assert header["arms"] == ["none", "batch"]
        assert header["state"] == "running"
        assert header["knobs"]["batch_size"] == 32
        assert arrays.keys() == {"drift", "loss_history"}
        assert arrays["drift"].shape == (2, 3)
        page.frame_when(lambda later: later["step"] > header["step"] + 5)


def test_the_players_buttons_reach_the_run(page):
    page.say("pause")
    header, _ = page.frame_when(lambda header: header["state"] == "paused")
    page.say("step")
    assert page.frame_when(lambda later: later["step"] != header["step"])[0]["step"] == header["step"] + 1
    page.say("change", knobs={"gamma": 2, "affine": "held"}, seq=31)
    changed, _ = page.frame_when(lambda header: header["seq"] == 31)
    assert (changed["step"], changed["knobs"]["gamma"]) == (header["step"] + 1, 2.0)
    page.say("reset")
    again, _ = page.frame_when(lambda header: header["step"] == 0)
    assert (again["state"], again["knobs"]["gamma"]) == ("paused", 2.0)
    page.say("speed", steps_per_second=None)
    page.say("play")
    page.frame_when(lambda header: header["state"] == "running" and header["step"] > 50)


@pytest.mark.parametrize("speed", [None, 0.1, 1, 1000])
def test_speeds_that_are_allowed(page, speed):
    page.say("speed", steps_per_second=speed)
    assert page.frame()


# ---------------------------------------------------------------------- origins


def test_a_page_of_this_server_may_speak_to_it(server, asked):
    for origin in (f"http://{server.host}", f"https://{server.host}"):
        with server.page(origin=origin) as page:
            page.say("open", config=asked)
            assert page.hear()["type"] == "run"


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "http://{host}.evil.example",
     "http://evil.example/{host}", "http://{host}@evil.example", "http://[", "file://", ""],
)  # fmt: skip
def test_a_foreign_page_is_turned_away(server, origin):
    with pytest.raises(InvalidStatus) as refused, server.page(origin=origin.format(host=server.host)):
        pytest.fail("the server has accepted it")
    assert refused.value.response.status_code == 403


# ---------------------------------------------------------------------- junk

JUNK = [
    "", "junk", "{", "null", "3", '"open"', "[]", "[" * 3000, '{"type": "ready"', "{}",
    '{"type": null}', '{"type": "Open"}', '{"type": "sing"}', '{"type": ["ready"]}', '{"type": {"a": 1}}',
    '{"type": "\\ud800"}', '{"type": "close"}', '{"type": "want", "fields": []}', '{"type": "sleep"}',
    '{"type": "obey"}', '{"type": "' + "é" * 1000 + '"}',
]  # fmt: skip


@pytest.mark.parametrize("text", JUNK, ids=short)
@pytest.mark.parametrize("opened", [True, False])
def test_junk_closes_the_socket(server, asked, text, opened):
    with server.page() as page:
        if opened:
            page.say("open", config=asked)
            page.hear()
        page.send(text)
        code, reason = page.closed()
        assert code == 4400
        assert reason


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"type": "ready", "fields": []}'])
def test_bytes_close_the_socket(page, raw):
    page.send(raw)
    assert page.closed() == (4400, "messages are text")


@pytest.mark.parametrize("letter", ["x", "é", "γ", "𝛾"])
def test_long_messages_close_the_socket(page, letter):
    """The limit is in bytes: what would still fit goes through, one byte more does not."""
    message = {"type": "ready", "fields": [], "again": True, "padding": ""}
    room = MAX_TEXT - len(json.dumps(message))
    size = len(letter.encode())
    fits = json.dumps(message | {"padding": letter * (room // size) + "x" * (room % size)}, ensure_ascii=False)
    assert len(fits.encode()) == MAX_TEXT == 4096
    page.send(fits)
    page.frame()
    page.send(fits.replace('""', '"x"') if '""' in fits else fits.replace('"}', 'x"}'))
    code, reason = page.closed()
    assert (code, reason) == (4400, "a message has at most 4096 bytes")


@pytest.mark.parametrize(
    "kind", ["ready", "away", "look", "history", "change", "play", "pause", "step", "reset", "continue", "speed"]
)
def test_nothing_can_be_asked_before_a_run_is_open(server, kind):
    with server.page() as page:
        page.say(kind, fields=[], knobs={}, seq=1, steps_per_second=1, after=-1, step=0)
        assert page.closed() == (4400, "open or watch a run first")


@pytest.mark.parametrize("fields", [None, "drift", {"drift": 1}, ["nothing"], ["drift", 3], [None], [["drift"]], [""]])
@pytest.mark.parametrize("kind", ["ready", "look"])
def test_fields_that_are_none_close_the_socket(server, page, fields, kind):
    page.say(kind, fields=fields)
    assert page.closed()[0] == 4400
    assert server.hub.find(page.run["token"]).looks == frozenset()


NO_STEPS = [None, "1", "", 1.0, 1.5, True, False, NAN, INFINITY, -INFINITY, -2, -(10**400), 2**31, 10**400, [], [1], {}]


@pytest.mark.parametrize("value", NO_STEPS, ids=short)
@pytest.mark.parametrize(("kind", "name"), [("history", "after"), ("continue", "step"), ("change", "seq")])
def test_what_is_no_step_and_no_number_of_a_change_closes_the_socket(page, kind, name, value):
    page.say(kind, **{"knobs": {"gamma": 2}, name: value})
    code, reason = page.closed()
    assert code == 4400
    assert reason.startswith(f"{name} must be a whole number")


@pytest.mark.parametrize(("kind", "name"), [("continue", "step"), ("change", "seq")])
def test_only_rows_may_be_asked_for_from_before_the_start(page, kind, name):
    page.say(kind, **{"knobs": {"gamma": 2}, name: -1})
    assert page.closed() == (4400, f"{name} must be a whole number between 0 and 2147483647")


BAD_KNOBS = [
    {"depth": 3}, {"seed": 1}, {"normalizers": ["batch"]}, {"device": "cpu"}, {"nothing": 1}, {"": 1}, {"__class__": 1},
    {"gamma": 99}, {"gamma": -1}, {"gamma": NAN}, {"gamma": INFINITY}, {"eps": -INFINITY}, {"gamma": "2"},
    {"gamma": True}, {"gamma": None}, {"gamma": [1]}, {"gamma": {}}, {"batch_size": 2.5}, {"batch_size": 0},
    {"batch_size": 10**400}, {"gamma": -(10**400)}, {"affine": "loose"}, {"affine": 3}, {"affine_layer": "4"},
    {"affine_layer": 0}, {"statistics": "é" * 300}, {"gamma": 2, "beta": NAN}, [], None, "gamma", 3,
]  # fmt: skip


@pytest.mark.parametrize("knobs", BAD_KNOBS, ids=short)
def test_knobs_that_are_not_allowed_close_the_socket_and_change_nothing(server, page, knobs):
    before = server.hub.find(page.run["token"]).config
    page.say("change", knobs=knobs, seq=1)
    code, reason = page.closed()
    assert code == 4400
    assert reason
    assert server.hub.find(page.run["token"]).config == before


@pytest.mark.parametrize("speed", [0, -1, 0.01, 1001, 10**400, NAN, INFINITY, "60", [], {}], ids=short)
def test_speeds_that_are_not_allowed_close_the_socket(page, speed):
    page.say("speed", steps_per_second=speed)
    assert page.closed()[0] == 4400


BAD_CONFIGS = [
    None, [], "digits", 3, {"nothing": 1}, {"": 1}, {"é" * 300: 1}, {"depth": 0}, {"depth": NAN}, {"depth": "6"},
    {"depth": 10**400}, {"dataset": "cats"}, {"dataset": "../digits"}, {"dataset": ["digits"]}, {"dataset": "é" * 300},
    {"normalizers": []}, {"normalizers": ["none", "none"]}, {"normalizers": [["none"]]}, {"normalizers": "γ" * 300},
    {"affine_layer": "7"}, {"gamma": INFINITY}, {"seed": -1}, {"device": "/dev/null"}, {"width": None},
]  # fmt: skip


@pytest.mark.parametrize("config", BAD_CONFIGS, ids=short)
def test_a_config_that_is_not_allowed_closes_the_socket(server, config):
    with server.page() as page:
        page.say("open", config=config)
        code, reason = page.closed()
    assert code == 4400
    assert reason
    assert server.hub.runs == {}


def test_nesting_of_any_depth_is_refused_in_order():
    """What can just be parsed must not be too deep for the words that refuse it."""
    conversation = Conversation(Hub(UNPACED))
    for depth in range(1, MAX_TEXT // 2 - 40):
        nested = "[" * depth + "]" * depth
        with pytest.raises(RefusedError) as refused:
            asyncio.run(conversation.hear(f'{{"type": "open", "config": {{"dataset": {nested}}}}}'))
        assert refused.value.code == 4400


# ---------------------------------------------------------------------- who only watches


def test_a_watcher_sees_what_the_other_does(page, watcher):
    page.say("pause")
    page.say("change", knobs={"gamma": 2}, seq=8)
    header, arrays = watcher.frame_when(lambda header: header["seq"] == 8, "drift")
    assert (header["state"], header["knobs"]["gamma"]) == ("paused", 2.0)
    assert arrays.keys() == {"drift"}


@pytest.mark.parametrize("kind", ["change", "play", "pause", "step", "reset", "continue", "speed"])
def test_a_watcher_changes_nothing(server, page, watcher, kind):
    before = server.hub.find(page.run["token"]).config
    watcher.say(kind, knobs={"gamma": 2}, seq=1, steps_per_second=1, step=0)
    assert watcher.closed() == (4403, "this page only watches the run")
    assert server.hub.find(page.run["token"]).config == before
    assert page.frame()[0]["state"] == "running"


@pytest.mark.parametrize("token", [None, "", "x", 3, True, [], {}, "x" * 32, "γ"])
def test_an_unknown_watch_token_closes_the_socket(server, page, token):
    with server.page() as watcher:
        watcher.say("watch", token=token)
        assert watcher.closed()[0] == 4404


def test_a_run_cannot_be_watched_by_the_token_that_controls_it_nor_the_other_way_round(server, page, asked):
    with server.page() as watcher:
        watcher.say("watch", token=page.run["token"])
        assert watcher.closed()[0] == 4404
    with server.page() as other:
        other.say("open", config=asked, token=page.run["watch"])
        opened = other.hear()
        assert opened["token"] not in page.run.values()


def test_who_has_a_run_of_its_own_does_not_control_the_one_it_watches(server, page, asked):
    with server.page() as other:
        other.say("open", config=asked)
        other.hear()
        other.say("watch", token=page.run["watch"])
        assert set(other.hear()) == {"type", "id", "query", "settings"}
        other.say("reset")
        assert other.closed()[0] == 4403


def test_a_watcher_who_opens_gets_a_run_of_its_own(server, page, watcher, asked):
    watcher.say("open", config=asked)
    opened = watcher.hear()
    assert opened["token"] != page.run["token"]
    watcher.say("pause")
    watcher.frame_when(lambda header: header["state"] == "paused")
    assert page.frame()[0]["state"] == "running"
    assert len(server.hub.runs) == 2


# ---------------------------------------------------------------------- coming back


def test_who_comes_back_finds_the_run_as_it_was(server, page, asked):
    page.say("pause")
    page.say("change", knobs={"gamma": 2}, seq=5)
    page.say("step")
    before, _ = page.frame_when(lambda header: header["state"] == "paused" and header["step"] > 0)
    with server.page() as back:
        back.say("open", config=asked | {"gamma": 2.0}, token=page.run["token"])
        assert back.hear() == page.run
        after, _ = back.frame()
    assert (after["step"], after["state"], after["knobs"]) == (before["step"], "paused", before["knobs"])
    assert len(server.hub.runs) == 1


def test_who_comes_back_with_other_knobs_turns_them(server, page, asked):
    with server.page() as back:
        back.say("open", config=asked | {"gamma": 3.0, "eps": 0.1}, token=page.run["token"])
        assert back.hear() == page.run
        back.frame_when(lambda header: (header["knobs"]["gamma"], header["knobs"]["eps"]) == (3.0, 0.1))
    assert len(server.hub.runs) == 1


def test_who_comes_back_with_another_structure_gets_a_new_run_for_the_old(server, page, asked):
    page.say("open", config=asked | {"depth": 2}, token=page.run["token"])
    opened = page.hear()
    assert opened["token"] not in page.run.values()
    assert opened["watch"] == page.run["watch"]  # a link that was handed round goes on
    assert server.hub.find(page.run["token"]) is None
    assert page.frame("drift")[1]["drift"].shape == (2, 2)
    assert len(server.hub.runs) == 1


def test_who_watches_is_told_of_the_run_that_takes_its_place_and_finds_it_by_the_same_token(
    server, page, watcher, asked
):
    page.say("open", config=asked | {"depth": 2}, token=page.run["token"])
    page.hear()
    page.frame()
    assert watcher.hear() == {"type": "moved", "query": Config.from_dict(asked | {"depth": 2}).to_query()}
    watcher.say("ready", fields=["drift"], again=True)  # as sent before it heard
    watcher.say("watch", token=page.run["watch"])
    said = watcher.hear()
    assert (said["type"], said["query"]["depth"]) == ("run", ["2"])
    assert watcher.frame("drift")[1]["drift"].shape == (2, 2)
    assert len(server.hub.runs) == 1


@pytest.mark.parametrize("token", ["unknown", "", "γ", None, 3, ["x"], {"a": 1}])
def test_an_unknown_token_gives_a_new_run(server, asked, token):
    """So it is after the server was started again."""
    with server.page() as page:
        page.say("open", config=asked, token=token)
        opened = page.hear()
        assert opened["token"] != token
        assert page.frame()[0]["step"] >= 0


def test_a_page_that_goes_leaves_its_run(server, asked):
    with server.page() as page:
        page.say("open", config=asked)
        token = page.hear()["token"]
        page.frame()
    with server.page() as other:  # the server has seen the first one go when it has answered this one
        other.say("open", config=asked, token=token)
        assert other.hear()["token"] == token
        other.frame()


# ---------------------------------------------------------------------- what goes wrong


def test_a_full_server_says_so_and_the_page_can_ask_again(server, page, asked, monkeypatch):
    with server.page() as other, monkeypatch.context() as full:
        full.setattr(server.hub, "limits", Limits(runs=1))
        other.say("open", config=asked)
        said = other.hear()
        assert said["type"] == "full"
        assert "1 runs at a time" in said["message"]
        full.undo()
        other.say("open", config=asked)
        assert other.hear()["type"] == "run"
        other.frame()


def test_a_run_on_the_users_own_table_trains(server, asked, own_table):
    tables().put(own_table)
    with server.page() as page:
        page.say("open", config=asked | {"dataset": "table", "table": own_table.digest})
        assert page.hear()["type"] == "run"
        header, _ = page.frame_when(lambda header: header["step"] > 3)
        assert header["state"] == "running"


def test_a_page_whose_table_is_gone_is_told_and_can_ask_for_something_else(server, asked):
    with server.page() as page:
        page.say("open", config=asked | {"dataset": "table", "table": "0" * 32})
        page.say("ready", fields=["drift"], again=True)  # sent before it heard
        said = page.hear()
        assert (said["type"], said["opened"]) == ("failed", False)
        assert said["message"].startswith("The server holds this table no more. Choose the file")
        page.say("open", config=asked)
        assert page.hear()["type"] == "run"
        page.frame()


def test_a_page_whose_run_was_dropped_is_told_when_it_asks_again(server, page, asked):
    """A page that was hidden for a quarter of an hour, and is looked at again."""
    page.say("pause")
    page.frame_when(lambda header: header["state"] == "paused")
    server.close_runs()
    page.say("ready", fields=["drift"], again=True)
    page.say("open", config=asked, token=page.run["token"])
    assert page.hear()["type"] == "lost"
    assert page.hear()["type"] == "run"
    page.frame()


def test_when_its_worker_is_killed_a_run_goes_on_at_the_step_where_it_stood(server, page):
    header, _ = page.frame_when(lambda header: header["step"] > 30)
    page.say("change", knobs={"gamma": 2.0}, seq=7)
    header, _ = page.frame_when(lambda header: header["seq"] == 7)
    os.kill(server.hub.workers[0]._process.pid, signal.SIGKILL)
    said = page.hear()
    assert (said["type"], said["message"][:33]) == ("restarting", "The process that trained this run")
    again, _ = page.frame_when(lambda header: header["state"] == "running")
    assert again["step"] >= header["step"]
    assert again["generation"] > header["generation"]  # so that the page forgets the rows that are lost
    assert (again["seq"], again["knobs"]) == (7, header["knobs"])
    assert server.hub.find(page.run["token"])


def test_when_its_worker_hangs_a_run_goes_on_at_the_step_where_it_stood(server, page, monkeypatch):
    header, _ = page.frame_when(lambda header: header["step"] > 30)
    page.say("pause")
    header, _ = page.frame_when(lambda header: header["state"] == "paused")
    worker = server.hub.workers[0]._process.pid
    monkeypatch.setattr(server.hub, "limits", Limits(workers=1, opens_per_second=1000, hung_after=1))
    os.kill(worker, signal.SIGSTOP)
    assert page.hear()["type"] == "restarting"
    again, _ = page.frame_when(lambda header: header["state"] == "paused")
    assert again["step"] == header["step"]
    assert server.hub.workers[0]._process.pid != worker
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_when_its_worker_does_not_answer_for_a_while_a_page_is_told_until_it_does(server, page, monkeypatch):
    page.say("pause")
    page.frame_when(lambda header: header["state"] == "paused")
    monkeypatch.setattr("bnviz.live.hub.SILENT", 1)
    worker = server.hub.workers[0]._process.pid
    os.kill(worker, signal.SIGSTOP)
    said = page.hear()
    assert (said["type"], said["message"][:49]) == ("silent", "The process of this run has not answered for 1 s.")
    with server.page() as late:  # who comes now is told as well
        late.say("watch", token=page.run["watch"])
        assert late.hear()["type"] == "run"
        assert late.hear() == said
        os.kill(worker, signal.SIGCONT)
        assert late.hear() == {"type": "silent", "message": ""}
    assert page.hear() == {"type": "silent", "message": ""}


def test_who_comes_when_too_many_pages_are_open_is_told_and_may_try_again(server, page, monkeypatch):
    monkeypatch.setattr(server.hub, "limits", Limits(pages=1))
    with server.page() as other:
        assert other.closed() == (1013, "1 pages are open already. Close one; this one tries again by itself.")
    page.frame()


def test_a_page_that_floods_is_heard_later_and_not_turned_away(server, asked, monkeypatch):
    monkeypatch.setattr(server.hub, "limits", Limits(messages_per_second=50))
    with server.page() as page:
        page.say("open", config=asked)
        start = monotonic()
        for number in range(150):
            page.say("change", knobs={"gamma": 1 + number / 100}, seq=number)
        page.hear()
        page.frame_when(lambda header: header["seq"] == 149)
        assert monotonic() - start >= (40 + 150) / 50 - 2 - 0.1  # what is more than two seconds' worth


# ---------------------------------------------------------------------- the state of the server


def test_healthz_shows_limits_and_what_is_in_use(server, page, watcher):
    page.frame()
    with urllib.request.urlopen(f"http://{server.host}/healthz") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        state = json.load(answer)
    assert state["status"] == "ok"
    assert state["in_use"] | {"tables": 0, "tables_mb": 0} == {
        "runs": 1, "runs_watched": 1, "runs_asleep": 0, "runs_heavy": 0, "pages": 2, "addresses": 1,
        "workers_ready": 1, "kept_mb": 0.0, "tables": 0, "tables_mb": 0,
    }  # fmt: skip
    assert state["limits"] == server.hub.limits.described()
    assert page.run["token"] not in json.dumps(state)
    assert page.run["watch"] not in json.dumps(state)


def test_healthz_says_when_no_worker_is_ready():
    (healthz,) = [route.endpoint for route in routes(Hub(UNPACED)) if route.path == "/healthz"]
    answer = asyncio.run(healthz(None))
    assert (answer.status_code, json.loads(answer.body)["status"]) == (503, "no worker is ready")


# ---------------------------------------------------------------------- what a page asks for while there is no run


def opening(hub, **message):
    """A conversation whose page has asked for a run."""
    conversation = Conversation(hub)
    asyncio.run(conversation.hear(json.dumps({"type": "open", "config": {}, **message})))
    return conversation


def test_what_a_page_sent_before_it_heard_that_the_server_is_full_is_passed_over():
    hub = Hub(Limits(workers=1, runs=1))
    opening(hub)
    conversation = opening(hub)
    assert json.loads(asyncio.run(conversation.viewer.take()))["type"] == "full"
    asyncio.run(conversation.hear('{"type": "change", "knobs": {"gamma": 2}, "seq": 1}'))  # no RefusedError


@pytest.mark.parametrize("speed", [0, -1, 1e9, "fast", True, [1]])
def test_a_speed_that_is_not_possible_is_refused_also_with_a_new_run(speed):
    with pytest.raises(RefusedError):
        opening(Hub(UNPACED), speed=speed)


def test_a_copied_tab_gets_a_run_of_its_own_and_leaves_the_other_alone():
    hub = Hub(UNPACED)
    first = opening(hub, page="first")
    asyncio.run(first.hear('{"type": "ready", "fields": ["drift"]}'))
    copy = opening(hub, page="copy", token=first.run.token)
    assert copy.run is not first.run
    assert len(hub.runs) == 2
    again = opening(hub, page="first", token=first.run.token)  # the same page, after its network was gone
    assert again.run is first.run


def test_who_asks_whether_the_server_is_there_is_told_and_wakes_no_run():
    async def story():
        conversation = Conversation(Hub(UNPACED))
        for kind in ("ping", "open", "ping"):  # also without a run
            await conversation.hear(json.dumps({"type": kind, "config": {}}))
        said = [json.loads(await conversation.viewer.take())["type"] for _ in range(3)]
        assert said == ["pong", "run", "pong"]
        run = conversation.run
        run.rest(-1)
        assert run.asleep
        await conversation.hear('{"type": "ping"}')
        assert run.asleep

    asyncio.run(story())


def test_a_page_that_is_hidden_watches_no_more():
    conversation = opening(Hub(UNPACED))
    asyncio.run(conversation.hear('{"type": "ready", "fields": []}'))
    asyncio.run(conversation.hear('{"type": "away"}'))
    assert conversation.viewer.wants is None


@pytest.mark.parametrize("asking", ["open", "watch"])
def test_who_asks_and_asks_without_reading_is_turned_away(asking):
    conversation = opening(Hub(UNPACED))
    watched = conversation.run.watch_token
    again = {"type": asking, "config": {}, "token": conversation.run.token if asking == "open" else watched}
    for _ in range(MOST_UNREAD):
        asyncio.run(conversation.hear(json.dumps(again)))
    with pytest.raises(RefusedError, match=f"{MOST_UNREAD} answers wait to be read; read them before") as refused:
        asyncio.run(conversation.hear(json.dumps(again)))
    assert refused.value.code == 4400
    assert len(conversation.hub.runs) == 1
