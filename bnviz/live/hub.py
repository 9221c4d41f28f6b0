"""Hub: which runs there are, which worker trains each, and who watches. Lives in the server's event loop."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from bnviz import registry
from bnviz.asked import Asked
from bnviz.config import Config
from bnviz.live.limits import Limits
from bnviz.live.pace import Pace
from bnviz.live.processes import WorkerProcess
from bnviz.live.run import Run
from bnviz.live.table_store import tables

NEXT_STARTS = 10.0  # seconds after which a worker is started while the one before is not ready
COMES_ON = 20  # steps further than where it lost its worker, a run is not held to be what ends it
MOST_FAILURES = 3  # starts of a worker that fail in a row, before its runs are told
SILENT = 5  # seconds without a word from a worker, after which its pages are told
IDLE_AFTER = 60.0  # seconds without a heavy run, after which the worker for those is ended
OPENS_AT_ONCE = 20.0  # seconds' worth of runs that an address may open in one go: a class that begins
_LOGGER = logging.getLogger(__name__)


class FullError(Exception):
    """The server carries as many runs as it can; the text says so to users."""


class NoTableError(Exception):
    """The server does not hold the table that a config asks for; the text says so to users."""


class Hub:
    """All runs of a server. Those that hold a core for long train in one worker apart, which starts when it is needed.

    When a worker is lost, its runs go on in another one.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits.from_environment()
        self.workers = [WorkerProcess(self._heard, self._lost) for _ in range(self.limits.worker_count)]
        self.heavy = WorkerProcess(self._heard, self._lost, heavy=True)
        self.runs: dict[str, Run] = {}
        self._pages: Counter[str] = Counter()  # open sockets by address
        self._paces: dict[str, Pace] = {}  # in which each address opens runs
        self._heavy_needed = -IDLE_AFTER  # when it was needed last
        self._starting: set[WorkerProcess] = set()
        self._silent: set[WorkerProcess] = set()  # whose pages have been told
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start the workers in the background: the page can be served meanwhile."""
        self._do(self._start_workers())
        self._do(self._rest())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End every worker; returns when they are gone."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in [*self.workers, self.heavy]))

    async def _start_workers(self) -> None:
        """One after the other, so that the first is ready as soon as can be."""
        for worker in self.workers:
            await self._start(worker)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(worker.ready.wait(), NEXT_STARTS)

    def _begin(self, worker: WorkerProcess) -> None:
        """Let a worker be started, unless that is under way."""
        if worker not in self._starting and not worker.begun:
            self._starting.add(worker)
            self._do(self._start(worker))

    async def _start(self, worker: WorkerProcess) -> None:
        """Start a worker; when that fails, again after a while that grows."""
        while not worker.begun:
            if worker.failures:
                await asyncio.sleep(min(0.5 * 2**worker.failures, 60))
            try:
                await worker.start()
            except OSError:
                worker.failures += 1
                _LOGGER.exception("A worker cannot be started; it is tried again.")
                self._tell_hopeless(worker)
        self._starting.discard(worker)

    # ------------------------------------------------------------------ pages

    @contextmanager
    def page(self, address: str) -> Iterator[None]:
        """A page that is open meanwhile. Raises FullError when there are too many."""
        for count, most in (
            (self._pages.total(), self.limits.pages), (self._pages[address], self.limits.pages_per_address)
        ):  # fmt: skip
            if count >= most:
                raise FullError(f"{most} pages are open already. Close one; this one tries again by itself.")
        self._pages[address] += 1
        try:
            yield
        finally:
            self._pages[address] -= 1
            self._pages += Counter()  # drops the zeros

    def in_use(self) -> dict[str, Any]:
        """How much of what is limited is in use."""
        workers = [*self.workers, self.heavy]
        return {
            "runs": len(self.runs),
            "runs_watched": sum(bool(run.viewers) for run in self.runs.values()),
            "runs_asleep": sum(run.asleep for run in self.runs.values()),
            "runs_heavy": len(self._runs_of(self.heavy)),
            "pages": self._pages.total(),
            "addresses": len(self._pages),
            "workers_ready": sum(worker.ready.is_set() for worker in workers),
            "kept_mb": round(sum(run.kept.nbytes for run in self.runs.values()) / 2**20, 1),
            **tables().in_use,
        }

    # ------------------------------------------------------------------ runs

    def open(self, config: Asked, address: str = "", in_place_of: Run | None = None, **start: Any) -> Run:
        """A new run; a run that nobody watches makes room for it. ``start`` may hold ``playing`` and ``speed``.

        Who watches the run ``in_place_of`` which it comes is told that it goes on with other settings: the token to
        watch stays the same. Raises FullError when the server carries no more, and NoTableError when the table is not
        there.
        """
        table = _packed_table(config)
        others = [run for run in self.runs.values() if run is not in_place_of]
        mine = [run for run in others if run.address == address]
        makes_room = _left_first(mine, self.limits.runs_per_address, "for one address, and all of yours are")
        others = [run for run in others if run is not makes_room]
        makes_room = makes_room or _left_first(others, self.limits.runs, "at a time, and all are")
        if not self._paces.setdefault(address, Pace(self.limits.opens_per_second, OPENS_AT_ONCE)).may():
            raise FullError("Many runs were opened from your address just now; this page tries again by itself.")
        if makes_room is not None:
            self.close(makes_room)
        run = Run(config, self._worker_for(config), address, **start)
        self.runs[run.token] = run
        run.open(table)
        if in_place_of is not None and in_place_of.token in self.runs:
            run.watch_token = in_place_of.watch_token
            self._drop(in_place_of, type="moved", query=config.to_query())
        return run

    def _worker_for(self, config: Asked, not_this: WorkerProcess | None = None) -> WorkerProcess:
        if self.limits.is_heavy(config):
            self._heavy_needed = monotonic()
            self._begin(self.heavy)
            return self.heavy
        running = Counter(id(run.worker) for run in self.runs.values())
        return min(self.workers, key=lambda w: (not w.ready.is_set(), w is not_this, running[id(w)]))

    def find(self, token: str) -> Run | None:
        """The run that this token controls."""
        return self.runs.get(token)

    def find_watched(self, token: str) -> Run | None:
        """The run that this token watches."""
        return next((run for run in self.runs.values() if run.watch_token == token), None)

    def close(self, run: Run) -> None:
        """Drop a run; a page that still holds its socket is told, and may ask for a new one when it is looked at."""
        self._drop(run, type="lost", message="")

    def _fail(self, run: Run, message: str) -> None:
        """Forget a run that cannot go on, and say why to those who watch."""
        self._drop(run, type="failed", message=message)

    def _drop(self, run: Run, **said: Any) -> None:
        if self.runs.pop(run.token, None) is not None:
            run.end()
            run.tell(**said)

    # ------------------------------------------------------------------ what workers say

    def _heard(self, worker: WorkerProcess, word: dict[str, Any], payload: bytes) -> None:
        run = self.runs.get(word.get("run", ""))
        if run is None or run.worker is not worker:  # it has moved away
            return
        if word["type"] == "failed":
            return self._fail(run, word["message"])
        if word["type"] == "history":
            return run.deliver_rows(payload, word["after"])
        run.kept.hear(word, payload)
        if run.kept.step > run.stood + COMES_ON:
            run.losses = 0
        if word["type"] == "frame":
            run.deliver(payload, frozenset(word["fields"]))
        elif word["type"] in ("kept", "large") and run.leaving:
            run.send("close")
            self._move(run, worker, "A larger or smaller batch moves this run to another process.")

    def _lost(self, worker: WorkerProcess) -> None:
        """A worker is gone: it is started again, and its runs go on elsewhere, or in it once it is there."""
        self._silent.discard(worker)  # its pages hear that their runs start again; the end of a silence is no news
        if worker.failures:
            self._tell_hopeless(worker)
        for run in self._runs_of(worker):
            run.losses, run.stood = run.losses + run.trains, run.kept.step
            if run.losses > self.limits.restores:
                self._fail(
                    run, f"The process of this run has ended {run.losses} times; it may be this run that ends it."
                )
            else:
                self._move(run, worker, "The process that trained this run has ended; the run goes on in another.")
        if worker is not self.heavy:  # that one starts when it is needed
            self._begin(worker)

    def _tell_hopeless(self, worker: WorkerProcess) -> None:
        if worker.failures >= MOST_FAILURES:
            for run in self._runs_of(worker):
                self._fail(run, "No worker can be started on the server; its log says why.")

    def _runs_of(self, worker: WorkerProcess) -> list[Run]:
        return [run for run in self.runs.values() if run.worker is worker]

    def _move(self, run: Run, away_from: WorkerProcess, why: str) -> None:
        try:
            table = b"" if run.kept.nbytes else _packed_table(run.config)  # a state holds it
        except NoTableError as missing:
            return self._fail(run, str(missing))
        run.move(self._worker_for(run.config, away_from), table)
        run.tell(type="restarting", message=why)

    # ------------------------------------------------------------------ every second

    async def _rest(self) -> None:
        while True:
            await asyncio.sleep(1)
            for run in list(self.runs.values()):
                run.rest(self.limits.asleep_after)
                if monotonic() - run.watched > self.limits.dropped_after:
                    self.close(run)
                else:
                    self._place(run)
            for worker in [*self.workers, self.heavy]:
                worker.look_after(self.limits.hung_after)
                self._tell_silent(worker)
            self._paces = {address: pace for address, pace in self._paces.items() if not pace.rested}
            await self._end_idle()

    def _tell_silent(self, worker: WorkerProcess) -> None:
        """Tell the pages of a worker that it does not answer, and when it does again."""
        silent = worker.silent >= SILENT
        if silent == (worker in self._silent):
            return
        self._silent ^= {worker}
        for run in self._runs_of(worker):
            run.tell(type="silent", message=self.silence_of(run))

    def silence_of(self, run: Run) -> str:
        """What the pages of a run are told while its worker does not answer; empty when it does."""
        if run.worker not in self._silent:
            return ""
        return f"The process of this run has not answered for {SILENT} s. If it hangs, the run goes on in another."

    def _place(self, run: Run) -> None:
        """Move a run that a knob has made heavy, or light, to where it belongs."""
        was = run.worker is self.heavy
        run.leaving = self.limits.is_heavy(run.config, was) != was
        if run.leaving:
            run.send("keep")  # it moves when its state has come

    async def _end_idle(self) -> None:
        """End the worker for heavy runs when there were none for a while."""
        if self._runs_of(self.heavy):
            self._heavy_needed = monotonic()
        elif self.heavy.begun and monotonic() - self._heavy_needed > IDLE_AFTER:
            await self.heavy.stop()


def _left_first(runs: list[Run], most: int, where: str) -> Run | None:
    """Which of these makes room for another one: none while there is room, else the one that was left first."""
    if len(runs) < most:
        return None
    left = [run for run in runs if not run.viewers]
    if not left:
        raise FullError(
            f"This server trains {most} runs {where} being watched. "
            "Close a page that is open elsewhere; this one tries again by itself."
        )
    return min(left, key=lambda run: run.watched)


def _packed_table(config: Asked) -> bytes:
    """The user's own table as a worker needs it; nothing for a config that trains on something else."""
    if not isinstance(config, Config) or "table" not in registry.entries("datasets")[config.dataset].takes:
        return b""
    table = tables().get(config.table)
    if table is None:
        raise NoTableError("The server holds this table no more. Choose the file, or the data set of OpenML, again.")
    return table.to_bytes()
