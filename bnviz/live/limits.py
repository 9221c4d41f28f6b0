"""Limits: what one server carries, all in one place, each with its reason; the environment sets others."""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bnviz.asked import Asked


def variable(name: str) -> str:
    """The variable of the environment that sets a limit: ``BNVIZ_RUNS`` for ``runs``."""
    return f"BNVIZ_{name.upper()}"


def _limit(default: float, least: float, most: float, unit: str, reason: str) -> Any:
    return dataclasses.field(default=default, metadata={"least": least, "most": most, "unit": unit, "reason": reason})


@dataclass(frozen=True)
class Limits:
    """What a server carries. ``BNVIZ_RUNS=80`` in the environment sets ``runs``, and so on for each."""

    workers: int = _limit(0, 0, 256, "processes", "that train; 0 is one for each core, at most 8. Each takes 400 MB")
    runs: int = _limit(40, 1, 10_000, "runs", "at a time; two cores serve so many with ten frames a second each")
    runs_per_address: int = _limit(40, 1, 10_000, "runs", "of one address: a whole class may share one")
    pages: int = _limit(1000, 1, 100_000, "open pages", "on the server: most of them may only watch")
    pages_per_address: int = _limit(500, 1, 100_000, "open pages", "of one address: a whole class may share one")
    heavy_ms: float = _limit(
        60,
        1,
        60_000,
        "ms",
        "of computing for a step and a frame, estimated; what takes longer trains in a process apart",
    )
    slice_ms: float = _limit(3, 1, 1000, "ms", "that a run computes before the next of its process has its turn")
    rows_mb: float = _limit(4, 0.05, 1000, "MB", "of steps to look back at, for each run")
    checkpoints_mb: float = _limit(
        3, 0.1, 1000, "MB", "of checkpoints to go on from, for each run, beside the first two"
    )
    kept_mb: float = _limit(
        8, 0, 60, "MB", "of a run that the server keeps; a larger one is computed again from step 0"
    )
    kept_every: float = _limit(4, 0.1, 3600, "s", "after which the server takes over what is to be kept of a run")
    restores: int = _limit(
        3, 0, 100, "times", "in a row that a run may lose its process: it may be the run that ends it"
    )
    hung_after: float = _limit(
        30, 1, 3600, "s", "after which a process is ended that answers nothing, or ten times that for large runs"
    )
    asleep_after: float = _limit(5, 1, 3600, "s", "that a run trains on when nobody looks at it")
    dropped_after: float = _limit(900, 1, 86_400, "s", "that a run which nobody looks at is kept: a lesson's break")
    deaf_after: float = _limit(30, 1, 3600, "s", "after which a connection ends that takes nothing of what it is sent")
    message_bytes: int = _limit(4096, 1024, 65_536, "bytes", "of a message from a page; the longest config has 2000")
    messages_per_second: float = _limit(200, 10, 10_000, "messages", "of a page a second; a hand that drags sends 120")
    opens_per_second: float = _limit(3, 0.1, 1000, "runs", "that an address opens a second, after 60 at once: a class")
    tables: int = _limit(64, 1, 10_000, "tables", "of users in the server's memory; the last used stay")
    tables_mb: float = _limit(64, 1, 10_000, "MB", "of users' tables in the server's memory; the last used stay")

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value, least, most = getattr(self, field.name), field.metadata["least"], field.metadata["most"]
            if not least <= value <= most:
                raise ValueError(
                    f"{variable(field.name)} must lie between {least:g} and {most:g} {field.metadata['unit']}, "
                    f"got {str(value)[:40]}; choose one of these or leave it out"
                )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Limits":
        """The limits that the environment sets. Raises ValueError for what is no number or out of its range."""
        found: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            text = environment.get(variable(field.name), "").strip()
            kind: Any = type(field.default)
            try:
                if text:
                    found[field.name] = kind(text)
            except ValueError:
                wanted = "a whole number" if kind is int else "a number"
                raise ValueError(f"{variable(field.name)} must be {wanted}, got {text[:40]!r}") from None
        return cls(**found)

    @property
    def worker_count(self) -> int:
        """How many processes train."""
        return self.workers or min(_cores(), 8)

    def is_heavy(self, config: Asked, was: bool = False) -> bool:
        """Whether a run is to train in a process apart; one that ``was`` there stays until it is light by far."""
        return config.turn_ms > (self.heavy_ms / 2 if was else self.heavy_ms)

    def described(self) -> dict[str, dict[str, Any]]:
        """Each limit with its value, unit and reason."""
        return {
            field.name: {
                "value": getattr(self, field.name), "unit": field.metadata["unit"], "reason": field.metadata["reason"]
            }
            for field in dataclasses.fields(self)
        }  # fmt: skip


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
