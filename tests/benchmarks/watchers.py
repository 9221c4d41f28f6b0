"""One run, watched by a whole lecture hall.

    python -m tests.benchmarks.watchers [watchers]

All watchers are played by this one program, which shares the machine's cores with the server.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from statistics import median
from typing import Any

from tests.benchmarks.report import report
from tests.benchmarks.session import Session
from tests.benchmarks.usage import at_rest, cores_used, memory
from tests.browser.serving import Server

WATCHERS, SECONDS = 200, 20.0


async def measure(server: Server, watchers: int = WATCHERS, seconds: float = SECONDS) -> dict[str, Any]:
    """The figures, for one session and those who watch it."""
    async with AsyncExitStack() as stack:
        shown = await stack.enter_async_context(Session.connected(server.url))
        await shown.open()
        await shown.until(lambda: shown.frames > 5, "some frames come")
        alone = sum(memory(server).values())
        hall = []
        for _ in range(watchers):
            watcher = await stack.enter_async_context(Session.connected(server.url))
            await watcher.watch(shown.watch_token)
            hall.append(watcher)
        for watcher in hall:
            await watcher.until(lambda watcher=watcher: watcher.frames > 2, "the watcher sees frames")
        before = [watcher.frames for watcher in hall]
        used = cores_used(server)
        started = asyncio.get_running_loop().time()
        await asyncio.sleep(seconds)
        took = asyncio.get_running_loop().time() - started
        cores = used()
        frames = [(watcher.frames - then) / took for watcher, then in zip(hall, before, strict=True)]
        grown = sum(memory(server).values()) - alone
    return {
        "watchers": watchers, "seconds": took, "frames_per_s": median(frames), "frames_per_s_min": min(frames),
        "cores_used": cores, "mb_per_watcher": grown / watchers,
    }  # fmt: skip


def main() -> None:
    server = Server()
    try:
        at_rest(server)
        report("watchers", **asyncio.run(measure(server, *map(int, sys.argv[1:]))))
    finally:
        server.end()


if __name__ == "__main__":
    main()
