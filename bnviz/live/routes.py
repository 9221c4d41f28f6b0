"""The socket between a page and its run. Everything that comes from a page is checked here."""

import asyncio
import contextlib
import json
from typing import Any
from urllib.parse import urlsplit

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bnviz.config import Config
from bnviz.live.hub import FullError, Hub, NoTableError, Run, Viewer
from bnviz.snapshot import checked_fields

PATH = "/live/socket"
MAX_TEXT = 4096
MAX_SPEED = 1000.0
MOST_UNREAD = 100  # answers; a page that reads leaves a few

FOREIGN, BAD_MESSAGE, NOT_ALLOWED, UNKNOWN = 1008, 4400, 4403, 4404


class RefusedError(Exception):
    """A message that is not obeyed: the code that closes the socket, and why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Conversation:
    """One page's socket: the run it watches, and what it may do with it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.viewer = Viewer()
        self.run: Run | None = None
        self.turned_away = False  # there is no run for it; what the page sent before it heard so is passed over

    def hear(self, text: str) -> None:
        """Obey one message. Raises RefusedError for anything that is not as it should be."""
        if self.viewer.outbox.qsize() > MOST_UNREAD:
            raise RefusedError(BAD_MESSAGE, f"{MOST_UNREAD} answers wait to be read; read them before you ask for more")
        message = _parse(text)
        kind = message.get("type")
        try:
            if kind == "open":
                self._open(message)
            elif kind == "watch":
                self._watch(message.get("token"))
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
        config, token, page = Config.from_dict(message.get("config")), message.get("token"), str(message.get("page"))
        start = {"speed": _checked_speed(message["speed"])} if "speed" in message else {}
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
            if leaving is not None and not leaving.viewers:
                self.hub.close(leaving)
            try:
                run = self.hub.open(config, **start)
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
        self._say(type="run", token=self.run.token, watch=self.run.watch_token)

    def _watch(self, token: Any) -> None:
        run = self.hub.find_watched(token) if isinstance(token, str) else None
        if run is None:
            raise RefusedError(UNKNOWN, "there is no run with this token; it may have ended")
        self._join(run)
        self.viewer.controls = False
        self._say(type="run")

    def _join(self, run: Run) -> None:
        self.leave()
        self.run = run
        run.join(self.viewer)

    def leave(self) -> None:
        """Watch nothing any more."""
        if self.run is not None:
            self.run.leave(self.viewer)
        self.run = None

    def _say(self, **message: Any) -> None:
        self.viewer.put(json.dumps(message))


def _watch(run: Run, viewer: Viewer, kind: Any, message: dict[str, Any]) -> None:
    if kind == "ready":
        run.want(viewer, checked_fields(_strings(message.get("fields"))), message.get("again") is True)
    elif kind == "look":
        run.look(viewer, checked_fields(_strings(message.get("fields"))))
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
        run.send(kind)
    elif kind == "continue":
        run.send("continue_from", step=_whole("step", message.get("step"), least=0))
    elif kind == "speed":
        run.send("set_speed", steps_per_second=_checked_speed(message.get("steps_per_second")))
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


def _parse(text: str) -> dict[str, Any]:
    if len(text.encode()) > MAX_TEXT:
        raise RefusedError(BAD_MESSAGE, f"a message has at most {MAX_TEXT} bytes")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise RefusedError(BAD_MESSAGE, "a message must be JSON") from None
    if not isinstance(message, dict):
        raise RefusedError(BAD_MESSAGE, "a message must be a JSON object")
    return message


def _shortened(reason: str) -> str:
    """At most 123 bytes: a socket's goodbye has room for no more."""
    return reason.encode()[:120].decode(errors="ignore")


def _strings(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise RefusedError(BAD_MESSAGE, "fields must be a list of names")
    return value


def _same_origin(socket: WebSocket) -> bool:
    """Browsers always name the page's origin; a program without one has nobody's rights to abuse."""
    origin = socket.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == socket.headers.get("host")
    except ValueError:
        return False


def routes(hub: Hub) -> list[BaseRoute]:
    """The routes by which pages reach the hub."""

    async def endpoint(socket: WebSocket) -> None:
        await live_socket(socket, hub)

    return [WebSocketRoute(PATH, endpoint)]


async def live_socket(socket: WebSocket, hub: Hub) -> None:
    """Serve one page until it or the server goes."""
    if not _same_origin(socket):
        await socket.close(FOREIGN)
        return
    await socket.accept()
    conversation = Conversation(hub)
    # Both at once: who waits only for the next frame notices neither a closed page nor the end of the server.
    tasks = [asyncio.create_task(_listen(socket, conversation)), asyncio.create_task(_talk(socket, conversation))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except RefusedError as refused:
        with contextlib.suppress(RuntimeError):
            await socket.close(refused.code, _shortened(str(refused)))
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        conversation.leave()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(socket: WebSocket, conversation: Conversation) -> None:
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        text = event.get("text")
        if text is None:
            raise RefusedError(BAD_MESSAGE, "messages are text")
        conversation.hear(text)


async def _talk(socket: WebSocket, conversation: Conversation) -> None:
    while True:
        item = await conversation.viewer.take()
        if isinstance(item, bytes):
            await socket.send_bytes(item)
        else:
            await socket.send_text(item)
