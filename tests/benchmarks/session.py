"""A page as the server sees it, without a browser: it opens a run or watches one, and asks, draws and asks again.

What it says and when follows connection.js and turns.js; what it asks for are the fields of the opening charts.
"""

import asyncio
import contextlib
import json
import ssl
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bnviz import registry
from bnviz.config import Config
from bnviz.live.routes import PATH

DRAWING = 0.02  # seconds that a page needs for a frame
MOVE_EVERY = 1 / 30  # seconds between two values of a dragged slider
TURN_EVERY = 0.05  # as in turns.js
PAUSE = 0.5  # likewise
REST = 0.15  # likewise
HELD_EVERY, HELD_FRAMES, HELD_MOST = 1.0, 60, 2.0  # likewise
TEXT_EVERY = 0.5  # as in text.js
PATIENCE = 60.0  # seconds until a session gives up waiting


@dataclass
class Panel:
    """A chart or a text of a page: the fields it draws, and when."""

    fields: tuple[str, ...]
    each_frame: bool = False
    every: float = 0.0
    had: float = float("-inf")  # when it had its turn last
    drawn: bool = False


def opening_panels(config: Config) -> list[Panel]:
    """Those of the Covariate shift page as it opens."""
    charts = [registry.load("charts", name).make(config) for name in ("ridges", "loss", "accuracy")]
    return [Panel(("words",), every=TEXT_EVERY), *(Panel(chart.fields, chart.each_frame) for chart in charts)]


class Session:
    """One page. Made by ``connected``; what has come so far stands in its attributes."""

    def __init__(self, socket: ClientConnection, config: Config) -> None:
        self.config = config
        self.token = self.watch_token = ""
        self.header: dict[str, Any] = {}  # of the newest frame
        self.frames = 0  # that have come
        self.rows = 0  # answers with rows of the past that have come
        self.answers: list[float] = []  # seconds from each change sent to the first frame that shows it
        self.said: list[dict[str, Any]] = []  # what the server said in words, the newest last
        self._socket = socket
        self._panels = opening_panels(config)
        self._last_turn = self._held = self._framed = float("-inf")
        self._gap = 0.0
        self._seq = 0
        self._changes: deque[tuple[int, float, dict[str, Any]]] = deque()  # that no frame shows yet
        self._news, self._fresh = asyncio.Event(), asyncio.Event()
        self._asked = False  # for a frame that has not come yet
        self._timer: asyncio.TimerHandle | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self._tasks = {asyncio.create_task(self._listen()), asyncio.create_task(self._draw())}

    @classmethod
    @asynccontextmanager
    async def connected(
        cls, url: str, config: Config | None = None, tls: ssl.SSLContext | None = None, **options: Any
    ) -> AsyncIterator["Session"]:
        """A session whose socket is open; ``url`` is the server's."""
        address = url.replace("http", "ws", 1) + PATH
        async with connect(address, max_size=None, proxy=None, ssl=tls, **options) as socket:
            session = cls(socket, config or Config())
            try:
                yield session
            finally:
                await session._end()

    async def _end(self) -> None:
        if self._timer:
            self._timer.cancel()
        tasks = [*self._tasks, *self._asking]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ------------------------------------------------------------------ what a person does

    async def open(self, **more: Any) -> None:
        """Ask for a run and begin to draw it; AssertionError when the server has none."""
        await self._begin("open", config=asdict(self.config), page=str(id(self)), **more)
        self.token, self.watch_token = self.said[-1]["token"], self.said[-1]["watch"]

    async def watch(self, token: str) -> None:
        """Watch a run that another page controls."""
        await self._begin("watch", token=token)

    async def _begin(self, kind: str, **more: Any) -> None:
        heard = len(self.said)
        await self.say(kind, **more)
        await self.until(lambda: len(self.said) > heard, f"an answer to {kind}")
        assert self.said[-1]["type"] == "run", self.said[-1]
        await self.say("look", fields=sorted({field for panel in self._panels for field in panel.fields}))
        await self._ready(again=True)

    async def change(self, **knobs: Any) -> None:
        """Turn knobs."""
        self._seq += 1
        self._held = monotonic()
        self._changes.append((self._seq, monotonic(), knobs))
        await self.say("change", knobs=knobs, seq=self._seq)

    async def drag(self, seconds: float) -> None:
        """Drag γ to and fro for so long."""
        for move in range(1, round(seconds / MOVE_EVERY) + 1):
            await self.change(gamma=1 + abs(move % 40 - 20) / 20, affine="held")
            await asyncio.sleep(MOVE_EVERY)

    async def settle(self, seconds: float = PATIENCE) -> None:
        """Wait until a frame shows the last change. AssertionError when none comes."""
        await self.until(lambda: not self._changes, "a frame shows the last change", seconds)

    async def look_back(self) -> None:
        """Pause, get the rows of the past, and go on."""
        await self.say("pause")
        before = self.rows
        await self.say("history", after=-1)
        await self.until(lambda: self.rows > before, "the rows of the past come")
        await self.say("play")

    @property
    def unanswered(self) -> list[float]:
        """How long ago each change was sent that no frame shows yet, in seconds."""
        now = monotonic()
        return [now - sent for _, sent, _ in self._changes]

    @property
    def closed(self) -> int | None:
        """The code with which the socket was closed; None while it is open."""
        return self._socket.close_code

    async def say(self, kind: str, **more: Any) -> None:
        """Send a message."""
        await self._socket.send(json.dumps({"type": kind, **more}))

    async def until(self, holds: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
        """Wait for a condition. AssertionError when it does not come, or the server closes the socket before."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not holds():
                    assert all(not task.done() for task in self._tasks), f"the socket was closed before: {what}"
                    self._news.clear()
                    await self._news.wait()
        shown = {name: self.header.get(name) for name in ("step", "state", "seq")}
        said = self.said[-1]["type"] if self.said else "nothing"
        assert holds(), f"did not happen within {seconds:g} s: {what}; drawn: {shown}, the server said last: {said}"

    # ------------------------------------------------------------------ what the page does

    async def _listen(self) -> None:
        try:
            async for item in self._socket:
                if isinstance(item, str):
                    self.said.append(json.loads(item))
                else:
                    self._receive(item)
                self._news.set()
        except ConnectionClosed:
            pass
        finally:
            self._news.set()

    def _receive(self, item: bytes) -> None:
        (length,) = struct.unpack_from("<I", item)
        header = json.loads(item[4 : 4 + length])
        if header.get("type") == "history":
            self.rows += 1
            return
        self.header = header
        self.frames += 1
        now = monotonic()
        if now - self._framed <= PAUSE:
            self._gap += (now - self._framed - self._gap) / 4
        self._framed = now
        while self._changes and self._changes[0][0] <= header["seq"]:
            seq, sent, knobs = self._changes.popleft()
            assert seq < header["seq"] or header["knobs"] | knobs == header["knobs"]
            self.answers.append(monotonic() - sent)
        self._asked = False
        if not self._fresh.is_set():  # while a frame waits to be drawn, no other is asked for
            self._soon_ready()
        self._fresh.set()

    async def _draw(self) -> None:
        """Draw the newest frame; the next has been asked for when it came, or is now."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._fresh.wait()
                self._fresh.clear()
                here = {array["name"] for array in self.header["arrays"]} | self.header["texts"].keys()
                if not self._asked:
                    await self._ready()
                await asyncio.sleep(DRAWING)
                for panel in self._panels:
                    panel.drawn |= here.issuperset(panel.fields)

    async def _ready(self, again: bool = False) -> None:
        """Ask for a frame: what is drawn on each, and one of the other panels in turn."""
        self._asked = True
        turns, wait = self._turns(monotonic(), again)
        if wait is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(wait, self._turn_comes)
        fields = {field for panel in self._panels if panel.each_frame or panel in turns for field in panel.fields}
        await self.say("ready", fields=sorted(fields), again=again)

    def _turn_comes(self) -> None:
        self._timer = None
        self._soon_ready()

    def _soon_ready(self) -> None:
        self._asked = True
        task = asyncio.create_task(self._quietly_ready())
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _quietly_ready(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._ready()

    def _turns(self, now: float, again: bool) -> tuple[list[Panel], float | None]:
        """The panels whose turn it is; where there is none, the seconds until there is one."""
        rare = max(1, self._gap / TURN_EVERY)

        def due(panel: Panel) -> float:
            return float("-inf") if again or not panel.drawn else panel.had + panel.every * rare

        others = (panel for panel in self._panels if not panel.each_frame)
        waiting = [panel for panel in others if again or not panel.drawn or panel.had <= self._framed]
        waiting.sort(key=lambda panel: panel.had)
        held = now < self._held + REST
        every = max(TURN_EVERY, 3 * self._gap)
        held_every = min(max(HELD_EVERY, HELD_FRAMES * self._gap), HELD_MOST)
        free = min(self._held + REST, self._last_turn + held_every) if held else self._last_turn + every
        may = (panel for panel in waiting if due(panel) <= now) if again or free <= now else iter(())
        first = next(may, None)
        turns = [panel for panel in waiting if not panel.drawn or panel is first]
        for panel in turns:
            panel.had = self._last_turn = now
        rest = [due(panel) for panel in waiting if panel not in turns]
        return turns, max(now + every if turns else free, min(rest)) - now if rest else None
