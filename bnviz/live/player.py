"""Player: a Trainer with a clock. Plays, pauses, steps, and makes the frame that somebody waits for."""

import math
from collections.abc import Iterable
from time import monotonic
from typing import Any

from bnviz.config import Config
from bnviz.live.wire import pack_frame
from bnviz.tables import Table
from bnviz.trainer import Trainer

START_SPEED = 60.0  # slow enough to see the first hundred steps, in which most happens
COMMANDS = ("want", "show", "change", "play", "pause", "step", "set_speed", "reset", "sleep", "wake")


class Player:
    """One run: what is trained, how fast, and which frame is wanted next."""

    def __init__(
        self, config: Config, playing: bool = True, speed: float | None = START_SPEED, table: Table | None = None
    ) -> None:
        self.trainer = Trainer(config, table=table)
        self.playing = playing
        self.asleep = False  # nobody watches
        self.speed = speed or math.inf  # steps per second
        self.seq = 0  # of the last change
        self.wanted: frozenset[str] | None = None
        self._shown: frozenset[str] | None = None  # the fields shown of what is there now; None when it is all new
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
            if monotonic() >= until:
                break

    def _advance(self) -> None:
        self.trainer.advance()
        self.show()
        then, step = self._rate_mark
        now = monotonic()
        if now - then >= 1:
            self._rate = (self.trainer.step - step) / (now - then)
            self._rate_mark = (now, self.trainer.step)

    # ------------------------------------------------------------------ commands

    def obey(self, do: str, **arguments: Any) -> None:
        """Carry out one of the commands below; what is asked has been checked by the server."""
        if do not in COMMANDS:
            raise ValueError(f"a player knows {', '.join(COMMANDS)}, got {do!r}")
        getattr(self, do)(**arguments)

    def want(self, fields: Iterable[str]) -> None:
        """Somebody waits for a frame with these fields."""
        self.wanted = frozenset(fields)

    def show(self) -> None:
        """Somebody has not seen what is there now."""
        self._shown = None

    def change(self, knobs: dict[str, Any], seq: int) -> None:
        """Turn knobs; ``seq`` comes back with the frames that were computed under them."""
        self.trainer.change(**knobs)
        self.seq = seq
        self.show()

    def play(self) -> None:
        """Make steps by the clock."""
        self.playing = True
        self._restart_clock()

    def pause(self) -> None:
        """Make no steps."""
        self.playing = False
        self._restart_clock()

    def step(self) -> None:
        """Make one step and no other."""
        self.pause()
        if self.state == "paused":
            self._advance()

    def set_speed(self, steps_per_second: float | None) -> None:
        """Make so many steps a second; None for as many as there is time for."""
        self.speed = steps_per_second or math.inf
        self._restart_clock()

    def reset(self) -> None:
        """Start again from step 0 with the same seed and the knobs as they stand."""
        self.trainer = Trainer(self.trainer.config, table=self.trainer.table)
        self._restart_clock()

    def sleep(self) -> None:
        """Nobody watches: make no steps until somebody comes."""
        self.asleep = True

    def wake(self) -> None:
        """Somebody watches again."""
        self.asleep = False
        self._restart_clock()

    def _restart_clock(self) -> None:
        self._next_step = monotonic()
        self._rate_mark, self._rate = (monotonic(), self.trainer.step), 0.0
        self.show()

    # ------------------------------------------------------------------ frames

    def frame(self) -> bytes | None:
        """The frame that is wanted, when it would show anything new; the wish is then fulfilled."""
        if self.wanted is None or (self._shown is not None and self.wanted <= self._shown):
            return None
        fields, self.wanted = self.wanted, None
        self._shown = fields | (self._shown or frozenset())
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
            "playing": self.playing,
            "speed": None if math.isinf(self.speed) else self.speed,
            "message": trainer.waiting or "",
            "diverged": {arm: {"step": step, "place": place} for arm, (step, place) in snapshot.diverged.items()},
            "device": str(trainer.device),
            "note": trainer.device_note,
            "rate": round(self._rate, 1) if self.state == "running" else 0,
        }
        return pack_frame(header, dict(snapshot.values))
