"""Player: an engine with a clock. Plays, pauses, steps, and makes the frame that somebody waits for."""

import math
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, NamedTuple

from bnviz import engines, sources
from bnviz.asked import Asked
from bnviz.live.clock import Clock
from bnviz.live.frames import Frames
from bnviz.live.limits import Limits
from bnviz.live.past import ROW_EVERY, ROW_SELDOM, Past
from bnviz.live.reports import Reports
from bnviz.snapshot import GHOSTS
from bnviz.tables import Table

START_SPEED = 60.0  # slow enough to see the first hundred steps, in which most happens
GESTURE = 1.0  # seconds; changes that follow each other faster are one movement of a hand
COMMANDS = (
    "want", "show", "look", "change", "play", "pause", "step", "set_speed", "reset", "continue_from", "keep",
    "sleep", "wake",
)  # fmt: skip


class Turned(NamedTuple):
    """Knobs that were turned at a step, and whether what was there before became the ghost."""

    step: int
    knobs: Mapping[str, Any]
    ghost: bool = False


class Return(NamedTuple):
    """On the way to a step: the changes to be made again, and the knobs from there on with their number."""

    step: int
    changes: list[Turned]
    knobs: dict[str, Any]
    seq: int


class Player:
    """One run: what is trained, how fast, and which frame is wanted next."""

    def __init__(
        self,
        config: Asked,
        playing: bool = True,
        speed: float | None = START_SPEED,
        table: Table | None = None,
        *,
        state: bytes = b"",
        generation: int = 0,
        looks: Iterable[str] = (),
        limits: Limits | None = None,
    ) -> None:
        """With a ``state``, as ``Trainer.save`` gave it, the run goes on from there; ``looks`` as for ``look``."""
        self.trainer = engines.restore(config, state) if state else engines.make(config, table)
        self.limits = limits or Limits()
        self._momentary = sources.momentary(config.source)
        self.playing = playing
        self.asleep = False  # nobody watches
        self.seq = 0  # of the last change
        self.generation = generation  # one more each time that the run does not go on from where it stood
        self.reports = Reports(self.limits)
        self.looks = frozenset(looks) & self._momentary  # all fields that somebody looks at, now or in turn
        self._changed = -math.inf  # when a knob was turned last
        self._row_step = -1  # of the last row
        self.turned = False  # whether knobs were turned that no frame shows yet
        self._return: Return | None = None
        self.frames = Frames()
        self._clock = Clock(speed or math.inf, self.trainer.step)
        self._begin(self.trainer.step, handed_over=bool(state))

    @property
    def state(self) -> str:
        """One of restarting, still, diverged, waiting, running, paused."""
        if self._return is not None:
            return "restarting"
        if not self.trainer.trains:
            return "still"
        if self.trainer.finished:
            return "diverged"
        if self.trainer.waiting:
            return "waiting"
        return "running" if self.playing else "paused"

    @property
    def due(self) -> float:
        """When there is a step or a frame to make, on the monotonic clock; infinity for never."""
        if self._return is not None or self.frames.due:
            return -math.inf
        return self._step_due

    @property
    def _step_due(self) -> float:
        return self._clock.due if self.state == "running" and not self.asleep else math.inf

    def play_for(self, seconds: float) -> None:
        """Make the steps that are due: at least one, and no new one once the time is used up.

        Where a frame is wanted, what the last one took is left for it; and it is of the step of a row, where one has
        been kept: both are then made from one look.
        """
        until = monotonic() + seconds - (self.frames.took if self.frames.wanted is not None else 0)
        while self._return is not None:
            self._go_back()
            if monotonic() >= until:
                return
        while monotonic() >= self._step_due:
            self._advance()
            self._clock.spend()
            if monotonic() >= until or (self._row_step == self.trainer.step and self.frames.wanted is not None):
                break

    def _advance(self) -> None:
        self.trainer.advance()
        self.frames.moved()
        self._keep()
        if self._return is None:
            self.reports.trained(self.trainer)
        self._clock.count(self.trainer.step)

    # ------------------------------------------------------------------ commands

    def obey(self, do: str, **arguments: Any) -> None:
        """Carry out one of the commands below; what is asked has been checked by the server."""
        if do not in COMMANDS:
            raise ValueError(f"a player knows {', '.join(COMMANDS)}, got {do!r}")
        getattr(self, do)(**arguments)

    def want(self, fields: Iterable[str]) -> None:
        """Somebody waits for a frame with these fields."""
        self.frames.wanted = frozenset(fields)

    def show(self) -> None:
        """Somebody has not seen what is there now."""
        self.frames.show_again()

    def look(self, fields: Iterable[str]) -> None:
        """These are the fields of all open panels: those that belong to a step are kept, to look back at."""
        self.looks = frozenset(fields) & self._momentary

    def change(self, knobs: dict[str, Any], seq: int) -> None:
        """Turn knobs; ``seq`` comes back with the frames that were computed under them.

        What was there before the hand took hold becomes the ghost, as far as somebody looks at it. On the way back they
        wait until the run is there.
        """
        if self._return is not None:
            asked = self.trainer.config.change(**self._return.knobs | knobs)  # raises for what is not allowed
            self._return = self._return._replace(knobs=asked.knobs, seq=seq)
            return
        now, ghost = monotonic(), False
        if self._turns(knobs):
            ghost = now - self._changed > GESTURE
            self._changed = now
        self._turn_anew(Turned(self.trainer.step, knobs, ghost))
        self.seq, self.turned = seq, True

    def _turn_anew(self, turned: Turned) -> None:
        """Turn knobs as the server does not know it yet."""
        self._turn(turned)
        self.reports.changed(*turned)

    def _turn(self, turned: Turned) -> None:
        if turned.ghost:
            self.trainer.mark_ghost(self.frames.look(self.trainer), self.looks)
        self.trainer.change(**turned.knobs)
        self.frames.moved()

    def _turns(self, knobs: dict[str, Any]) -> bool:
        """Whether these would change the networks, and not only what is seen of them."""
        now, fields = self.trainer.config.knobs, self.trainer.config.fields()
        return any(now[name] != value for name, value in knobs.items() if not fields[name].only_looks)

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
        self._clock.speed = steps_per_second or math.inf
        self._restart_clock()

    def reset(self) -> None:
        """Start again from step 0 with the same seed and the knobs as they stand."""
        config = self.trainer.config
        if self._return is not None:
            config, self.seq = config.change(**self._return.knobs), self._return.seq
            self._return = None
        self.trainer = engines.make(config, self.trainer.table)
        self.frames.moved()
        self._begin()
        self.reports.begun(self.trainer)
        self._restart_clock()

    def continue_from(self, step: int) -> None:
        """Go back to a step, and on from there with the knobs as they stand now.

        From the last checkpoint before it the steps and changes in between are made once more, which gives the same.
        A step that was not made yet is passed over, and so is everything while the run is on its way back.
        """
        if not self.trainer.trains or not 0 <= step <= self.trainer.step or self._return is not None:
            return
        knobs, ghost = self.trainer.config.knobs, self.trainer.ghost
        try:
            undone = self.trainer.rewind(self.past.checkpoint_before(step))
        except ValueError as error:  # too many changes since
            self.note = f"Cannot go back to step {step}: {error}."
            self.show()
            return
        self.note = ""
        self.frames.moved()
        if ghost[0] < step:  # which was then there too
            self.trainer.ghost = ghost
        self.past.cut(self.trainer.step)
        changes = [Turned(change.step, change.now) for change in undone if change.step < step]
        self.reports.went_back(self.trainer, step, changes)
        self._return = Return(step, changes, knobs, self.seq)
        self.generation += 1
        self.play()

    def again(self, step: int, changes: list[dict[str, Any]], knobs: dict[str, Any], seq: int) -> None:
        """Do once more what was done since the state from which this player began, up to a step, and turn the knobs."""
        self._return = Return(step, [Turned(**change) for change in changes], knobs, seq)
        self.show()

    def keep(self) -> None:
        """Give the server the state of now, to be handed to another worker; on the way to a step there is none yet."""
        if self._return is None:
            self.reports.handed_over(self.trainer)

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
            self._turn(changes.pop(0))
        if trainer.step < target and not trainer.finished:
            self._advance()
            return
        self._return, self.seq = None, seq
        turned = {name: value for name, value in knobs.items() if value != trainer.config.knobs[name]}
        if turned:
            self._turn_anew(Turned(trainer.step, turned, self._turns(knobs)))
        self._restart_clock()

    def _restart_clock(self) -> None:
        self._clock.restart(self.trainer.step)
        self.frames.moved()

    # ------------------------------------------------------------------ the past

    def _begin(self, step: int = 0, *, handed_over: bool = False) -> None:
        self.past = Past(step, self.limits, handed_over=handed_over)
        self.note = ""
        self.generation += 1
        self._keep()

    def _keep(self) -> None:
        """Keep of this step what would stay."""
        step = self.trainer.step
        if not self.trainer.trains:  # what follows from the config alone need not be kept
            return
        if self.past.checkpoint_due(step):
            self.past.keep_checkpoint(step, self.trainer.checkpoint())
        if self.past.row_due(step, self._row_every):
            self._keep_row()

    @property
    def _row_every(self) -> int:
        """Steps between two rows."""
        return ROW_SELDOM if self._clock.speed > START_SPEED or self._clock.late else ROW_EVERY

    def _keep_row(self) -> None:
        step = self.trainer.step
        fields = self.looks if step else self._momentary  # at the start nobody has said yet what is looked at
        self.past.keep_row(step, self.make_frame(fields))
        self._row_step = step

    @property
    def reached(self) -> int | None:
        """The step to which the run has come, None on the way to one."""
        return None if self._return is not None else self.trainer.step

    def history(self, after: int) -> bytes:
        """The rows of later steps than ``after``, that of now included."""
        self._keep_row()
        return self.past.pack(after, generation=self.generation)

    # ------------------------------------------------------------------ frames

    def frame(self) -> bytes | None:
        """The frame that is wanted, when it would show anything new; the wish is then fulfilled."""
        if not self.frames.due:  # the header takes a while
            return None
        self.turned = False
        return self.frames.take(self.trainer, self._header)

    def make_frame(self, fields: Iterable[str]) -> bytes:
        """The frame of now with these fields."""
        return self.frames.make(self.trainer, self._header, fields)

    @property
    def _header(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "generation": self.generation,
            "state": self.state,
            "playing": self.playing,
            "speed": None if math.isinf(self._clock.speed) else self._clock.speed,
            "message": self._message(),
            "note": self.trainer.device_note or self.note,
            **({} if self._shows_ghost else {"ghost": None}),
            "rate": round(self._clock.rate, 1) if self.state == "running" else 0,
        }

    @property
    def _shows_ghost(self) -> bool:
        """Whether a panel shows the ghost: it holds what was looked at when it was marked."""
        looked_at = self.looks & GHOSTS.keys()
        return not looked_at or bool(looked_at & self.trainer.ghost[1].keys())

    def _message(self) -> str:
        if self._return is not None:
            return f"Going to step {self._return.step}: {self._return.step - self.trainer.step} steps to repeat"
        return self.trainer.waiting or ""
