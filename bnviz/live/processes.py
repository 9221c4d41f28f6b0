"""A worker as the server sees it: a process with a pipe to either side."""

import asyncio
import contextlib
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bnviz.live.wire import message_lengths, pack_message

PACKAGE_PARENT = str(Path(__file__).parents[2])
_LOGGER = logging.getLogger(__name__)
PATIENCE = 1.0  # seconds that a worker has to end by itself
STARTS_IN = 60.0  # seconds that it has to import what it needs: two, and on a busy machine twenty
HEAVY_TIMES = 10  # as patient with heavy runs: to open the largest takes 20 s, its step and frame 10, others come first


class WorkerProcess:
    """Starts ``python -m bnviz.live.worker``, sends it messages and hands on what it says.

    Messages sent before it runs are kept. ``heard(worker, header, payload)`` is called for each message that comes,
    ``lost(worker)`` when the process ended without having been told to. One for ``heavy`` runs leaves the cores to the
    others first.
    """

    def __init__(
        self,
        heard: Callable[["WorkerProcess", dict[str, Any], bytes], None],
        lost: Callable[["WorkerProcess"], None],
        heavy: bool = False,
    ) -> None:
        self.ready = asyncio.Event()
        self.begun = False  # whether it was started, and was not lost since
        self.failures = 0  # how often in a row it ended before it was ready
        self._heard, self._lost = heard, lost
        self._times = HEAVY_TIMES if heavy else 1
        self._unanswered: int | None = None  # how often it was looked after since it was asked, and has not answered
        self._arguments = ["--heavy"] if heavy else []
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._early: list[bytes] = []

    async def start(self) -> None:
        """Start the process if it is not; ``ready`` is set when it has imported what it needs. May raise OSError."""
        if self.begun:
            return
        self.begun, self._unanswered = True, None
        paths = [PACKAGE_PARENT, *filter(None, [os.environ.get("PYTHONPATH")])]
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bnviz.live.worker", *self._arguments,
                stdin=PIPE, stdout=PIPE, limit=2**20, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )  # fmt: skip
        except OSError:
            self.begun = False
            raise
        self._write(b"".join(self._early))
        self._early.clear()
        self._reader = asyncio.create_task(self._read(self._process))

    def send(self, message: dict[str, Any], payload: bytes = b"") -> None:
        """Send a message without waiting."""
        packed = pack_message(message, payload)
        if self._process is None:
            self._early.append(packed)
        else:
            self._write(packed)

    def _write(self, raw: bytes) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(raw)

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        try:
            while True:
                header, payload = message_lengths(await process.stdout.readexactly(8))
                message = json.loads(await process.stdout.readexactly(header))
                body = await process.stdout.readexactly(payload)
                if message["type"] == "ready":
                    self._unanswered = None
                    self.ready.set()
                elif message["type"] == "pong":
                    self._unanswered = None
                else:
                    self._heard(self, message, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # it has ended
        except Exception:
            _LOGGER.exception("A worker said what cannot be understood; it is ended and started again.")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        self.failures = 0 if self.ready.is_set() else self.failures + 1
        self.ready.clear()
        self.begun, self._process = False, None
        self._lost(self)

    @property
    def silent(self) -> int:
        """How often it was looked after since it was asked, without an answer; one that has ended owes none."""
        return (self._unanswered or 0) if self._process is not None else 0

    def look_after(self, patience: float) -> None:
        """To be called every second: ask whether it still serves its runs, and end it when no answer comes.

        It is then lost like any other. Calls are counted, not seconds: while the server itself was stopped, its workers
        may have been so too.
        """
        if self._process is None:
            return
        if self._unanswered is None:
            self._unanswered = 0
            if self.ready.is_set():
                self.send({"do": "ping"})
            return
        self._unanswered += 1
        if self._unanswered > (patience * self._times if self.ready.is_set() else STARTS_IN):
            _LOGGER.error("A worker has not answered for %d s; it is ended and started again.", self._unanswered)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def stop(self) -> None:
        """Close the pipe, and kill the process when that is not enough."""
        if self._reader is not None:
            self._reader.cancel()
        process, self._process = self._process, None
        self.begun = False
        self.ready.clear()
        self._early.clear()
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
