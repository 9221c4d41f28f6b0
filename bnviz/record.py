"""Record: what is kept of a run over its steps, whether anybody looks or not."""

from collections import deque
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz import statistics
from bnviz.config import Config
from bnviz.histogram import Histogram
from bnviz.history import History
from bnviz.measuring import HeldOut
from bnviz.networks import Network
from bnviz.snapshot import axes
from bnviz.statistics import Sample

EVERY = 10  # steps between two rows of the grid
EARLY, SELDOM = 200, 50  # steps: up to where accuracy is on every row, and how often it is after that: it costs most
SITE = "affine_output"  # where the grid measures
RECENT = 10  # batches

Ghost = tuple[int, dict[str, NDArray[Any]]]  # a step, and what was there then, by the names of snapshot.GHOSTS


class Record:
    """Losses of every step; on the grid drift, percentiles, densities and, later more seldom, accuracy; and the ghost.

    The rows of ``grid`` hold drift (arm, layer), pooled percentiles (arm, layer, 3) and profile (arm, layer, bin);
    those of ``units`` percentiles (arm, layer, unit, 3); those of ``accuracies`` batch and running (arm,). Of an arm
    that has diverged drift and percentiles are NaN and the profile is 0.
    """

    def __init__(self, config: Config) -> None:
        self.losses = History()
        self._recent: deque[NDArray[np.float64]] = deque(maxlen=RECENT)
        self.grid = History(240, EVERY, max_bytes=2 * 2**20)
        self.units = History(240, EVERY, max_bytes=4 * 2**20)
        self.accuracies = History(240, EVERY)
        self.drift = np.full((len(config.normalizers), config.depth), np.nan)
        self.ghost: Ghost = (0, {})  # what is drawn behind what is to come
        self._last: Sample | None = None  # (arm, layer, unit, value) of the last row, for drift

    def trained(self, step: int, loss: NDArray[np.float64]) -> None:
        """Add the losses (arm,) of the batch of a step."""
        single = loss.astype(np.float32)
        self.losses.keep(step, {"loss": single}, single.nbytes)
        self._recent.append(loss.copy())

    @property
    def recent(self) -> NDArray[np.float64]:
        """The losses (batch, arm) of the last 10 batches, or of as many as there were."""
        return np.array(self._recent).reshape(-1, len(self.drift))

    def measure(
        self, step: int, networks: dict[str, Network], config: Config, held_out: HeldOut, diverged: Collection[str]
    ) -> None:
        """Add a row to the grid."""
        axis, shape = axes(config)[SITE], (len(networks), config.depth)
        values = held_out.affine_outputs(networks, config)
        values[[arm in diverged for arm in networks]] = np.nan
        before, self._last = self._last, statistics.sample(values)
        self.drift = np.full(shape, np.nan) if before is None else statistics.drift(before, self._last)
        histogram = Histogram(values.reshape(shape[0] * shape[1], -1), axis)
        self.grid.append(
            step, drift=self.drift.astype(np.float32),
            percentiles=histogram.percentiles().reshape(*shape, 3).astype(np.float32),
            profile=statistics.profile(histogram.density.counts).reshape(*shape, -1),
        )  # fmt: skip
        self.units.append(step, percentiles=statistics.percentiles(self._last.ordered).astype(np.float32))
        if step <= EARLY or step % SELDOM == 0:
            batch = held_out.accuracy(networks, config)
            self.accuracies.append(step, batch=batch, running=held_out.running_accuracy(networks, config, batch))

    # ------------------------------------------------------------------ keeping

    def rewind(
        self, step: int, networks: dict[str, Network], config: Config, held_out: HeldOut, now: dict[str, Any]
    ) -> None:
        """Forget what came after ``step``, a step of the grid at which the networks and the config stand again.

        ``now`` is what ``save_now`` gave there.
        """
        for history in (self.losses, self.grid, self.units, self.accuracies):
            history.cut(step)
        self._last = statistics.sample(held_out.affine_outputs(networks, config))
        self._load_now(now)

    def save_now(self) -> dict[str, Any]:
        """What is known of this step alone, in arrays and plain values."""
        return {"drift": self.drift, "recent": self.recent, "ghost": self.ghost}

    def save(self) -> dict[str, Any]:
        """All state, in arrays and plain values."""
        return {
            "losses": self.losses.save(), "grid": self.grid.save(), "units": self.units.save(),
            "accuracies": self.accuracies.save(), "now": self.save_now(),
            "last": tuple(self._last) if self._last else None,
        }  # fmt: skip

    def load(self, state: dict[str, Any]) -> None:
        """Go on where ``save`` left off."""
        self.losses, self.grid, self.units, self.accuracies = (
            History.restore(state[name]) for name in ("losses", "grid", "units", "accuracies")
        )
        self._last = state["last"] and Sample(*state["last"])
        self._load_now(state["now"])

    def _load_now(self, now: dict[str, Any]) -> None:
        self.drift, self.ghost = now["drift"], now["ghost"]
        self._recent = deque(now["recent"], maxlen=RECENT)
