"""Reports: what a player tells the server of its run, so that another worker can take it over (see ``kept``)."""

import dataclasses
import math
from collections.abc import Mapping
from time import monotonic
from typing import Any

from bnviz.live.limits import Limits
from bnviz.record import EVERY
from bnviz.trainer import Trainer

SHARE = 50  # so many times as long as saving a run takes is trained at least before it is saved again

Word = tuple[dict[str, Any], bytes]  # a message and its payload


class Reports:
    """The words that are to be sent: states every few seconds, and every change with its step."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._due = monotonic() + limits.kept_every
        self._words: list[Word] = []

    def take(self) -> list[Word]:
        """The words since they were taken last."""
        words, self._words = self._words, []
        return words

    def begun(self, trainer: Trainer) -> None:
        """The run stands at step 0, where its config says all."""
        self._kept(trainer, b"")

    def changed(self, step: int, knobs: Mapping[str, Any], ghost: bool) -> None:
        """Knobs were turned at a step, and what was there before became the ghost, or did not."""
        self._words.append(({"type": "changed", "step": step, "knobs": knobs, "ghost": ghost}, b""))

    def strayed(self) -> None:
        """What the server has is of another line: give it the state as soon as can be."""
        self._due = min(self._due, monotonic())

    def trained(self, trainer: Trainer) -> None:
        """A step was made: give the state when it is time, at a step from which a run can go on."""
        start = monotonic()
        if start < self._due or trainer.step % EVERY:
            return
        state = trainer.save()
        if len(state) > self._limits.kept_mb * 2**20:
            self._due = math.inf  # it would not become smaller
            return
        now = monotonic()
        self._due = now + max(self._limits.kept_every, SHARE * (now - start))
        self._kept(trainer, state)

    def _kept(self, trainer: Trainer, state: bytes) -> None:
        config = dataclasses.asdict(trainer.config)
        self._words.append(({"type": "kept", "step": trainer.step, "config": config}, state))
