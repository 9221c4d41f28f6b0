"""Engines: what computes the snapshots of a source. One file each, of the name of its file in ``bnviz.sources``.

A file has ``Engine``, made of a config of that source, and of a user's table where it can have one.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, Self, cast

from bnviz import registry, sources
from bnviz.asked import Asked
from bnviz.snapshot import Change, Snapshot
from bnviz.tables import Table


class Look(Protocol):
    """What gives snapshots of one moment."""

    def snapshot(self, fields: frozenset[str]) -> Snapshot:
        """These fields, as ``sources.checked_fields`` gives them."""


class Engine(Protocol):
    """What a player asks of an engine."""

    trains: bool  # whether it makes steps
    config: Any
    table: Table | None
    step: int
    device: Any
    device_note: str
    ghost: tuple[int, Any]

    @property
    def waiting(self) -> str | None:
        """Why no step can be made now, in words."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""

    def advance(self, steps: int = 1) -> None:
        """Make steps."""

    def change(self, **knobs: Any) -> None:
        """Turn knobs. Raises ValueError for what is not allowed."""

    def look(self) -> Look:
        """What gives snapshots of this moment, and is over with the next step or change."""

    def mark_ghost(self, look: Any = None, fields: Any = ()) -> None:
        """Remember of now what these fields show of what was before."""

    def checkpoint(self) -> bytes:
        """What is needed to stand here again."""

    def rewind(self, checkpoint: bytes) -> Sequence[Change]:
        """Stand again where a checkpoint was taken; gives the changes undone."""

    def save(self) -> bytes:
        """All that is needed to go on."""

    @classmethod
    def restore(cls, state: bytes) -> Self:
        """What goes on where ``save`` left off. Nothing in ``state`` is executed."""


def make(config: Asked, table: Table | None = None) -> Engine:
    """A new engine for a config."""
    kind = _engine(config)
    return cast(Engine, kind(config) if table is None else kind(config, table=table))


def restore(config: Asked, state: bytes) -> Engine:
    """An engine of the config's source that goes on where ``save`` left off."""
    return cast(Engine, _engine(config).restore(state))


def _engine(config: Asked) -> Any:
    return registry.load("engines", config.source).Engine


class Plain:
    """What engines have that remember no ghost and take no table: subclasses give the rest of ``Engine``."""

    config: Any
    waiting: str | None = None
    finished = False
    table: Table | None = None
    device: Any = "cpu"
    device_note = ""
    ghost: tuple[int, Mapping[str, Any]] = (0, {})

    def change(self, **knobs: Any) -> None:
        """Turn knobs. Raises ValueError for what is not allowed."""
        self.config = self.config.change(**knobs)

    def snapshot(self, fields: Sequence[str]) -> Snapshot:
        """These fields. Raises ValueError for an unknown one."""
        return self.look().snapshot(sources.checked_fields(self.config.source, fields))

    def look(self) -> Look:
        """What gives snapshots of this moment, and is over with the next step or change."""
        raise NotImplementedError

    def mark_ghost(self, look: Look | None = None, fields: Collection[str] = ()) -> None:
        """Nothing is remembered of what was before."""


class Still(Plain):
    """An engine without steps: what it shows follows from its config alone. Subclasses give ``look``."""

    trains = False
    step = 0

    def __init__(self, config: Any) -> None:
        self.config = config

    def advance(self, steps: int = 1) -> None:
        """There are no steps. Raises ValueError."""
        raise ValueError(f"{self.config.source} makes no steps, asked for {steps}; change its knobs")

    def checkpoint(self) -> bytes:
        """What is needed to stand here again."""
        return self.save()

    def rewind(self, checkpoint: bytes) -> list[Change]:  # noqa: ARG002 - as an engine's
        """There is no way back. Raises ValueError."""
        raise ValueError(f"{self.config.source} has no steps to go back to; change its knobs")

    def save(self) -> bytes:
        """The config."""
        return cast(bytes, self.config.to_json().encode())

    @classmethod
    def restore(cls, state: bytes) -> Self:
        """What stands where ``save`` was called."""
        return cls(sources.config_of(json.loads(state)))
