"""A network between a browser and a server of this machine, which can be cut and mended."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

from tests.browser.serving import free_port

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing breaks the connection off (RST) instead of saying goodbye


class Network:
    """Forwards TCP connections to a port.

    ``cut`` is either of what happens in life: connections are reset and new ones refused (a router that is started
    again), or nothing arrives any more and nobody is told (a laptop that sleeps, a cable that is pulled).
    """

    def __init__(self, to_port: int) -> None:
        self._to_port, self.port = to_port, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._ends: set[asyncio.StreamWriter] = set()  # of the connections that go through
        self._tasks: set[asyncio.Task[None]] = set()  # one for each connection
        self._refuses = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._do(self._open)

    def _do(self, act: Callable[[], Any]) -> None:
        async def now() -> None:
            done = act()
            if asyncio.iscoroutine(done):
                await done

        asyncio.run_coroutine_threadsafe(now(), self._loop).result(10)

    async def _open(self) -> None:
        self._line = asyncio.Event()  # bytes go through while it is set
        self._line.set()
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task, line = asyncio.current_task(), self._line
        assert task
        self._tasks.add(task)
        ends = [writer]
        try:
            if self._refuses:
                return _reset(writer)
            await line.wait()
            back, forth = await asyncio.open_connection("127.0.0.1", self._to_port)
            ends.append(forth)
            self._ends.update(ends)
            await asyncio.gather(_pump(reader, forth, line), _pump(back, writer, line))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            for end in ends:
                end.transport.abort()
            self._ends.difference_update(ends)
            self._tasks.discard(task)

    @property
    def connections(self) -> int:
        """How many go through, or did before they were cut."""
        return len(self._ends) // 2

    def cut(self, silent: bool) -> None:
        """Nothing goes through: without a word, or with every connection reset and new ones refused."""

        def now() -> None:
            if silent:
                self._line.clear()
                return
            self._refuses = True
            for end in self._ends:
                _reset(end)

        self._do(now)

    def mend(self, forgotten: bool = False) -> None:
        """New connections go through; those of a silent cut go on, or are ``forgotten`` and stay silent for ever."""

        def now() -> None:
            self._refuses = False
            if forgotten:
                self._line = asyncio.Event()
            self._line.set()

        self._do(now)

    def end(self) -> None:
        """Close all that is open."""

        async def now() -> None:
            self._server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks)

        self._do(now)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, line: asyncio.Event) -> None:
    while data := await source.read(2**16):
        await line.wait()
        sink.write(data)
        await sink.drain()
    await line.wait()  # a goodbye is not heard over a cut line either
    sink.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    found: socket.socket = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()
