"""The addresses of the live part: the socket between a page and its run, and the state of the server."""

import asyncio
import contextlib
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bnviz.live.conversation import BAD_MESSAGE, Conversation, RefusedError
from bnviz.live.hub import FullError, Hub

PATH = "/live/socket"
FOREIGN, FULL = 1008, 1013


def _same_origin(socket: WebSocket) -> bool:
    """Browsers always name the page's origin; a program without one has nobody's rights to abuse."""
    origin = socket.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == socket.headers.get("host")
    except ValueError:
        return False


def routes(hub: Hub, base: str = "") -> list[BaseRoute]:
    """The routes by which pages reach the hub, below a base path that begins with a slash."""

    async def endpoint(socket: WebSocket) -> None:
        await live_socket(socket, hub)

    async def healthz(_: Request) -> JSONResponse:
        state = hub.in_use()
        ready = state["workers_ready"] > 0
        return JSONResponse(
            {"status": "ok" if ready else "no worker is ready", "in_use": state, "limits": hub.limits.described()},
            status_code=200 if ready else 503, headers={"Cache-Control": "no-store"},
        )  # fmt: skip

    return [WebSocketRoute(base + PATH, endpoint), Route(f"{base}/healthz", healthz)]


async def live_socket(socket: WebSocket, hub: Hub) -> None:
    """Serve one page until it or the server goes."""
    if not _same_origin(socket):
        await socket.close(FOREIGN)
        return
    await socket.accept()
    address = socket.client.host if socket.client else ""  # behind a proxy, uvicorn takes the one that it names
    try:
        with hub.page(address):
            await _converse(socket, Conversation(hub, address))
    except FullError as full:
        await socket.close(FULL, _shortened(str(full)))


async def _converse(socket: WebSocket, conversation: Conversation) -> None:
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
        await conversation.hear(text)  # what comes meanwhile waits in the network


async def _talk(socket: WebSocket, conversation: Conversation) -> None:
    while True:
        item = await conversation.viewer.take()
        if isinstance(item, bytes):
            await socket.send_bytes(item)
        else:
            await socket.send_text(item)


def _shortened(reason: str) -> str:
    """At most 123 bytes: a socket's goodbye has room for no more."""
    return reason.encode()[:120].decode(errors="ignore")
