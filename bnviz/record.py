"""Record: what is kept of a run over its steps, whether anybody looks or not."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz import statistics
from bnviz.config import Config
from bnviz.history import History
from bnviz.measuring import HeldOut
from bnviz.networks import Network
from bnviz.snapshot import axes

EVERY = 10  # steps between two rows of the grid
SITE = "affine_output"  # where the grid measures
RECENT = 10  # batches

Profiles = dict[str, NDArray[np.uint8]]  # site: (arm, layer, bin)


class Record:
    """Losses of every step; on the grid accuracy, drift, percentiles and densities; and the ghost.

    The rows of ``grid`` hold accuracy and accuracy_running (arm,), drift (arm, layer), pooled percentiles
    (arm, layer, 3) and profile (arm, layer, bin); those of ``units`` percentiles (arm, layer, unit, 3). Of an arm
    that has diverged drift and percentiles are NaN and the profile is 0. ``recent`` are the losses (batch, arm) of the
    last 10 batches, or of as many as there were.
    """

    def __init__(self, config: Config) -> None:
        self.losses = History()
        self.recent = np.empty((0, len(config.normalizers)))
        self.grid = History(240, EVERY, max_bytes=2 * 2**20)
        self.units = History(240, EVERY, max_bytes=4 * 2**20)
        self.drift = np.full((len(config.normalizers), config.depth), np.nan)
        self.ghost: tuple[int, Profiles] = (0, {})  # the step and the profiles that are drawn behind those to come
        self._sorted: dict[str, NDArray[np.floating]] = {}  # (layer, unit, value) of the last row, for drift

    def trained(self, step: int, loss: NDArray[np.float64]) -> None:
        """Add the losses (arm,) of the batch of a step."""
        self.losses.append(step, loss=loss.astype(np.float32))
        self.recent = np.concatenate([self.recent[1 - RECENT :], loss[None]])

    def measure(
        self, step: int, networks: dict[str, Network], config: Config, held_out: HeldOut, diverged: Collection[str]
    ) -> None:
        """Add a row to the grid."""
        axis, arms, depth = axes(config)[SITE], len(networks), config.depth
        accuracies = np.array([held_out.accuracies(network, config) for network in networks.values()])
        self.drift = np.full((arms, depth), np.nan)
        pooled = np.full((arms, depth, 3), np.nan, np.float32)
        units = np.full((arms, depth, config.width, 3), np.nan, np.float32)
        profile = np.zeros((arms, depth, axis.bins), np.uint8)
        for index, (arm, network) in enumerate(networks.items()):
            if arm in diverged:
                continue
            values = held_out.probe(network, config, [SITE])[SITE]
            flat, now = values.reshape(depth, -1), _by_unit(values)
            before, self._sorted[arm] = self._sorted.get(arm), now
            if before is not None:
                self.drift[index] = [statistics.drift(*pair) for pair in zip(before, now, strict=True)]
            units[index] = statistics.percentiles(now)
            pooled[index] = statistics.percentiles(np.sort(flat, axis=1))
            profile[index] = statistics.profile(statistics.density(flat, axis).counts)
        self.grid.append(
            step, accuracy=accuracies[:, 0], accuracy_running=accuracies[:, 1], drift=self.drift.astype(np.float32),
            percentiles=pooled, profile=profile,
        )  # fmt: skip
        self.units.append(step, percentiles=units)

    # ------------------------------------------------------------------ keeping

    def rewind(
        self, step: int, networks: dict[str, Network], config: Config, held_out: HeldOut, now: dict[str, Any]
    ) -> None:
        """Forget what came after ``step``, a step of the grid at which the networks and the config stand again.

        ``now`` is what ``save_now`` gave there.
        """
        for history in (self.losses, self.grid, self.units):
            history.cut(step)
        self._sorted = {arm: _by_unit(held_out.probe(net, config, [SITE])[SITE]) for arm, net in networks.items()}
        self._load_now(now)

    def save_now(self) -> dict[str, Any]:
        """What is known of this step alone, in arrays and plain values."""
        return {"drift": self.drift, "recent": self.recent, "ghost": self.ghost}

    def save(self) -> dict[str, Any]:
        """All state, in arrays and plain values."""
        return {
            "losses": self.losses.save(), "grid": self.grid.save(), "units": self.units.save(),
            "sorted": self._sorted, "now": self.save_now(),
        }  # fmt: skip

    def load(self, state: dict[str, Any]) -> None:
        """Go on where ``save`` left off."""
        self.losses, self.grid, self.units = (History.restore(state[name]) for name in ("losses", "grid", "units"))
        self._sorted = state["sorted"]
        self._load_now(state["now"])

    def _load_now(self, now: dict[str, Any]) -> None:
        self.drift, self.recent, self.ghost = now["drift"], now["recent"], now["ghost"]


def _by_unit(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Each unit's values in order, (layer, unit, example), from values (layer, example, unit)."""
    return np.sort(np.ascontiguousarray(values.swapaxes(1, 2)), axis=2)
