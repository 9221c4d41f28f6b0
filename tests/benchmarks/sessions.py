"""Many sessions that train at once, each a run of its own, each dragged for a while.

    python -m tests.benchmarks.sessions [sessions]

Two workers; all sessions are played by this one program, which shares the machine's cores with them. Every session
drags γ for a second of every five. Memory is what all sessions but the first of each worker add: as they have opened,
and at the end.
"""

import asyncio
import contextlib
import sys
from contextlib import AsyncExitStack
from statistics import median, quantiles
from typing import Any

from tests.benchmarks.report import report
from tests.benchmarks.session import Session
from tests.benchmarks.usage import at_rest, cores_used, memory
from tests.browser.serving import WORKERS, Server

SESSIONS, SECONDS = 30, 20.0
LATEST = 10.0  # seconds; a change that no frame shows by then counts as so late as it is by then
DRAGS, EACH = 1.0, 5.0  # seconds of a drag, and from the beginning of one to that of the next


async def opened(server: Server, stack: AsyncExitStack) -> Session:
    """A session that has drawn a few frames."""
    session = await stack.enter_async_context(Session.connected(server.url))
    await session.open()
    await session.until(lambda: session.frames > 5, "some frames come")
    return session


async def hand(session: Session, first: float, seconds: float) -> None:
    """Drag for a while, again and again; the first time after ``first`` seconds."""
    now = asyncio.get_running_loop().time
    begin, end = now() + first, now() + seconds
    while begin < end:
        await asyncio.sleep(begin - now())
        await session.drag(min(DRAGS, end - begin))
        begin = max(begin + EACH, now())


async def measure(server: Server, sessions: int = SESSIONS, seconds: float = SECONDS) -> dict[str, Any]:
    """The figures, for more sessions than there are workers."""
    async with AsyncExitStack() as stack:
        everybody = [await opened(server, stack) for _ in range(WORKERS)]
        alone = sum(memory(server).values())
        everybody += await asyncio.gather(*(opened(server, stack) for _ in range(sessions - WORKERS)))
        added = sum(memory(server).values()) - alone
        before = [(session.frames, session.header["step"]) for session in everybody]
        used = cores_used(server)
        loop = asyncio.get_running_loop()
        started = loop.time()
        hands = [hand(session, EACH * place / sessions, seconds) for place, session in enumerate(everybody)]
        await asyncio.gather(*hands, asyncio.sleep(seconds))
        took = loop.time() - started
        cores = used()
        frames = [(session.frames - then) / took for session, (then, _) in zip(everybody, before, strict=True)]
        steps = [(session.header["step"] - then) / took for session, (_, then) in zip(everybody, before, strict=True)]
        grown = sum(memory(server).values()) - alone
        for session in everybody:
            with contextlib.suppress(AssertionError):
                await session.settle(LATEST)
        late = [age for session in everybody for age in session.unanswered]
    answers = [1000 * answer for session in everybody for answer in session.answers] + [1000 * age for age in late]
    return {
        "sessions": sessions, "seconds": took,
        "frames_per_s": median(frames), "frames_per_s_min": min(frames),
        "steps_per_s": median(steps), "steps_per_s_min": min(steps),
        "knob_to_frame_ms": median(answers), "knob_to_frame_p95_ms": quantiles(answers, n=20, method="inclusive")[-1],
        "changes": len(answers), "unanswered": len(late), "cores_used": cores,
        "mb_per_session_opened": added / (sessions - WORKERS), "mb_per_session": grown / (sessions - WORKERS),
    }  # fmt: skip


def main() -> None:
    server = Server()
    try:
        at_rest(server)
        report("sessions", **asyncio.run(measure(server, *map(int, sys.argv[1:]))))
    finally:
        server.end()


if __name__ == "__main__":
    main()
