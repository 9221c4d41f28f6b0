"""Many pages at once, without a browser: each is one end of our socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import psutil
from websockets.asyncio.client import ClientConnection, connect

from bnviz.live.routes import PATH
from tests.browser.serving import Server


def together(acts: Coroutine[Any, Any, Any]) -> Any:
    """What comes of these acts. In a thread of their own: a loop of Playwright's may run in this one."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, acts).result()


@asynccontextmanager
async def connected(server: Server, **options: Any) -> AsyncIterator[ClientConnection]:
    url = f"ws://127.0.0.1:{server.port}{PATH}"
    async with connect(url, max_size=None, proxy=None, ping_interval=None, open_timeout=60, **options) as found:
        yield found


async def say(socket: ClientConnection, type: str, **more: Any) -> None:
    await socket.send(json.dumps({"type": type, **more}))


async def opened(socket: ClientConnection, **config: Any) -> dict[str, Any]:
    """Open a run; its tokens."""
    await say(socket, "open", config=config)
    found: dict[str, Any] = json.loads(await socket.recv())
    assert found["type"] == "run", found
    return found


async def frames(socket: ClientConnection, count: int) -> None:
    """Draw so many frames: each is asked for when the last has come."""
    for _ in range(count):
        await say(socket, "ready", fields=["drift"], again=True)
        while isinstance(await socket.recv(), str):  # words
            pass


async def each(count: int, act: Callable[[int], Awaitable[None]], at_once: int) -> None:
    """Act so many times, a few at once."""
    room = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with room:
            await act(number)

    await asyncio.gather(*(one(number) for number in range(count)))


class Size:
    """What a server and its workers hold now."""

    def __init__(self, server: Server) -> None:
        family = server.family()
        self.server = server.process.pid
        self.processes = {process.pid for process in family}
        self.files = {process.pid: process.num_fds() for process in family}
        self.threads = {process.pid: process.num_threads() for process in family}
        self.memory = {process.pid: process.memory_info().rss for process in family}
        self.sockets = sum(
            connection.status in (psutil.CONN_ESTABLISHED, psutil.CONN_CLOSE_WAIT)
            for connection in server.process.net_connections("tcp")
        )

    def grown(self, before: "Size") -> dict[str, float]:
        """By how much each has grown, at most in one process; memory in MB."""
        more = {pid: (self.memory[pid] - before.memory[pid]) / 2**20 for pid in before.files}
        return {
            "processes": len(self.processes) - len(before.processes),
            "files": max(self.files[pid] - before.files[pid] for pid in before.files),
            "threads": max(self.threads[pid] - before.threads[pid] for pid in before.files),
            "server_mb": more[self.server],
            "worker_mb": max(mb for pid, mb in more.items() if pid != self.server),
            "sockets": self.sockets - before.sockets,
        }
