"""Player: a Trainer with a clock. Plays, pauses, steps, and makes the frame that somebody waits for."""

import math
from collections.abc import Iterable
from time import monotonic
from typing import Any, NamedTuple

from bnviz.config import FIELDS, Config
from bnviz.live.past import Past
from bnviz.live.wire import pack_frame
from bnviz.snapshot import MOMENTARY, Change
from bnviz.tables import Table
from bnviz.trainer import Trainer

START_SPEED = 60.0  # slow enough to see the first hundred steps, in which most happens
GESTURE = 1.0  # seconds; changes that follow each other faster are one movement of a hand
COMMANDS = (
    "want", "show", "look", "change", "play", "pause", "step", "set_speed", "reset", "continue_from", "sleep", "wake",
)  # fmt: skip


class Return(NamedTuple):
    """On the way back to a step: the changes to be made again, and the knobs from there on with their number."""

    step: int
    changes: list[Change]
    knobs: dict[str, Any]
    seq: int


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
        self.generation = 0  # one more each time that the run does not go on from where it stood
        self.looks: frozenset[str] = frozenset()  # all fields that somebody looks at, now or in turn
        self._changed = -math.inf  # when a knob was turned last
        self._return: Return | None = None
        self.wanted: frozenset[str] | None = None
        self._shown: frozenset[str] | None = None  # the fields shown of what is there now; None when it is all new
        self._next_step = 0.0
        self._rate_mark = (monotonic(), 0)
        self._rate = 0.0
        self._begin()

    @property
    def state(self) -> str:
        """One of restarting, diverged, waiting, running, paused."""
        if self._return is not None:
            return "restarting"
        if self.trainer.finished:
            return "diverged"
        if self.trainer.waiting:
            return "waiting"
        return "running" if self.playing else "paused"

    @property
    def due(self) -> float:
        """When the next step is to be made, on the monotonic clock; infinity for never."""
        if self._return is not None:
            return -math.inf
        return self._next_step if self.state == "running" and not self.asleep else math.inf

    def play_for(self, seconds: float) -> None:
        """Make the steps that are due: at least one, and no new one once the time is used up."""
        until = monotonic() + seconds
        while self._return is not None:
            self._go_back()
            if monotonic() >= until:
                return
        while (now := monotonic()) >= self.due:
            self._advance()
            interval = 1 / self.speed
            self._next_step = max(self._next_step + interval, now - interval)  # what was missed is not made up for
            if monotonic() >= until:
                break

    def _advance(self) -> None:
        self.trainer.advance()
        self.show()
        self._keep()
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

    def look(self, fields: Iterable[str]) -> None:
        """These are the fields of all open panels: those that belong to a step are kept, to look back at."""
        self.looks = frozenset(fields) & MOMENTARY

    def change(self, knobs: dict[str, Any], seq: int) -> None:
        """Turn knobs; ``seq`` comes back with the frames that were computed under them.

        What was there before the hand took hold becomes the ghost. On the way back they wait until the run is there.
        """
        if self._return is not None:
            asked = self.trainer.config.change(**self._return.knobs | knobs)  # raises for what is not allowed
            self._return = self._return._replace(knobs=asked.knobs, seq=seq)
            return
        now = monotonic()
        if self._turns(knobs):
            if now - self._changed > GESTURE:
                self.trainer.mark_ghost()
            self._changed = now
        self.trainer.change(**knobs)
        self.seq = seq
        self.show()

    def _turns(self, knobs: dict[str, Any]) -> bool:
        """Whether these would change the networks, and not only what is seen of them."""
        now = self.trainer.config.knobs
        return any(now[name] != value for name, value in knobs.items() if not FIELDS[name].only_looks)

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
            self._keep_row()

    def set_speed(self, steps_per_second: float | None) -> None:
        """Make so many steps a second; None for as many as there is time for."""
        self.speed = steps_per_second or math.inf
        self._restart_clock()

    def reset(self) -> None:
        """Start again from step 0 with the same seed and the knobs as they stand."""
        config = self.trainer.config
        if self._return is not None:
            config, self.seq = config.change(**self._return.knobs), self._return.seq
            self._return = None
        self.trainer = Trainer(config, table=self.trainer.table)
        self._begin()
        self._restart_clock()

    def continue_from(self, step: int) -> None:
        """Go back to a step, and on from there with the knobs as they stand now.

        From the last checkpoint before it the steps and changes in between are made once more, which gives the same.
        A step that was not made yet is passed over, and so is everything while the run is on its way back.
        """
        if not 0 <= step <= self.trainer.step or self._return is not None:
            return
        knobs, ghost = self.trainer.config.knobs, self.trainer.record.ghost
        try:
            undone = self.trainer.rewind(self.past.checkpoint_before(step))
        except ValueError as error:  # too many changes since
            self.note = f"Cannot go back to step {step}: {error}."
            self.show()
            return
        self.note = ""
        if ghost[0] < step:  # which was then there too
            self.trainer.record.ghost = ghost
        self.past.cut(self.trainer.step)
        self._return = Return(step, [change for change in undone if change.step < step], knobs, self.seq)
        self.generation += 1
        self.play()

    def sleep(self) -> None:
        """Nobody watches: make no steps until somebody comes."""
        self.asleep = True

    def wake(self) -> None:
        """Somebody watches again."""
        self.asleep = False
        self._restart_clock()

    def _go_back(self) -> None:
        """One step of the way to where the run is to go on."""
        assert self._return is not None
        trainer, (target, changes, knobs, seq) = self.trainer, self._return
        while changes and changes[0].step <= trainer.step:
            trainer.change(**changes.pop(0).now)
        if trainer.step < target and not trainer.finished:
            self._advance()
            return
        self._return, self.seq = None, seq
        if self._turns(knobs):
            trainer.mark_ghost()
        trainer.change(**{name: value for name, value in knobs.items() if value != trainer.config.knobs[name]})
        self._restart_clock()

    def _restart_clock(self) -> None:
        self._next_step = monotonic()
        self._rate_mark, self._rate = (monotonic(), self.trainer.step), 0.0
        self.show()

    # ------------------------------------------------------------------ the past

    def _begin(self) -> None:
        self.past = Past()
        self.note = ""
        self.generation += 1
        self._keep()

    def _keep(self) -> None:
        """Keep of this step what would stay."""
        step = self.trainer.step
        if self.past.checkpoint_due(step):
            self.past.keep_checkpoint(step, self.trainer.checkpoint())
        if self.past.row_due(step, seldom=self.speed > START_SPEED):
            self._keep_row()

    def _keep_row(self) -> None:
        step = self.trainer.step
        fields = self.looks if step else MOMENTARY  # at the start nobody has said yet what is looked at
        self.past.keep_row(step, self.make_frame(fields))

    def history(self, after: int) -> bytes:
        """The rows of later steps than ``after``, that of now included."""
        self._keep_row()
        return self.past.pack(after, generation=self.generation)

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
            "generation": self.generation,
            "ghost": snapshot.ghost_step,
            "state": self.state,
            "playing": self.playing,
            "speed": None if math.isinf(self.speed) else self.speed,
            "message": self._message(),
            "diverged": {arm: {"step": step, "place": place} for arm, (step, place) in snapshot.diverged.items()},
            "device": str(trainer.device),
            "note": trainer.device_note or self.note,
            "rate": round(self._rate, 1) if self.state == "running" else 0,
        }
        return pack_frame(header, dict(snapshot.values))

    def _message(self) -> str:
        if self._return is not None:
            return f"Going back to step {self._return.step}: {self._return.step - self.trainer.step} steps to repeat"
        return self.trainer.waiting or ""
