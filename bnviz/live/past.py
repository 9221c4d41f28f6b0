"""The past of a run: frames to look back at, and checkpoints to go on from; bounded, thinned evenly."""

from typing import Any

from bnviz.history import Thinned
from bnviz.live.limits import Limits
from bnviz.live.wire import pack_rows
from bnviz.record import EVERY

ROW_EVERY = 5  # steps between two rows
ROW_SELDOM = 40  # at a high speed, or where not half of the steps is made in time: rows cost more than steps
MOST_ROWS = 240
CHECKPOINT_EVERY = 100  # steps; a multiple of the grid's
MOST_CHECKPOINTS = 24
FEWEST_CHECKPOINTS = 2  # the start and a later one: those of the largest networks take 150 MB each


class Past:
    """What a player keeps of the steps before, from the step ``start`` on; checkpoints from the grid's next step on.

    That is ``start`` itself for a run that begins there. One that was ``handed_over`` may have had a knob turned at
    that very step, and a checkpoint is one from before that.
    """

    def __init__(self, start: int = 0, limits: Limits | None = None, *, handed_over: bool = False) -> None:
        limits = limits or Limits()
        self._start = start
        self._first_checkpoint = (start // EVERY + 1) * EVERY if handed_over else -(-start // EVERY) * EVERY
        self._rows: Thinned[bytes] = Thinned(MOST_ROWS, 1, int(limits.rows_mb * 2**20))
        self._checkpoints: Thinned[bytes] = Thinned(
            MOST_CHECKPOINTS, CHECKPOINT_EVERY, int(limits.checkpoints_mb * 2**20), FEWEST_CHECKPOINTS
        )

    def row_due(self, step: int, every: int = ROW_EVERY) -> bool:
        """Whether a row of this step would be there to stay; a row that is not need not be made."""
        return (step - self._start) % every == 0 and self._rows.stays(step)

    def keep_row(self, step: int, frame: bytes) -> None:
        """Add the frame of the newest step."""
        self._rows.keep(step, frame, len(frame))

    def checkpoint_due(self, step: int) -> bool:
        """Whether a checkpoint of this step would be there to stay."""
        since = step - self._first_checkpoint
        return since >= 0 and since % CHECKPOINT_EVERY == 0 and self._checkpoints.stays(step)

    def keep_checkpoint(self, step: int, state: bytes) -> None:
        """Add a checkpoint of the newest step."""
        self._checkpoints.keep(step, state, len(state))

    def checkpoint_before(self, step: int) -> bytes:
        """The last checkpoint at or before a step. Raises ValueError when there is none."""
        found = [state for at, state in self._checkpoints if at <= step]
        if not found:
            raise ValueError(f"nothing is kept of the steps up to {step}; choose a later one")
        return found[-1]

    def cut(self, step: int) -> None:
        """Forget what came after ``step``."""
        self._rows.cut(step)
        self._checkpoints.cut(step)

    def pack(self, after: int, **header: Any) -> bytes:
        """The rows of later steps than ``after`` as one message to a browser, with the steps of all rows."""
        rows = [(step, frame) for step, frame in self._rows if step > after]
        return pack_rows({"type": "history", "kept": self._rows.steps.tolist(), **header}, rows)
