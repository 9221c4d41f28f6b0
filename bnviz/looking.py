"""Looking: makes the fields of a snapshot, and what several of them need only once. It changes nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from bnviz import statistics, words
from bnviz.config import Config
from bnviz.gradients import Gradients, gradients
from bnviz.history import History
from bnviz.measuring import HeldOut, Scales, SiteNumbers
from bnviz.networks import Network
from bnviz.optimizers import Optimizer
from bnviz.record import Record
from bnviz.snapshot import Change, Snapshot, axes
from bnviz.statistics import Density
from bnviz.surface import Plane


@dataclass(frozen=True)
class Look:
    """One look at a run as it stands now, for the fields that are wanted."""

    wanted: frozenset[str]
    step: int
    config: Config
    networks: Mapping[str, Network]
    optimizers: Mapping[str, Optimizer]
    diverged: Mapping[str, tuple[int, str]]
    waiting: str | None
    batch: tuple[Tensor, Tensor]  # the last one: inputs as the networks see them, and targets
    train_loss: NDArray[np.float64]
    held_out: HeldOut
    plane: Plane
    record: Record
    changes: list[Change]

    def snapshot(self) -> Snapshot:
        """All that is wanted."""
        return self._snapshot(self.wanted)

    def _snapshot(self, paths: Iterable[str]) -> Snapshot:
        paths = set(paths)
        sites = {path.partition("/")[2] for path in paths if "/" in path}
        axis = axes(self.config)
        return Snapshot(
            step=self.step,
            arms=tuple(self.networks),
            knobs=self.config.knobs,
            diverged=dict(self.diverged),
            ghost_step=self.record.ghost[0],
            edges={site: axis[site].edges for site in sites},
            values={path: self._value(*path.partition("/")[::2]) for path in sorted(paths)},
        )

    def _value(self, name: str, site: str) -> Any:
        if not site:
            return _FIELDS[name](self)
        if name == "ghost":
            return self.record.ghost[1][site].copy()
        if name == "distance":
            parts = (self._value(part, site) for part in ("density", "underflow", "overflow", "nonfinite"))
            return statistics.distances(Density(*parts), axes(self.config)[site])
        return self._stacked(name, site)

    # ------------------------------------------------------------------ what several fields need

    def _stacked(self, name: str, site: str) -> NDArray[Any]:
        return np.stack([numbers[site][name] for numbers in self._sites])

    @cached_property
    def _sites(self) -> list[dict[str, SiteNumbers]]:
        """Of each arm the numbers of the sites that are needed, measured in one pass."""
        axis, needed, found = axes(self.config), _sites_of(self.wanted), []
        for network in self.networks.values():
            values = self.held_out.probe(network, self.config, needed)
            found.append({site: SiteNumbers(values[site], axis[site], self.config) for site in needed})
        return found

    @cached_property
    def _accuracies(self) -> NDArray[np.float64]:
        return np.array([self.held_out.accuracies(network, self.config) for network in self.networks.values()])

    @cached_property
    def _gradients(self) -> Gradients:
        pairs = zip(self.networks.values(), self.optimizers.values(), strict=True)
        found = [gradients(network, optimizer, self.config, *self.batch) for network, optimizer in pairs]
        return Gradients(*(np.stack(part) for part in zip(*found, strict=True)))

    @cached_property
    def _scales(self) -> dict[str, NDArray[np.float64]]:
        found = [self.held_out.scales(network, self.config) for network in self.networks.values()]
        return {name: np.stack([scales[name] for scales in found]) for name in Scales._fields}

    # ------------------------------------------------------------------ over time

    def _losses(self) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = self.record.losses["loss"]
        return rows.reshape(-1, len(self.networks)).T

    def _recent_loss(self) -> NDArray[np.float64]:
        recent = self.record.recent
        return recent.mean(axis=0) if len(recent) else np.full(len(self.networks), np.nan)

    def _past(self) -> NDArray[np.bool_]:
        """The rows of the grid before this step: a knob may have changed what was recorded at this very one."""
        return self.record.grid.steps < self.step

    def _accuracy_curve(self, name: str, now: NDArray[np.float64]) -> NDArray[np.float32]:
        """The recorded accuracies, and at their end those of now."""
        return np.column_stack([self.record.grid[name][self._past()].T, now]).astype(np.float32)

    def _at_layer(self, history: History, name: str) -> NDArray[Any]:
        """What is recorded of the layer looked at, (point, arm, …)."""
        layer = self.config.layer_looked_at - 1
        return np.array([row[name][:, layer] for _, row in history])

    def _percentiles(self) -> NDArray[np.float32]:
        unit, record = self.config.unit, self.record
        if unit:
            chosen = self._at_layer(record.units, "percentiles")[:, :, unit - 1]
        else:
            chosen = self._at_layer(record.grid, "percentiles")
        return np.moveaxis(chosen, 0, -1)


def _sites_of(paths: Iterable[str]) -> set[str]:
    """The sites that have to be measured for these fields."""
    found = set()
    for path in paths:
        name, _, site = path.partition("/")
        if site and name != "ghost":
            found.add(site)
        elif name in ("dead", "saturated"):
            found.add("activation")
        elif name in _WORDED_FROM:
            found |= _sites_of(_WORDED_FROM[name])
    return found


def _scale(name: str) -> Callable[[Look], NDArray[np.float64]]:
    return lambda look: look._scales[name]


_WORDED_FROM = {"words": words.FIELDS, "ledger": words.LEDGER_FIELDS}

_FIELDS: dict[str, Callable[[Look], Any]] = {
    "train_loss": lambda look: look.train_loss.copy(),
    "recent_loss": Look._recent_loss,
    "test_accuracy": lambda look: look._accuracies[:, 0],
    "test_accuracy_running": lambda look: look._accuracies[:, 1],
    "drift": lambda look: look.record.drift.copy(),
    "dead": lambda look: look._stacked("dead", "activation"),
    "saturated": lambda look: look._stacked("saturated", "activation"),
    "gradient_rms": lambda look: look._gradients.rms,
    "update_ratio": lambda look: look._gradients.update_ratio,
    **{name: _scale(name) for name in Scales._fields},
    "loss_steps": lambda look: look.record.losses.steps,
    "loss_history": Look._losses,
    "accuracy_steps": lambda look: np.append(look.record.grid.steps[look._past()], np.int32(look.step)),
    "accuracy_history": lambda look: look._accuracy_curve("accuracy", look._accuracies[:, 0]),
    "accuracy_running_history": lambda look: look._accuracy_curve("accuracy_running", look._accuracies[:, 1]),
    "grid_steps": lambda look: look.record.grid.steps,
    "drift_history": lambda look: np.moveaxis(look.record.grid["drift"], 0, -1),
    "density_history": lambda look: look._at_layer(look.record.grid, "profile").swapaxes(0, 1),
    "percentile_steps": lambda look: (look.record.units if look.config.unit else look.record.grid).steps,
    "percentile_history": Look._percentiles,
    "surface": lambda look: np.stack([look.plane.surface(network, look.config) for network in look.networks.values()]),
    "surface_x": lambda look: look.plane.x.copy(),
    "surface_y": lambda look: look.plane.y.copy(),
    "point_x": lambda look: look.plane.points["point_x"].copy(),
    "point_y": lambda look: look.plane.points["point_y"].copy(),
    "point_class": lambda look: look.plane.points["point_class"].copy(),
    "words": lambda look: words.say(look._snapshot(words.FIELDS), look.held_out.chance, look.waiting),
    "ledger": lambda look: words.ledger(look._snapshot(words.LEDGER_FIELDS)),
    "changes": lambda look: words.changes(look.changes),
}
