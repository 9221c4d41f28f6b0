"""Run: a Trainer in a worker, and those who watch it.

How a frame comes about:
1. A page says "ready" with the fields that it will draw next: ``Run.want``. Its viewer now waits.
2. The run asks its worker for the fields of all who wait, unless it has asked for them already.
3. The worker makes the frame as soon as it would show something new, and forgets the wish.
4. ``Run.deliver`` sends it to every viewer who waits for no other fields, and asks again for the rest.
5. The page begins to draw and says "ready" again: at most one frame is on its way while one is drawn.
A viewer that a frame passed by has ``missed`` it: when it waits again, the worker is told to show what is there now.
"""

import json
import secrets
from time import monotonic
from typing import Any

from bnviz.asked import Asked
from bnviz.live.kept import Kept
from bnviz.live.processes import WorkerProcess
from bnviz.live.viewer import Viewer


class Run:
    """A Trainer in a worker, as the server knows it."""

    def __init__(self, config: Asked, worker: WorkerProcess, address: str = "", **start: Any) -> None:
        self.config = config
        self.worker = worker
        self.address = address  # of who opened it
        self.kept = Kept(config)
        self.losses = 0  # how often in a row it has lost its worker while it trained
        self.stood = 0  # the step at which it lost it last
        self.leaving = False  # whether it goes on in another worker once it has handed over its state
        self.gone = False  # closed; a page may not have heard it yet
        self.identity = secrets.token_urlsafe(8)  # tells the runs apart that somebody watches by one token
        self.token = secrets.token_urlsafe(24)
        self.watch_token = secrets.token_urlsafe(24)
        self.viewers: set[Viewer] = set()
        self.asked: frozenset[str] | None = None  # the fields that the worker has been asked for
        self.looks: frozenset[str] = frozenset()  # the fields that the worker keeps of each step
        self.asleep = False
        self.watched = monotonic()
        self._start = start  # whether it plays, and how fast; nothing where that is as a player begins
        self._seq = 0  # of the last change

    def open(self, table: bytes) -> None:
        """Let the worker begin."""
        message, payload = self.kept.opening(table)
        self.send("open", payload, **message, **self._start)

    def move(self, worker: WorkerProcess, table: bytes) -> None:
        """Go on in another worker at the step where the run stood, and let it know what the viewers wait for."""
        self.worker, self.asked, self.leaving = worker, None, False
        message, payload = self.kept.opening(table)
        again = {**self.kept.again, "knobs": self.config.knobs, "seq": self._seq}
        self.send("open", payload, **message, **self._start, looks=sorted(self.looks), again=again)
        if self.asleep:
            self.send("sleep")
        for after in {viewer.after for viewer in self.viewers} - {None}:
            self.send("history", after=after)
        for viewer in self.viewers:
            if viewer.wants is not None:
                self.want(viewer, viewer.wants, again=False)

    def send(self, do: str, payload: bytes = b"", **more: Any) -> None:
        """Tell the worker something about this run, as long as it is there."""
        if not self.gone:
            self.worker.send({"do": do, "run": self.token, **more}, payload)

    def change(self, knobs: dict[str, Any], seq: int) -> None:
        """Turn knobs. Raises ValueError for what is not allowed."""
        self.config = self.config.change(**knobs)
        self._seq = seq
        self.send("change", knobs={name: getattr(self.config, name) for name in knobs}, seq=seq)

    @property
    def trains(self) -> bool:
        """Whether steps are made, as far as the server knows."""
        return not self.asleep and self._start.get("playing", True)

    def control(self, do: str, **more: Any) -> None:
        """Play, pause, step, reset, continue from a step, or set the speed."""
        if do == "set_speed":
            self._start["speed"] = more["steps_per_second"]
        elif do != "reset":
            self._start["playing"] = do in ("play", "continue_from")
        self.send(do, **more)

    def want(self, viewer: Viewer, fields: frozenset[str], again: bool) -> None:
        """A viewer waits for the next frame with these fields; ``again`` also when it shows nothing new."""
        viewer.wants = fields
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

    def end(self) -> None:
        """Let the worker forget it."""
        self.send("close")
        self.gone = True

    def tell(self, **message: Any) -> None:
        """Say something to everybody who watches."""
        said = json.dumps(message)
        for viewer in self.viewers:
            viewer.put(said)

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
        """Whether another tab than this page's controls this run, in sight or not."""
        return any(viewer.controls and viewer.page != page for viewer in self.viewers)

    def _wake(self) -> None:
        self.watched = monotonic()
        if self.asleep:
            self.asleep = False
            self.send("wake")

    def rest(self, after: float) -> None:
        """Put the run to sleep when nobody has watched it for so many seconds."""
        if any(viewer.wants is not None for viewer in self.viewers):
            self.watched = monotonic()
        elif not self.asleep and monotonic() - self.watched > after:
            self.asleep = True
            self.send("sleep")
