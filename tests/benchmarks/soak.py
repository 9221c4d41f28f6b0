"""A long time of visits: whether anything grows, and what is left when all have gone.

    python -m tests.benchmarks.soak [minutes] [--forgotten]

A dozen places are taken by visits of some ten seconds, one after the other, each at random: a session that trains,
drags, looks back, resets, leaves and comes again; one who watches another's run; one who leaves at once. Memory is
taken every few seconds; its growth is the slope over the time after the warm-up. When all have gone, ``sockets``,
``processes``, ``runs`` and ``pages`` count what is left. With ``--forgotten`` the benchmark first waits as long as the
server keeps a run that nobody watches; without, as many runs may be left as the server carries.
"""

import argparse
import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import numpy as np
import psutil

from bnviz.live.conversation import UNKNOWN
from bnviz.live.limits import Limits
from tests.benchmarks.report import report
from tests.benchmarks.session import Session
from tests.benchmarks.usage import at_rest, memory
from tests.browser.serving import Server, until

PLACES = 12
MINUTES, WARM_UP = 10.0, 2.0
STAY = 4.0  # seconds, at most, that a visitor looks on before doing something else
SAMPLES = 120  # of memory


@dataclass
class Soak:
    """What has happened so far."""

    server: Server
    minutes: float
    stay: float
    ends: float = field(init=False)  # on the monotonic clock
    dice: random.Random = field(default_factory=lambda: random.Random(0))
    shown: list[str] = field(default_factory=list)  # tokens to watch, of all runs so far
    given_up: list[str] = field(default_factory=list)  # why visits ended early
    frames: int = 0
    seconds: float = 0.0  # of all sessions together
    visits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("train", "watch", "glance"), 0))

    def __post_init__(self) -> None:
        self.ends = monotonic() + 60 * self.minutes

    async def place(self) -> None:
        """One visit after the other."""
        while monotonic() < self.ends:
            kind = self.dice.choices(list(self.visits), weights=(2, 2, 1))[0]
            if kind == "watch" and not self.shown:
                continue
            try:
                await getattr(self, f"_{kind}")()
                self.visits[kind] += 1
            except AssertionError as error:  # what it waited for did not come; the others go on
                self.given_up.append(str(error))

    async def _train(self) -> None:
        async with Session.connected(self.server.url) as session:
            await session.open()
            self.shown.append(session.watch_token)
            await self._stay(session)
            await session.drag(self.stay / 4)
            await session.settle()
            await session.look_back()
            await session.say("reset")
            await session.until(lambda: session.header["generation"] > 0, "the run starts anew")
            await self._stay(session)
        async with Session.connected(self.server.url) as again:
            await again.open(token=session.token)
            assert again.token == session.token, "who comes again finds the run"
            await self._stay(again)

    async def _watch(self) -> None:
        """Watch the newest run, if it is still there."""
        async with Session.connected(self.server.url) as session:
            if await joined(session, self.shown[-1]):
                await self._stay(session)

    async def _glance(self) -> None:
        async with Session.connected(self.server.url) as session:
            if self.dice.random() < 0.5:
                await session.open()
                self.shown.append(session.watch_token)

    async def _stay(self, session: Session) -> None:
        """Look on for a while."""
        seen, came = session.frames, monotonic()
        await session.until(lambda: session.frames > seen, "a frame comes")
        await asyncio.sleep(self.dice.uniform(self.stay / 4, self.stay))
        self.frames += session.frames - seen
        self.seconds += monotonic() - came

    async def watch_memory(self) -> list[tuple[float, float, float]]:
        """Time in hours, MB of the server and of the workers, every few seconds."""
        samples = []
        while monotonic() < self.ends:
            used = memory(self.server)
            samples.append((monotonic() / 3600, used["server"], used["workers"]))
            await asyncio.sleep(60 * self.minutes / SAMPLES)
        return samples


async def joined(session: Session, token: str) -> bool:
    """Whether there was still a run to watch."""
    try:
        await session.watch(token)
    except AssertionError:
        if session.closed != UNKNOWN:
            raise
        return False
    return True


def sockets(server: Server) -> int:
    """The connections that the server holds."""
    return sum(each.status == psutil.CONN_ESTABLISHED for each in server.process.net_connections("tcp"))


async def measure(
    server: Server, minutes: float = MINUTES, *, warm_up: float = WARM_UP, places: int = PLACES, stay: float = STAY,
    forgotten: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """The figures, for so many minutes after the warm-up."""
    processes = len(server.family())
    warming = Soak(server, warm_up, stay)
    await asyncio.gather(*(warming.place() for _ in range(places)))
    soak = Soak(server, minutes, stay, shown=warming.shown)
    samples, *_ = await asyncio.gather(soak.watch_memory(), *(soak.place() for _ in range(places)))
    hours, in_server, in_workers = np.array(samples).T
    with contextlib.suppress(AssertionError):
        until(lambda: sockets(server) == 0, "the server has heard that all are gone", 10)
        if forgotten:
            until(lambda: server.in_use()["runs"] == 0, "all runs are forgotten", Limits().dropped_after + 10)
    at_last = memory(server)
    left = {
        "sockets": sockets(server), "processes": len(server.family()) - processes,
        "runs": server.in_use()["runs"], "pages": server.in_use()["pages"],
    }  # fmt: skip
    return {
        "minutes": minutes, "visits": soak.visits, "given_up": [*warming.given_up, *soak.given_up],
        "frames_per_s": soak.frames / soak.seconds,
        "server_mb": _course(in_server, at_last["server"]), "workers_mb": _course(in_workers, at_last["workers"]),
        "server_mb_per_hour": float(np.polyfit(hours, in_server, 1)[0]),
        "workers_mb_per_hour": float(np.polyfit(hours, in_workers, 1)[0]), "left": left,
    }  # fmt: skip


def _course(during: np.ndarray, at_last: float) -> list[float]:
    """Memory after the warm-up, at the end of the visits, and when all have gone."""
    return [round(float(mb), 1) for mb in (during[0], during[-1], at_last)]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("minutes", type=float, nargs="?", default=MINUTES)
    asked.add_argument("--forgotten", action="store_true")
    options = asked.parse_args()
    server = Server()
    try:
        at_rest(server)
        report("soak", **asyncio.run(measure(server, options.minutes, forgotten=options.forgotten)))
    finally:
        server.end()


if __name__ == "__main__":
    main()
