"""Player: a Trainer with a clock. Plays, pauses, steps, and makes the frame that somebody waits for."""

import math
from collections.abc import Iterable
from time import monotonic
from typing import Any

from bnviz.config import Config
from bnviz.live.wire import pack_frame
from bnviz.snapshot import PLAIN_FIELDS, SITE_FIELDS, SITES
from bnviz.trainer import Trainer

_PATHS = tuple(PLAIN_FIELDS) + tuple(f"{name}/{site}" for name in SITE_FIELDS for site in SITES)


class Player:
    """One run: what is trained, how fast, and which frame is wanted next."""

    def __init__(self, config: Config) -> None:
        self.trainer = Trainer(config)
        self.playing = True
        self.asleep = False  # nobody watches
        self.speed = math.inf  # steps per second
        self.seq = 0  # of the last change
        self.wanted: tuple[str, ...] | None = None
        self._fresh = True  # there is something to show that no frame has shown
        self._next_step = 0.0
        self._rate_mark = (monotonic(), 0)
        self._rate = 0.0

    @property
    def state(self) -> str:
        """One of waiting, diverged, running, paused."""
        if self.trainer.finished:
            return "diverged"
        if self.trainer.waiting:
            return "waiting"
        return "running" if self.playing else "paused"

    @property
    def due(self) -> float:
        """When the next step is to be made, on the monotonic clock; infinity for never."""
        return self._next_step if self.state == "running" and not self.asleep else math.inf

    def play_for(self, seconds: float) -> None:
        """Make the steps that are due: at least one, and no new one once the time is used up."""
        until = monotonic() + seconds
        while (now := monotonic()) >= self.due:
            self._advance()
            interval = 1 / self.speed
            self._next_step = max(self._next_step + interval, now - interval)  # what was missed is not made up for
            if now >= until:
                break

    def _advance(self) -> None:
        self.trainer.advance()
        self._fresh = True
        then, step = self._rate_mark
        now = monotonic()
        if now - then >= 1 or self.trainer.step < step:
            self._rate = max(self.trainer.step - step, 0) / (now - then)
            self._rate_mark = (now, self.trainer.step)

    def command(self, message: dict[str, Any]) -> None:
        """Obey one message; it has been checked by the server."""
        match message:
            case {"do": "want", "fields": fields}:
                self.wanted = tuple(fields)
                return
            case {"do": "change", "knobs": knobs, "seq": seq}:
                self.trainer.change(**knobs)
                self.seq = seq
            case {"do": "play"}:
                self._set_playing(True)
            case {"do": "pause"}:
                self._set_playing(False)
            case {"do": "step"}:
                self._set_playing(False)
                if self.state == "paused":
                    self._advance()
            case {"do": "speed", "steps_per_second": speed}:
                self.speed = speed or math.inf
                self._next_step = monotonic()
            case {"do": "reset"}:
                self.trainer = Trainer(self.trainer.config)
                self._rate_mark = (monotonic(), 0)
            case {"do": "sleep"}:
                self.asleep = True
                return
            case {"do": "wake"}:
                self.asleep = False
                self._rate_mark = (monotonic(), self.trainer.step)
        self._fresh = True

    def _set_playing(self, playing: bool) -> None:
        self.playing = playing
        self._next_step = monotonic()
        self._rate_mark, self._rate = (monotonic(), self.trainer.step), 0.0

    def frame(self) -> bytes | None:
        """The frame that is wanted, when there is something new to show; the wish is then fulfilled."""
        if self.wanted is None or not self._fresh:
            return None
        fields, self.wanted, self._fresh = self.wanted, None, False
        return self.make_frame(fields)

    def make_frame(self, fields: Iterable[str]) -> bytes:
        """The frame of now with these fields."""
        trainer = self.trainer
        snapshot = trainer.snapshot(fields)
        header = {
            "step": snapshot.step,
            "arms": snapshot.arms,
            "knobs": snapshot.knobs,
            "seq": self.seq,
            "state": self.state,
            "message": trainer.waiting or "",
            "diverged": {arm: {"step": step, "place": place} for arm, (step, place) in snapshot.diverged.items()},
            "device": str(trainer.device),
            "note": trainer.device_note,
            "rate": round(self._rate, 1) if self.state == "running" else 0,
        }
        return pack_frame(header, {path: snapshot.values[path] for path in _PATHS if path in snapshot.values})
