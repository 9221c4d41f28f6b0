"""Reports: what a player tells the server of its run, so that another worker can take it over (see ``kept``)."""

import dataclasses
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any

from bnviz.engines import Engine
from bnviz.live.limits import Limits

SHARE = 50  # so many times as long as saving a run takes is trained at least before it is saved again

MB = 2**20
MOST_HANDED_OVER = 60 * MB  # a message has at most 64

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

    def begun(self, trainer: Engine) -> None:
        """The run stands at step 0, where its config says all."""
        self._kept(trainer, b"", 0)

    def changed(self, step: int, knobs: Mapping[str, Any], ghost: bool) -> None:
        """Knobs were turned at a step, and what was there before became the ghost, or did not."""
        self._words.append(({"type": "changed", "step": step, "knobs": knobs, "ghost": ghost}, b""))

    def went_back(self, trainer: Engine, step: int, changes: Iterable[tuple[int, Mapping[str, Any], bool]]) -> None:
        """The run stands at a checkpoint again, on its way to a step, with changes (as for ``changed``) to be made."""
        state = trainer.save()
        if self._fits(state):
            self._kept(trainer, state, step)
            for change in changes:
                self.changed(*change)
        else:
            self._words.append(({"type": "undone", "step": step}, b""))

    def handed_over(self, trainer: Engine) -> None:
        """The state is wanted now, also when it is larger than what is kept otherwise."""
        state = trainer.save()
        if len(state) <= MOST_HANDED_OVER:
            self._kept(trainer, state, trainer.step)
        else:
            self._words.append(({"type": "large", "step": trainer.step}, b""))

    def trained(self, trainer: Engine) -> None:
        """A step was made: give the state when it is time."""
        start = monotonic()
        if start < self._due:
            return
        state = trainer.save()
        now = monotonic()
        self._due = now + max(self._limits.kept_every, SHARE * (now - start))
        if self._fits(state):
            self._kept(trainer, state, trainer.step)

    def _fits(self, state: bytes) -> bool:
        return len(state) <= self._limits.kept_mb * MB

    def _kept(self, trainer: Engine, state: bytes, step: int) -> None:
        config = dataclasses.asdict(trainer.config)
        self._words.append(({"type": "kept", "step": step, "config": config}, state))
