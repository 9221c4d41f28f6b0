"""A server of the socket alone, with one real worker, and pages that speak to it."""

import asyncio
import dataclasses
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from time import monotonic

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bnviz.live.hub import Hub
from bnviz.live.limits import Limits
from bnviz.live.routes import PATH, routes
from bnviz.live.wire import unpack_frame, unpack_rows

PATIENCE = 30  # seconds until a test gives up waiting


class SocketServer:
    """The hub and its routes behind uvicorn, which Streamlit uses too, on a free port of this machine."""

    def __init__(self) -> None:
        self.hub = Hub(Limits(workers=1, opens_per_second=1000))
        self._up = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listening.getsockname()[1]}"
        app = Starlette(routes=routes(self.hub), lifespan=self._lifespan)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self._thread.start()
        assert self._up.wait(PATIENCE)

    @asynccontextmanager
    async def _lifespan(self, _):
        self._loop = asyncio.get_running_loop()
        await self.hub.start()
        self._up.set()
        yield
        await self.hub.stop()

    def do(self, act):
        """Act in the server's thread; what came of it."""
        done = threading.Event()
        found = []

        def now():
            try:
                found.append(act())
            finally:
                done.set()

        self._loop.call_soon_threadsafe(now)
        assert done.wait(PATIENCE)
        return found[0]

    @contextmanager
    def page(self, **options):
        """A page with its socket open."""
        with connect(f"ws://{self.host}{PATH}", max_size=None, proxy=None, **options) as connection:
            yield Page(connection)

    def close_runs(self):
        """Forget every run."""
        self.do(lambda: [self.hub.close(run) for run in list(self.hub.runs.values())])

    def end(self):
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        self._listening.close()
        assert not self._thread.is_alive()


class Page:
    """One end of the socket, as a browser holds it."""

    def __init__(self, connection) -> None:
        self._connection = connection

    def send(self, raw):
        """Send text or bytes as they are."""
        self._connection.send(raw)

    def say(self, type, **more):
        """Send a message."""
        self.send(json.dumps({"type": type, **more}))

    def hear(self):
        """The next message, which must not be a frame."""
        item = self._connection.recv(PATIENCE)
        assert isinstance(item, str)
        return json.loads(item)

    def frame(self, *fields, again=True):
        """Header and arrays of a frame asked for now."""
        self.say("ready", fields=fields, again=again)
        item = self._connection.recv(PATIENCE)
        assert isinstance(item, bytes), item
        return unpack_frame(item)

    def frame_when(self, holds, *fields):
        """The first of the frames that fits; each is asked for when the last has come."""
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline:
            header, arrays = self.frame(*fields)
            if holds(header):
                return header, arrays
        raise AssertionError(f"no frame fits, such as the last: {header}")

    def rows(self, after=-1):
        """The header of the rows of the past, and of each row header and arrays, by step."""
        self.say("history", after=after)
        return self._rows(self._connection.recv(PATIENCE))

    def rows_and_a_frame(self):
        """The header of a frame that was asked for before, and all rows by step, in whatever order they come."""
        self.say("history", after=-1)
        items = [self._connection.recv(PATIENCE) for _ in range(2)]
        frame, rows = sorted(items, key=lambda item: b'"type": "history"' in item[:100])
        return unpack_frame(frame)[0], self._rows(rows)[1]

    def _rows(self, item):
        assert isinstance(item, bytes), item
        header, rows = unpack_rows(item)
        return header, {step: unpack_frame(row) for step, row in rows.items()}

    def leave(self):
        """Close the socket."""
        self._connection.close()

    def closed(self):
        """Code and reason with which the server closes; what comes before is passed over."""
        with pytest.raises(ConnectionClosed) as closed:
            self._listen()
        farewell = closed.value.rcvd
        assert farewell is not None, "the server broke off without a word"
        return farewell.code, farewell.reason

    def _listen(self):
        while True:
            self._connection.recv(PATIENCE)


@pytest.fixture(scope="session")
def whole_server() -> Iterator[SocketServer]:
    server = SocketServer()
    try:
        yield server
    finally:
        server.end()


@pytest.fixture
def server(whole_server) -> Iterator[SocketServer]:
    """The shared server, without any run at the start and at the end."""
    yield whole_server
    whole_server.close_runs()


@pytest.fixture
def asked(small):
    """The config that pages ask for, as they send it."""
    return dataclasses.asdict(small())


@pytest.fixture
def page(server, asked):
    """A page that has opened its run."""
    with server.page() as page:
        page.say("open", config=asked)
        page.run = page.hear()
        yield page


@pytest.fixture
def watcher(server, page):
    """A page that watches the run of another."""
    with server.page() as watcher:
        watcher.say("watch", token=page.run["watch"])
        assert set(watcher.hear()) == {"type", "id", "query"}  # it learns no token
        yield watcher


class Clock:
    """A monotonic clock that goes only when it is moved."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """The clock of every player."""
    clock = Clock()
    for module in ("player", "clock"):
        monkeypatch.setattr(f"bnviz.live.{module}.monotonic", clock)
    return clock
