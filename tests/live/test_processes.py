"""A worker as the server sees it: its start, what is kept for it, its death and its end."""

import asyncio
import os
import signal

import pytest

from bnviz.live.processes import HEAVY_TIMES, WorkerProcess
from bnviz.live.wire import unpack_frame

PATIENCE = 60  # seconds until a test gives up waiting


class Seen:
    """A worker process, and what came from it."""

    def __init__(self, heavy=False):
        self.heard, self.lost = asyncio.Queue(), asyncio.Queue()
        self.worker = WorkerProcess(lambda _, *message: self.heard.put_nowait(message), self.lost.put_nowait, heavy)

    async def ready(self):
        await asyncio.wait_for(self.worker.ready.wait(), PATIENCE)

    async def frame(self):
        """The header of the next frame."""
        header = {"type": "kept"}
        while header["type"] == "kept":
            header, payload = await asyncio.wait_for(self.heard.get(), PATIENCE)
        assert (header["type"], header["run"]) == ("frame", "a")
        return unpack_frame(payload)[0]

    @property
    def pid(self):
        return self.worker._process.pid


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def opening(small):
    """The messages that open a run and ask for a frame."""
    config = small()
    values = {name: getattr(config, name) for name in config.structure | config.knobs}
    return [{"do": "open", "run": "a", "config": values}, {"do": "want", "run": "a", "fields": ["drift"]}]


def test_what_is_said_before_it_runs_is_kept_and_a_dead_one_can_be_started_again(opening):
    async def story():
        seen = Seen()
        try:
            for message in opening:
                seen.worker.send(message)
            await seen.worker.start()
            assert (await seen.frame())["step"] >= 0
            assert seen.worker.ready.is_set()

            first = seen.pid
            os.kill(first, signal.SIGKILL)
            assert await asyncio.wait_for(seen.lost.get(), PATIENCE) is seen.worker
            assert not seen.worker.ready.is_set()
            assert not is_there(first)

            for message in opening:
                seen.worker.send(message)
            await seen.worker.start()
            await seen.frame()
            assert seen.pid != first
        finally:
            pid = seen.pid
            await seen.worker.stop()
        assert not is_there(pid)
        assert seen.lost.empty()  # who is told to end is not lost

    asyncio.run(story())


@pytest.mark.parametrize("heavy", [False, True])
def test_one_that_hangs_is_ended_and_lost_when_it_has_not_answered_for_long(opening, heavy):
    most = 3 * (HEAVY_TIMES if heavy else 1)

    async def story():
        seen = Seen(heavy)
        try:
            seen.worker.look_after(3)  # one that is not there yet cannot answer
            await seen.worker.start()
            await seen.ready()
            pid = seen.pid
            for _ in range(3 * most):  # it answers each time
                seen.worker.look_after(3)
                while seen.worker._unanswered is not None:
                    await asyncio.sleep(0.001)

            os.kill(pid, signal.SIGSTOP)
            for _ in range(1 + most):
                seen.worker.look_after(3)
                assert seen.worker.begun
            os.kill(pid, signal.SIGCONT)  # late, but it answers
            while seen.worker._unanswered is not None:
                await asyncio.sleep(0.001)

            os.kill(pid, signal.SIGSTOP)
            for _ in range(2 + most):
                seen.worker.look_after(3)
            assert seen.worker.silent == 1 + most
            assert await asyncio.wait_for(seen.lost.get(), PATIENCE) is seen.worker
            assert seen.worker.silent == 0  # or its runs would be told so again until it is started
            assert not is_there(pid)

            await seen.worker.start()
            for message in opening:
                seen.worker.send(message)
            await seen.frame()
            seen.worker.look_after(3)
            assert seen.worker._unanswered == 0  # nothing is left from the one before
        finally:
            await seen.worker.stop()

    asyncio.run(story())


def test_one_that_hangs_while_it_starts_is_ended_and_lost(monkeypatch):
    monkeypatch.setattr("bnviz.live.processes.STARTS_IN", 5)

    async def story():
        seen = Seen()
        try:
            await seen.worker.start()
            os.kill(seen.pid, signal.SIGSTOP)
            for _ in range(6):
                seen.worker.look_after(3)
                assert seen.worker.begun
            seen.worker.look_after(3)
            assert await asyncio.wait_for(seen.lost.get(), PATIENCE) is seen.worker
            assert seen.worker.failures == 1
        finally:
            await seen.worker.stop()

    asyncio.run(story())


def test_one_that_does_not_end_by_itself_is_killed(monkeypatch):
    monkeypatch.setattr("bnviz.live.processes.PATIENCE", 0.1)

    async def story():
        seen = Seen()
        await seen.worker.start()
        pid = seen.pid
        os.kill(pid, signal.SIGSTOP)
        await asyncio.wait_for(seen.worker.stop(), PATIENCE)
        assert not is_there(pid)

    asyncio.run(story())


def test_one_that_never_started_can_be_stopped(opening):
    async def story():
        seen = Seen()
        seen.worker.send(opening[0])
        await seen.worker.stop()

    asyncio.run(story())
