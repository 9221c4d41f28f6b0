"""The loop of a worker: all its runs in turn, a slice of time each, with messages looked at in between."""

import gc
import math
import traceback
from collections import deque
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, BinaryIO

import torch

from bnviz.config import Config
from bnviz.live.player import Player
from bnviz.live.wire import pack_message
from bnviz.tables import Table

SLICE = 0.006  # seconds that one run trains before the next has its turn


class Loop:
    """Trains the runs of one worker and sends their frames."""

    def __init__(self, inbox: SimpleQueue[dict[str, Any]], sink: BinaryIO) -> None:
        self._inbox, self._sink = inbox, sink
        self._players: dict[str, Player] = {}
        self._told: dict[str, deque[dict[str, Any]]] = {}  # what each run has been told and has not obeyed yet
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
            for message in self._messages():
                told = self._told.setdefault(message["run"], deque())
                if message["do"] == "close":
                    told.clear()  # what it was told before matters no more
                told.append(message)
            for run in list(self._told):
                self._obey_for(run, SLICE)
            for run in list(self._players):
                self._guarded(run, self._turn, run)

    def _guarded(self, run: str, act: Any, argument: Any) -> None:
        """Act for one run; when that fails, the run ends with a message, and the others go on."""
        try:
            act(argument)
        except Exception as error:
            traceback.print_exc()
            self._players.pop(run, None)
            self._send({"type": "failed", "run": run, "message": f"{type(error).__name__}: {error}"[:500]})

    def _turn(self, run: str) -> None:
        player = self._players[run]
        player.play_for(SLICE)
        fields = player.wanted
        frame = player.frame()
        if frame is not None:
            self._send({"type": "frame", "run": run, "fields": sorted(fields or ())}, frame)

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
            start = {name: message[name] for name in ("playing", "speed") if name in message}
            table = Table.from_bytes(message["payload"]) if "payload" in message else None
            self._players[run] = Player(Config.from_dict(message["config"]), table=table, **start)
        elif message["do"] == "close":
            self._players.pop(run, None)
        elif message["do"] == "history" and run in self._players:
            rows = self._players[run].history(message["after"])
            self._send({"type": "history", "run": run, "after": message["after"]}, rows)
        elif run in self._players:
            self._players[run].obey(**{name: value for name, value in message.items() if name != "run"})

    def _messages(self) -> list[dict[str, Any]]:
        """All messages that are there; waits for the first as long as there is nothing to do."""
        found = []
        pause = min((player.due for player in self._players.values()), default=math.inf) - monotonic()
        try:
            if pause > 0 and not self._told:
                found.append(self._inbox.get(timeout=None if math.isinf(pause) else pause))
            while True:
                found.append(self._inbox.get_nowait())
        except Empty:
            return found

    def _send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        self._sink.write(pack_message(header, payload))
        self._sink.flush()
