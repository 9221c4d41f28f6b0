"""Hub: which runs there are, which worker trains each, and who watches. Lives in the server's event loop.

How a frame comes about:
1. A page says "ready" with the fields that it will draw next: ``Run.want``. Its viewer now waits.
2. The run asks its worker for the fields of all who wait, unless it has asked for them already.
3. The worker makes the frame as soon as it would show something new, and forgets the wish.
4. ``Run.deliver`` sends it to every viewer who waits for no other fields, and asks again for the rest.
5. The page begins to draw and says "ready" again: at most one frame is on its way while one is drawn.
A viewer that a frame passed by has ``missed`` it: when it waits again, the worker is told to show what is there now.
"""

import asyncio
import dataclasses
import json
import os
import secrets
from collections.abc import Coroutine
from time import monotonic
from typing import Any

from bnviz import registry
from bnviz.config import Config
from bnviz.live.processes import WorkerProcess
from bnviz.live.table_store import tables

MAX_RUNS = 40  # as many as two cores still serve with ten frames a second each
MOST_WORKERS = 8  # unless asked for more: each takes some 400 MB
MOST_FAILURES = 3  # starts of a worker that fail in a row, before its runs are told
ASLEEP_AFTER = 5.0  # seconds without anybody who watches
DROPPED_AFTER = 15 * 60.0  # seconds asleep


class FullError(Exception):
    """The server carries as many runs as it can; the text says so to users."""


class NoTableError(Exception):
    """The server does not hold the table that a config asks for; the text says so to users."""


class Viewer:
    """One page at the other end of a socket. It has at most one frame on its way or being drawn."""

    def __init__(self) -> None:
        self.outbox: asyncio.Queue[tuple[str, bytes | str]] = asyncio.Queue()
        self.unsent: set[str] = set()  # the kinds of what is in the outbox
        self.wants: frozenset[str] | None = None  # the fields of the frame it waits for
        self.missed = False  # a frame was made that it was not sent
        self.seen = False  # it has asked for a frame and was not hidden since
        self.looks: frozenset[str] = frozenset()  # the fields of all its panels, drawn or not
        self.after: int | None = None  # the step after which it waits for the rows of the past
        self.page = ""  # tells pages apart that show the same token: a tab that was copied
        self.controls = False

    def put(self, item: bytes | str, kind: str = "words") -> None:
        """To be sent when what was put before has gone; the kind is ``words``, ``frame`` or ``rows``."""
        self.unsent.add(kind)
        self.outbox.put_nowait((kind, item))

    def hide(self) -> None:
        """Nobody looks at the page now."""
        self.wants, self.seen = None, False

    async def take(self) -> bytes | str:
        """What is to be sent next."""
        kind, item = await self.outbox.get()
        self.unsent.discard(kind)
        return item


class Run:
    """A Trainer in a worker, as the server knows it."""

    def __init__(self, config: Config, worker: WorkerProcess) -> None:
        self.config = config
        self.worker = worker
        self.token = secrets.token_urlsafe(24)
        self.watch_token = secrets.token_urlsafe(24)
        self.viewers: set[Viewer] = set()
        self.asked: frozenset[str] | None = None  # the fields that the worker has been asked for
        self.looks: frozenset[str] = frozenset()  # the fields that the worker keeps of each step
        self.asleep = False
        self.watched = monotonic()

    def send(self, do: str, payload: bytes = b"", **more: Any) -> None:
        """Tell the worker something about this run."""
        self.worker.send({"do": do, "run": self.token, **more}, payload)

    def change(self, knobs: dict[str, Any], seq: int) -> None:
        """Turn knobs. Raises ValueError for what is not allowed."""
        self.config = self.config.change(**knobs)
        self.send("change", knobs={name: getattr(self.config, name) for name in knobs}, seq=seq)

    def want(self, viewer: Viewer, fields: frozenset[str], again: bool) -> None:
        """A viewer waits for the next frame with these fields; ``again`` also when it shows nothing new."""
        viewer.wants, viewer.seen = fields, True
        self._wake()
        if again or viewer.missed:
            viewer.missed = False
            self.send("show")
        if self.asked is None or not fields <= self.asked:
            self.asked = fields | (self.asked or frozenset())
            self.send("want", fields=sorted(self.asked))

    def look(self, viewer: Viewer, fields: frozenset[str]) -> None:
        """These are the fields of all panels of a viewer; the worker keeps those of every viewer."""
        viewer.looks = fields
        self._look()

    def _look(self) -> None:
        looks = frozenset().union(*(each.looks for each in self.viewers))
        if looks != self.looks:
            self.looks = looks
            self.send("look", fields=sorted(looks))

    def look_back(self, viewer: Viewer, after: int) -> None:
        """A viewer asks for the rows of the past after a step; one answer is on its way to it at a time."""
        if viewer.after is not None or "rows" in viewer.unsent:
            return
        asked = any(each.after == after for each in self.viewers)  # a class that looks back shares one answer
        viewer.after = after
        if not asked:
            self.send("history", after=after)

    def deliver_rows(self, rows: bytes, after: int) -> None:
        """The rows of the past after a step, for those who asked for them."""
        for viewer in self.viewers:
            if viewer.after == after:
                viewer.after = None
                viewer.put(rows, "rows")

    def deliver(self, frame: bytes, fields: frozenset[str]) -> None:
        """A new frame with these fields: to everybody who waits for them; who waits for others is asked for again."""
        self.asked = None
        for viewer in self.viewers:
            if "frame" in viewer.unsent:  # it asks without reading what it was sent
                viewer.wants = None
            viewer.missed = viewer.wants is None or not viewer.wants <= fields
            if not viewer.missed:
                viewer.wants = None
                viewer.put(frame, "frame")
        for viewer in self.viewers:
            if viewer.wants is not None:
                self.want(viewer, viewer.wants, again=False)

    def join(self, viewer: Viewer) -> None:
        """Somebody comes to watch."""
        viewer.hide()
        viewer.after, viewer.looks = None, frozenset()  # it says what it looks at when it has joined
        self.viewers.add(viewer)
        viewer.missed = True  # who comes to a paused run sees where it stands
        self._wake()

    def leave(self, viewer: Viewer) -> None:
        """Somebody watches no more. What the last one looked at is kept on: a page that is loaded anew comes back."""
        self.viewers.discard(viewer)
        if self.viewers:
            self._look()

    def held_by_other(self, page: str) -> bool:
        """Whether another page controls this run and is being looked at."""
        return any(viewer.controls and viewer.page != page and viewer.seen for viewer in self.viewers)

    def _wake(self) -> None:
        self.watched = monotonic()
        if self.asleep:
            self.asleep = False
            self.send("wake")

    def rest(self) -> None:
        """Put the run to sleep when nobody has watched it for a while."""
        if any(viewer.wants is not None for viewer in self.viewers):
            self.watched = monotonic()
        elif not self.asleep and monotonic() - self.watched > ASLEEP_AFTER:
            self.asleep = True
            self.send("sleep")


class Hub:
    """All runs of a server."""

    def __init__(self, workers: int | None = None) -> None:
        count = workers or int(os.environ.get("BNVIZ_WORKERS", "0")) or min(_cores(), MOST_WORKERS)
        self.workers = [WorkerProcess(self._heard, self._lost) for _ in range(count)]
        self.runs: dict[str, Run] = {}
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
        await asyncio.gather(*(worker.stop() for worker in self.workers))

    async def _start_workers(self) -> None:
        """One after the other, so that the first is ready as soon as can be."""
        for worker in self.workers:
            await worker.start()
            await worker.ready.wait()

    async def _rest(self) -> None:
        while True:
            await asyncio.sleep(1)
            for run in list(self.runs.values()):
                run.rest()
                if monotonic() - run.watched > DROPPED_AFTER:
                    self.close(run)

    def open(self, config: Config, **start: Any) -> Run:
        """A new run; a run that nobody watches makes room for it. ``start`` may hold ``playing`` and ``speed``.

        Raises FullError when the server carries no more, and NoTableError when the table is not there.
        """
        table = _packed_table(config)
        left = [run for run in self.runs.values() if not run.viewers]
        if len(self.runs) >= MAX_RUNS and left:
            self.close(min(left, key=lambda run: run.watched))
        if len(self.runs) >= MAX_RUNS:
            raise FullError(
                f"This server trains {MAX_RUNS} runs at a time, and all are being "
                "watched. Close a page that is open elsewhere; this one tries again by itself."
            )
        running = [run.worker for run in self.runs.values()]
        worker = min(self.workers, key=lambda w: (not w.ready.is_set(), running.count(w)))
        run = Run(config, worker)
        self.runs[run.token] = run
        run.send("open", table, config=dataclasses.asdict(config), **start)
        return run

    def find(self, token: str) -> Run | None:
        """The run that this token controls."""
        return self.runs.get(token)

    def find_watched(self, token: str) -> Run | None:
        """The run that this token watches."""
        return next((run for run in self.runs.values() if run.watch_token == token), None)

    def close(self, run: Run) -> None:
        """Drop a run; a page that still holds its socket is told, and may ask for a new one when it is looked at."""
        if run.token in self.runs:
            run.send("close")
            self._end(run, "")

    def _heard(self, header: dict[str, Any], payload: bytes) -> None:
        run = self.runs.get(header.get("run", ""))
        if run is None:
            return
        if header["type"] == "frame":
            run.deliver(payload, frozenset(header["fields"]))
        elif header["type"] == "history":
            run.deliver_rows(payload, header["after"])
        elif header["type"] == "failed":
            self._end(run, header["message"])

    def _lost(self, worker: WorkerProcess) -> None:
        """A worker is gone: its runs end, and the pages that watch them ask for new ones. It is started again."""
        hopeless = worker.failures >= MOST_FAILURES
        message = "No worker can be started on the server; its log says why." if hopeless else ""
        for run in [run for run in self.runs.values() if run.worker is worker]:
            self._end(run, message)
        self._do(self._start_again(worker))

    async def _start_again(self, worker: WorkerProcess) -> None:
        if worker.failures:
            await asyncio.sleep(min(0.5 * 2**worker.failures, 60))
        await worker.start()

    def _end(self, run: Run, message: str) -> None:
        """Forget a run that has ended by itself, and say so to those who watch."""
        self.runs.pop(run.token, None)
        said = json.dumps({"type": "failed" if message else "lost", "message": message})
        for viewer in run.viewers:
            viewer.put(said)


def _packed_table(config: Config) -> bytes:
    """The user's own table as a worker needs it; nothing for a config that trains on something else."""
    if "table" not in registry.entries("datasets")[config.dataset].takes:
        return b""
    table = tables().get(config.table)
    if table is None:
        raise NoTableError("The server holds this table no more. Choose the file, or the data set of OpenML, again.")
    return table.to_bytes()


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
