"""Frames: which one is wanted next of a run, and its bytes."""

from collections.abc import Iterable
from time import monotonic
from typing import Any

from bnviz import sources
from bnviz.engines import Engine, Look
from bnviz.live.wire import pack_frame


class Frames:
    """Makes frames of an engine; all of one moment from one look."""

    def __init__(self) -> None:
        self.wanted: frozenset[str] | None = None  # the fields that somebody waits for
        self.took = 0.0  # seconds, of the last frame that was wanted
        self._shown: frozenset[str] | None = None  # the fields shown of what is there now; None when it is all new
        self._look: Look | None = None

    @property
    def due(self) -> bool:
        """Whether the frame that is wanted would show anything new."""
        return self.wanted is not None and (self._shown is None or not self.wanted <= self._shown)

    def show_again(self) -> None:
        """Somebody has not seen what is there now."""
        self._shown = None

    def moved(self) -> None:
        """What is there now is new."""
        self._look = self._shown = None

    def take(self, engine: Engine, header: dict[str, Any]) -> bytes:
        """The frame that is wanted, which must be due; the wish is then fulfilled."""
        assert self.wanted is not None
        began = monotonic()
        fields, self.wanted = self.wanted, None
        self._shown = fields | (self._shown or frozenset())
        frame = self.make(engine, header, fields)
        self.took = monotonic() - began
        return frame

    def make(self, engine: Engine, header: dict[str, Any], fields: Iterable[str]) -> bytes:
        """The frame of now with these fields; ``header`` is what the player adds to the snapshot's own."""
        snapshot = self.look(engine).snapshot(sources.checked_fields(engine.config.source, fields))
        own = {
            "step": snapshot.step,
            "arms": snapshot.arms,
            "knobs": snapshot.knobs,
            "ghost": snapshot.ghost_step,
            "diverged": {arm: {"step": step, "place": place} for arm, (step, place) in snapshot.diverged.items()},
            "device": str(engine.device),
        }
        return pack_frame(own | header, dict(snapshot.values))

    def look(self, engine: Engine) -> Look:
        """The look at what is there now."""
        if self._look is None:
            self._look = engine.look()
        return self._look
