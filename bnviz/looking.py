"""Looking: makes the fields of snapshots of one moment, and what several need only once. It changes nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from bnviz import gradients, statistics, words
from bnviz.backpropagation import Backpropagation
from bnviz.config import Config
from bnviz.history import History
from bnviz.measuring import HeldOut, Scales, SiteNumbers
from bnviz.networks import Network
from bnviz.optimizers import Optimizer
from bnviz.record import Record
from bnviz.snapshot import GHOSTED, SITES, Change, Snapshot, axes
from bnviz.statistics import Density
from bnviz.surface import Plane


@dataclass(frozen=True)
class Look:
    """A look at a run as it stands now. It is over with the next step or change.

    What took a pass through a network is kept for the next snapshot of this moment, but for the values themselves.
    """

    step: int
    config: Config
    networks: Mapping[str, Network]
    optimizers: Mapping[str, Optimizer]
    backpropagations: Mapping[str, Backpropagation]
    diverged: Mapping[str, tuple[int, str]]
    waiting: str | None
    batch: tuple[Tensor, Tensor]  # the last one: inputs as the networks see them, and targets
    train_loss: NDArray[np.float64]
    held_out: HeldOut
    plane: Plane
    record: Record
    changes: list[Change]

    _numbers: dict[str, NDArray[Any]] = field(default_factory=dict)  # by path; of the probe
    _sites: dict[str, list[SiteNumbers]] = field(default_factory=dict)  # of each arm, during one snapshot

    def snapshot(self, fields: Iterable[str]) -> Snapshot:
        """These fields, as ``snapshot.checked_fields`` gives them."""
        wanted = frozenset(fields)
        self._measure(self._missing_sites(wanted))
        try:
            return self._snapshot(wanted)
        finally:
            self._sites.clear()

    def _snapshot(self, wanted: Iterable[str]) -> Snapshot:
        sites = {path.partition("/")[2] for path in wanted if "/" in path}
        axis = axes(self.config)
        return Snapshot(
            step=self.step,
            arms=tuple(self.networks),
            knobs=self.config.knobs,
            diverged=dict(self.diverged),
            ghost_step=self.record.ghost[0],
            edges={site: axis[site].edges for site in sites},
            values={path: self._value(*path.partition("/")[::2]) for path in sorted(wanted)},
        )

    def _value(self, name: str, site: str) -> Any:
        if not site:
            return _FIELDS[name](self)
        if name == "ghost":
            return self.record.ghost[1][site].copy()
        if name == "distance":
            parts = (self._stacked(part, site) for part in _DENSITY)
            return statistics.distances(Density(*parts), axes(self.config)[site])
        return self._stacked(name, site)

    # ------------------------------------------------------------------ what several fields need

    def _measure(self, sites: set[str]) -> None:
        """Have the values of these sites at hand, measured in one pass through each network."""
        if not sites:
            return
        axis = axes(self.config)
        for network in self.networks.values():
            values = self.held_out.probe(network, self.config, sites)
            for site in sites:
                numbers = SiteNumbers(values[site], axis[site], self.config)
                self._sites.setdefault(site, []).append(numbers)

    def _missing_sites(self, paths: Iterable[str]) -> set[str]:
        """The sites that have to be measured for these fields."""
        found = set()
        for path in paths:
            name, _, site = path.partition("/")
            if path in _MADE_FROM:
                found |= self._missing_sites(_MADE_FROM[path])
            elif site and name != "ghost" and path not in self._numbers:
                found.add(site)
        return found

    def _stacked(self, name: str, site: str) -> NDArray[Any]:
        path = f"{name}/{site}"
        if path not in self._numbers:
            self._numbers[path] = np.stack([numbers[name] for numbers in self._sites[site]])
        return self._numbers[path].copy()

    @cached_property
    def _accuracy(self) -> NDArray[np.float64]:
        return self.held_out.accuracy(self.networks, self.config)

    @cached_property
    def _running_accuracy(self) -> NDArray[np.float64]:
        return self.held_out.running_accuracy(self.networks, self.config, self._accuracy)

    @cached_property
    def _gradients(self) -> tuple[NDArray[np.float64], list[list[Tensor]]]:
        """Their RMS (arm, layer), and for each arm dL/dW of its layers."""
        sizes, of_weights = [], []
        for backpropagation in self.backpropagations.values():
            found = backpropagation.gradients(*self.batch)
            sizes.append(gradients.rms(found.pre_activations))
            of_weights.append(found.weights)
        return np.stack(sizes), of_weights

    def _update_ratio(self) -> NDArray[np.float64]:
        parts = zip(self.networks.values(), self.optimizers.values(), self._gradients[1], strict=True)
        return np.stack([gradients.update_ratio(network, by, self.config, found) for network, by, found in parts])

    @cached_property
    def _surface(self) -> NDArray[np.uint8]:
        return np.stack([self.plane.surface(network, self.config) for network in self.networks.values()])

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
        """The recorded accuracies before this step: a knob may have changed what was recorded at this very one."""
        return self.record.accuracies.steps < self.step

    def _accuracy_curve(self, name: str, now: NDArray[np.float64]) -> NDArray[np.float32]:
        """The recorded accuracies, and at their end those of now."""
        return np.column_stack([self.record.accuracies[name][self._past()].T, now]).astype(np.float32)

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


def _scale(name: str) -> Callable[[Look], NDArray[np.float64]]:
    return lambda look: look._scales[name].copy()


def _ghost(name: str) -> Callable[[Look], NDArray[np.float64]]:
    return lambda look: look.record.ghost[1][name].copy()


_DENSITY = ("density", "underflow", "overflow", "nonfinite")
_MADE_FROM: dict[str, tuple[str, ...]] = {
    "words": words.FIELDS,
    "flow": words.FLOW_FIELDS,
    "ledger": words.LEDGER_FIELDS,
    **{name: (f"{name}/activation",) for name in ("signal", "dead", "saturated")},
    **{f"distance/{site}": tuple(f"{part}/{site}" for part in _DENSITY) for site in SITES},
}

_FIELDS: dict[str, Callable[[Look], Any]] = {
    "train_loss": lambda look: look.train_loss.copy(),
    "recent_loss": Look._recent_loss,
    "test_accuracy": lambda look: look._accuracy.copy(),
    "test_accuracy_running": lambda look: look._running_accuracy.copy(),
    "drift": lambda look: look.record.latest.drift.copy(),
    "signal": lambda look: look._stacked("signal", "activation"),
    "dead": lambda look: look._stacked("dead", "activation"),
    "saturated": lambda look: look._stacked("saturated", "activation"),
    "gradient_rms": lambda look: look._gradients[0].copy(),
    **{f"{name}_ghost": _ghost(name) for name in GHOSTED},
    "growth": lambda look: gradients.growth(look._gradients[0]),
    "layer_growth": lambda look: gradients.layer_growth(look._gradients[0]),
    "weight_gradient": lambda look: np.stack([gradients.norms(found) for found in look._gradients[1]]),
    "update_ratio": Look._update_ratio,
    **{name: _scale(name) for name in Scales._fields},
    "loss_steps": lambda look: look.record.losses.steps,
    "loss_history": Look._losses,
    "accuracy_steps": lambda look: np.append(look.record.accuracies.steps[look._past()], np.int32(look.step)),
    "accuracy_history": lambda look: look._accuracy_curve("batch", look._accuracy),
    "accuracy_running_history": lambda look: look._accuracy_curve("running", look._running_accuracy),
    "grid_steps": lambda look: look.record.grid.steps,
    "drift_history": lambda look: np.moveaxis(look.record.grid["drift"], 0, -1),
    "density_history": lambda look: look._at_layer(look.record.grid, "profile").swapaxes(0, 1),
    "percentile_steps": lambda look: (look.record.units if look.config.unit else look.record.grid).steps,
    "percentile_history": Look._percentiles,
    "surface": lambda look: look._surface.copy(),
    "surface_x": lambda look: look.plane.x.copy(),
    "surface_y": lambda look: look.plane.y.copy(),
    "point_x": lambda look: look.plane.points["point_x"].copy(),
    "point_y": lambda look: look.plane.points["point_y"].copy(),
    "point_class": lambda look: look.plane.points["point_class"].copy(),
    "words": lambda look: words.say(look._snapshot(words.FIELDS), look.held_out.chance, look.waiting),
    "flow": lambda look: words.flow(look._snapshot(words.FLOW_FIELDS), look.config),
    "ledger": lambda look: words.ledger(look._snapshot(words.LEDGER_FIELDS)),
    "changes": lambda look: words.changes(look.changes),
}
