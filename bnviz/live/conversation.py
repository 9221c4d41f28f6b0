"""Conversation: what a page says, checked and obeyed. Everything that comes from a page is checked here."""

import asyncio
import json
from typing import Any

from bnviz import sources
from bnviz.live.hub import FullError, Hub, NoTableError
from bnviz.live.pace import Pace
from bnviz.live.run import Run
from bnviz.live.viewer import Viewer

MAX_SPEED = 1000.0
MOST_UNREAD = 100  # answers; a page that reads leaves a few
COSTS = {"open": 40, "watch": 10, "reset": 10, "continue": 10, "history": 10}  # of messages that cost more than others

BAD_MESSAGE, NOT_ALLOWED, UNKNOWN = 4400, 4403, 4404


class RefusedError(Exception):
    """A message that is not obeyed: the code that closes the socket, and why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Conversation:
    """One page's socket: the run it watches, and what it may do with it."""

    def __init__(self, hub: Hub, address: str = "") -> None:
        self.hub, self.address = hub, address
        self.viewer = Viewer()
        self.run: Run | None = None
        self._pace = Pace(hub.limits.messages_per_second)
        self.turned_away = False  # there is no run for it; what the page sent before it heard so is passed over

    async def hear(self, text: str) -> None:
        """Obey one message, and before that let pass as long as its page is too fast.

        Raises RefusedError for anything that is not as it should be.
        """
        if self.viewer.outbox.qsize() > MOST_UNREAD:
            raise RefusedError(BAD_MESSAGE, f"{MOST_UNREAD} answers wait to be read; read them before you ask for more")
        message = _parse(text, self.hub.limits.message_bytes)
        kind = message.get("type")
        await asyncio.sleep(self._pace.wait(COSTS.get(str(kind), 1)))
        try:
            if kind == "open":
                self._open(message)
            elif kind == "watch":
                self._watch(message)
            elif kind == "ping":
                self._say(type="pong")
            elif self.run is None and self.turned_away:
                pass
            elif self.run is None:
                raise RefusedError(BAD_MESSAGE, "open or watch a run first")
            elif kind in ("ready", "away", "look", "history"):
                _watch(self.run, self.viewer, kind, message)
            elif not self.viewer.controls:
                raise RefusedError(NOT_ALLOWED, "this page only watches the run")
            else:
                _control(self.run, kind, message)
        except (ValueError, TypeError) as error:
            raise RefusedError(BAD_MESSAGE, str(error)) from None

    def _open(self, message: dict[str, Any]) -> None:
        config, token, page = sources.config_of(message.get("config")), message.get("token"), str(message.get("page"))
        start: dict[str, Any] = {"speed": _checked_speed(message["speed"])} if "speed" in message else {}
        start |= {"playing": False} if message.get("playing") is False else {}
        known = self.hub.find(token) if isinstance(token, str) else None
        if known is not None and known.held_by_other(page):
            known = None  # a copied tab: two tabs are two runs
        leaving = known or (self.run if self.viewer.controls else None)
        goes_on = message.get("fresh") is not True
        if known is not None and goes_on and known.config.structure == config.structure:
            self._join(known)
            changed = {name: value for name, value in config.knobs.items() if value != known.config.knobs[name]}
            if changed:
                known.change(changed, seq=0)
        else:
            self.leave()
            try:
                run = self.hub.open(config, self.address, in_place_of=leaving, **start)
            except FullError as full:
                self.turned_away = True
                self._say(type="full", message=str(full))
                return
            except NoTableError as missing:
                self.turned_away = True
                self._say(type="failed", message=str(missing), opened=False)
                return
            self._join(run)
        assert self.run is not None
        self.turned_away = False
        self.viewer.page, self.viewer.controls = page, True
        self._welcome(self.run, token=self.run.token, watch=self.run.watch_token)

    def _watch(self, message: dict[str, Any]) -> None:
        token = message.get("token")
        run = self.hub.find_watched(token) if isinstance(token, str) else None
        if run is None:
            raise RefusedError(UNKNOWN, "There is no run with this token; it may have ended")
        if message.get("source", run.config.source) != run.config.source:
            raise RefusedError(UNKNOWN, "The run of this token is that of another page; open its link as it was given")
        self._join(run)
        self.viewer.controls = False
        linked = [name for name, field in run.config.fields().items() if field.linked]  # no table is handed on
        settings = {name: getattr(run.config, name) for name in linked}
        self._welcome(run, id=run.identity, query=run.config.to_query(), settings=settings)

    def _join(self, run: Run) -> None:
        self.leave()
        self.run = run
        run.join(self.viewer)

    def _welcome(self, run: Run, **known: Any) -> None:
        """Say which run it is, and why nothing comes of it where the others have been told so already."""
        self._say(type="run", **known)
        silence = self.hub.silence_of(run)
        if silence:
            self._say(type="silent", message=silence)

    def leave(self) -> None:
        """Watch nothing any more."""
        if self.run is not None:
            self.run.leave(self.viewer)
        self.run = None

    def _say(self, **message: Any) -> None:
        self.viewer.put(json.dumps(message))


def _watch(run: Run, viewer: Viewer, kind: Any, message: dict[str, Any]) -> None:
    if kind == "ready":
        run.want(viewer, _fields(run, message), message.get("again") is True)
    elif kind == "look":
        run.look(viewer, _fields(run, message))
    elif kind == "history":
        run.look_back(viewer, _whole("after", message.get("after"), least=-1))
    else:
        viewer.hide()


def _control(run: Run, kind: Any, message: dict[str, Any]) -> None:
    if kind == "change":
        knobs = message.get("knobs")
        if not isinstance(knobs, dict):
            raise RefusedError(BAD_MESSAGE, "the knobs of a change must be an object")
        run.change(knobs, _whole("seq", message.get("seq"), least=0))
    elif kind in ("play", "pause", "step", "reset"):
        run.control(kind)
    elif kind == "continue":
        run.control("continue_from", step=_whole("step", message.get("step"), least=0))
    elif kind == "speed":
        run.control("set_speed", steps_per_second=_checked_speed(message.get("steps_per_second")))
    else:
        raise RefusedError(BAD_MESSAGE, f"unknown message type {str(kind)[:40]!r}")


def _checked_speed(speed: Any) -> float | None:
    """Steps per second, or None for as fast as it goes."""
    if speed is None:
        return None
    if isinstance(speed, bool) or not isinstance(speed, (int, float)) or not 0.1 <= speed <= MAX_SPEED:
        raise RefusedError(BAD_MESSAGE, f"a speed must be null or lie between 0.1 and {MAX_SPEED:g} steps per second")
    return float(speed)


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**31:
        raise RefusedError(BAD_MESSAGE, f"{name} must be a whole number between {least} and 2147483647")
    return value


def _parse(text: str, most: int) -> dict[str, Any]:
    if len(text.encode()) > most:
        raise RefusedError(BAD_MESSAGE, f"a message has at most {most} bytes")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise RefusedError(BAD_MESSAGE, "a message must be JSON") from None
    if not isinstance(message, dict):
        raise RefusedError(BAD_MESSAGE, "a message must be a JSON object")
    return message


def _fields(run: Run, message: dict[str, Any]) -> frozenset[str]:
    value = message.get("fields")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise RefusedError(BAD_MESSAGE, "fields must be a list of names")
    return sources.checked_fields(run.config.source, value)
