"""Every field of every message of a page, with everything that it must not be."""

import asyncio
import dataclasses
import json

import pytest

from bnviz.config import FIELDS, Config
from bnviz.live.conversation import Conversation, RefusedError
from bnviz.live.hub import SILENT, Hub
from bnviz.live.limits import Limits

CONFIG = dataclasses.asdict(Config())
MESSAGES = {  # each type with all its fields, as they should be
    "open": {"config": CONFIG, "token": None, "page": "p", "speed": 60, "playing": True, "fresh": False},
    "watch": {"token": "?", "source": "training"},
    "ready": {"fields": ["drift"], "again": True},
    "look": {"fields": ["drift"]},
    "history": {"after": -1},
    "change": {"knobs": {"gamma": 2.0}, "seq": 1},
    "continue": {"step": 0},
    "speed": {"steps_per_second": 60},
    "ping": {}, "away": {}, "play": {}, "pause": {}, "step": {}, "reset": {},
}  # fmt: skip
JUNK = {
    "nan": "NaN", "infinity": "-Infinity", "1e400": "1e400", "1e-400": "1e-400", "whole": "1" + "0" * 400,
    "negative": "-7", "beyond": str(2**31), "half": "0.5", "true": "true", "null": "null", "empty": '""',
    "text": '"junk"', "script": json.dumps("<script>alert(1)</script>"), "nul": r'"\u0000"', "half a pair": r'"\ud800"',
    "right to left": '"\u202e٣💥"', "long": json.dumps("γ" * 200), "name": '"__class__"', "path": '"../../etc/passwd"',
    "list": "[]", "lists": "[[1], [null]]", "object": "{}", "deep list": "[" * 450 + "]" * 450,
    "deep object": '{"a":' * 450 + "1" + "}" * 450, "twice": '"a", "seq": 3, "seq": "b"',
}  # fmt: skip
INNER = {f"config/{name}": ("open", "config", name) for name in FIELDS}
INNER |= {f"knobs/{name}": ("change", "knobs", name) for name in FIELDS}
PLACES = {f"{kind}/{name}": (kind, name, None) for kind, fields in MESSAGES.items() for name in fields} | INNER


def text_with(kind, field, inner, junk):
    """A message of this type, with junk in one of its fields, or inside one."""
    here = {"type": kind, **MESSAGES[kind]}
    mark = "\0here\0"
    here[field] = {**(here[field] if kind == "open" else {}), inner: mark} if inner else mark
    return json.dumps(here).replace(json.dumps(mark), junk)


@pytest.fixture
def conversation():
    """A page that has opened its run; its worker is never started, so that only what is said is looked at."""
    conversation = Conversation(Hub(Limits(workers=1, messages_per_second=10_000)))
    asyncio.run(conversation.hear(json.dumps({"type": "open", **MESSAGES["open"]})))
    return conversation


def refusal(conversation, text):
    """What is said to a message, or None when it is obeyed."""
    try:
        asyncio.run(conversation.hear(text))
    except RefusedError as refused:
        return refused
    return None


@pytest.mark.parametrize("place", PLACES)
def test_junk_in_a_field_is_refused_with_a_reason_or_means_something_allowed(conversation, place):
    for name, junk in JUNK.items():
        text = text_with(*PLACES[place], junk)
        assert len(text.encode()) <= Limits().message_bytes, name
        refused = refusal(conversation, text)
        if refused is not None:
            assert refused.code in (4400, 4404), name
            assert str(refused), name
        config = conversation.run.config
        assert Config.from_json(config.to_json()) == config, name  # whatever it means, it is allowed
        assert len(conversation.hub.runs) == 1, name


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_as_it_should_be_is_obeyed(conversation, kind):
    """Or else the test above would show nothing."""
    fields = MESSAGES[kind] | ({"token": conversation.run.watch_token} if kind == "watch" else {})
    assert refusal(conversation, json.dumps({"type": kind, **fields})) is None


def watch(conversation, **more):
    """What a page that asks to watch the run of this conversation is told, or the refusal."""
    asking = Conversation(conversation.hub)
    refused = refusal(asking, json.dumps({"type": "watch", "token": conversation.run.watch_token, **more}))
    return refused or json.loads(asyncio.run(asking.viewer.take()))


def test_who_watches_is_told_all_settings_but_no_table(conversation):
    told = watch(conversation, source="training")
    assert told["settings"] == json.loads(json.dumps({name: CONFIG[name] for name in FIELDS if name != "table"}))


def said_to(conversation):
    """What its page has been told since it was last asked."""
    outbox = conversation.viewer.outbox
    return [json.loads(outbox.get_nowait()[1]) for _ in range(outbox.qsize())]


@pytest.mark.parametrize("kind", ["open", "watch"])
def test_who_comes_while_a_worker_is_silent_is_told_why_nothing_comes(conversation, kind):
    run, coming = conversation.run, Conversation(conversation.hub)
    run.worker._process, run.worker._unanswered = object(), SILENT
    conversation.hub._tell_silent(run.worker)
    token = {"open": run.token, "watch": run.watch_token}[kind]
    assert refusal(coming, json.dumps({"type": kind, **MESSAGES[kind], "token": token})) is None
    assert coming.run is run
    opening, silence = said_to(coming)
    assert (opening["type"], silence["type"]) == ("run", "silent")
    assert f"has not answered for {SILENT} s" in silence["message"]
    run.worker._unanswered = None
    conversation.hub._tell_silent(run.worker)
    assert said_to(coming) == [{"type": "silent", "message": ""}]
    assert refusal(coming, json.dumps({"type": kind, **MESSAGES[kind], "token": token})) is None
    assert [word["type"] for word in said_to(coming)] == ["run"]


def test_the_run_of_one_page_is_not_watched_on_another(conversation):
    refused = watch(conversation, source="transform")
    assert refused.code == 4404
    assert "of another page" in str(refused)
