"""The loop of a worker: all its runs in turn, a slice of time each, with messages looked at in between."""

import contextlib
import gc
import math
import traceback
from collections import deque
from queue import Empty, SimpleQueue
from time import monotonic, thread_time
from typing import Any, BinaryIO

import torch

from bnviz import sources
from bnviz.config import Config
from bnviz.live.limits import Limits
from bnviz.live.memory import give_back
from bnviz.live.player import Player
from bnviz.live.wire import pack_message
from bnviz.tables import Table

GIVE_BACK_EVERY = 5.0  # seconds between two times at which free memory is given back
MOST_TOLD = 500  # messages that a run has not obeyed yet; of more only the last of each kind counts


class Loop:
    """Trains the runs of one worker and sends their frames.

    Each run has a slice of time in its turn. The next turn is that of a run that has used little of the core so far,
    and among these of one that has been told something: there is a hand that waits.
    """

    def __init__(self, inbox: SimpleQueue[dict[str, Any]], sink: BinaryIO) -> None:
        self._inbox, self._sink = inbox, sink
        self._players: dict[str, Player] = {}
        self._told: dict[str, deque[dict[str, Any]]] = {}  # what each run has been told and has not obeyed yet
        self._used: dict[str, float] = {}  # seconds of the core that each run has used, or let pass
        self._least = 0.0  # of those who were due last
        self._gave_back = monotonic()
        self._limits = Limits.from_environment()
        self._slice = self._limits.slice_ms / 1000
        torch.set_num_threads(1)
        Player(
            Config(device="cpu")
        ).trainer.advance()  # what is slow the first time is done before anybody waits for it
        gc.collect()
        gc.freeze()

    def serve(self) -> None:
        """Run for ever; the worker ends with its pipe."""
        self._send({"type": "ready"})
        while True:
            self._listen(self._pause())
            run = self._next()
            if run is not None:
                begins, start = run not in self._players, thread_time()
                self._serve_run(run)
                if not begins:  # which takes as long as many turns
                    self._used[run] += thread_time() - start
                if run not in self._players and run not in self._told:
                    del self._used[run]
                if monotonic() - self._gave_back > GIVE_BACK_EVERY:
                    give_back()
                    self._gave_back = monotonic()

    def _next(self) -> str | None:
        """Of the runs that are due: one of those that have used, but for a slice, no more than the least."""
        now = monotonic()
        due = [run for run in {**self._players, **self._told} if self._due(run) <= now]
        if not due:
            return None
        for run in due:
            self._used[run] = max(self._used.get(run, 0.0), self._least)  # who was idle has nothing in hand
        self._least = min(self._used[run] for run in due)
        little = [run for run in due if self._used[run] <= self._least + self._slice]
        return min(little, key=lambda run: (run not in self._told, self._used[run]))

    def _note(self, message: dict[str, Any]) -> None:
        """Add what a run is told to what it has not obeyed yet, where it says more than that."""
        if message["do"] == "ping":
            return self._send({"type": "pong"})
        told = self._told.setdefault(message["run"], deque())
        if message["do"] == "close":
            told.clear()  # what it was told before matters no more
        elif told and _goes_on(told[-1], message):
            told.pop()
        told.append(message)
        if len(told) > MOST_TOLD:
            self._told[message["run"]] = _shortened(told)

    def _serve_run(self, run: str) -> None:
        """One turn of a run: what it was told, steps, a frame."""
        if run in self._told:
            self._obey_for(run, self._slice)
        if run in self._players:
            self._guarded(run, self._turn, run)

    def _guarded(self, run: str, act: Any, argument: Any) -> None:
        """Act for one run; when that fails, the run ends with a message, and the others go on."""
        try:
            act(argument)
        except Exception as error:
            with contextlib.suppress(OSError):  # a log that cannot be written is no reason to end
                traceback.print_exc()
            self._players.pop(run, None)
            self._send({"type": "failed", "run": run, "message": f"{type(error).__name__}: {error}"[:500]})

    def _turn(self, run: str) -> None:
        """Steps, then a frame; where a hand has turned something, the frame that shows it comes first."""
        player = self._players[run]
        if player.turned and self._show(run):
            player.play_for(self._slice)
            return self._report(run)
        player.play_for(self._slice)
        self._show(run)

    def _show(self, run: str) -> bool:
        """Make the frame that somebody waits for; whether there was one to make."""
        player = self._players[run]
        fields = player.frames.wanted
        frame = player.frame()
        self._report(run)
        if frame is None:
            return False
        more = {"fields": sorted(fields or ()), "step": player.reached, "generation": player.generation}
        self._send({"type": "frame", "run": run, **more}, frame)
        return True

    def _report(self, run: str) -> None:
        """Send the server what it is to keep of a run."""
        for word, payload in self._players[run].reports.take():
            self._send({**word, "run": run}, payload)

    def _obey_for(self, run: str, seconds: float) -> None:
        """Obey what a run has been told, in order; once the time is used up, the others come first."""
        until = monotonic() + seconds
        while self._told[run]:
            self._guarded(run, self._obey, self._told[run].popleft())
            if monotonic() >= until:
                break
        if not self._told[run]:
            del self._told[run]

    def _obey(self, message: dict[str, Any]) -> None:
        run = message["run"]
        if message["do"] == "open":
            self._players[run] = self._opened(message)
        elif message["do"] == "close":
            self._players.pop(run, None)
        elif message["do"] == "history" and run in self._players:
            rows = self._players[run].history(message["after"])
            self._send({"type": "history", "run": run, "after": message["after"]}, rows)
        elif run in self._players:
            self._players[run].obey(**{name: value for name, value in message.items() if name != "run"})

    def _opened(self, message: dict[str, Any]) -> Player:
        start = {name: message[name] for name in ("playing", "speed", "generation") if name in message}
        payload, holds = message.get("payload", b""), message.get("holds")
        table = Table.from_bytes(payload) if holds == "table" else None
        state = payload if holds == "state" else b""
        more = {"looks": message.get("looks", ()), "limits": self._limits}
        player = Player(sources.config_of(message["config"]), table=table, state=state, **more, **start)
        if "again" in message:  # before its first step
            player.again(**message["again"])
        return player

    def _listen(self, pause: float) -> None:
        """Note all messages that are there; waits so many seconds for the first."""
        try:
            if pause > 0:
                self._note(self._inbox.get(timeout=None if math.isinf(pause) else pause))
            while True:
                self._note(self._inbox.get_nowait())
        except Empty:
            pass

    def _pause(self) -> float:
        """Seconds for which there is nothing to do."""
        return min(map(self._due, {*self._told, *self._players}), default=math.inf) - monotonic()

    def _due(self, run: str) -> float:
        """When a run is to have its next turn, on the monotonic clock."""
        return -math.inf if run in self._told else self._players[run].due

    def _send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        self._sink.write(pack_message(header, payload))
        self._sink.flush()


def _shortened(told: deque[dict[str, Any]]) -> deque[dict[str, Any]]:
    """Of each kind of message, and of the changes of the same knobs, the last one, in the order in which these came."""
    last: dict[tuple[str, ...], dict[str, Any]] = {}
    for message in told:
        kind = (message["do"], *message.get("knobs", ()))
        last.pop(kind, None)
        last[kind] = message
    return deque(last.values())


def _goes_on(last: dict[str, Any], message: dict[str, Any]) -> bool:
    """Whether a change drags the same sliders on, so that the last place of the hand says all."""
    if not last["do"] == message["do"] == "change" or last["knobs"].keys() != message["knobs"].keys():
        return False
    return all(isinstance(value, (int, float)) for value in message["knobs"].values())
