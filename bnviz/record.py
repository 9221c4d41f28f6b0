"""Record: what is kept of a run over its steps, whether anybody looks or not."""

from collections import deque
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz import statistics
from bnviz.config import Config
from bnviz.histogram import Histogram
from bnviz.history import History
from bnviz.snapshot import axes
from bnviz.statistics import Axis, Floats, Sample

EVERY = 10  # steps between two steps of the grid
EARLY, SELDOM = 200, 50  # steps: so long after the start and after a change, every step of the grid has its row, and
# every 50th after that; accuracy, which costs most, has its rows in the same way, but after the start alone
SITE = "affine_output"  # where the grid measures
RECENT = 10  # batches

Ghost = tuple[int, dict[str, NDArray[Any]]]  # a step, and what was there then, by the names of snapshot.GHOSTS


class Moment:
    """What the probe shows at a step of the grid; numbers are made when asked for, and once.

    ``values`` gives those of the probe, (arm, layer, unit, example), as long as no knob is turned: before that,
    ``make_sure`` has them measured. Drift (arm, layer) counts from the moment ``before``, or is given; without either
    it is NaN.
    """

    def __init__(
        self, step: int, values: Callable[[], Floats], axis: Axis, *, before: "Moment | None" = None,
        drift: NDArray[np.float64] | None = None,
    ) -> None:  # fmt: skip
        self.step, self._values, self._axis, self._before = step, values, axis, before
        if drift is not None:
            self.drift = drift

    def make_sure(self) -> None:
        """Measure what a turned knob would change: these values, and those from which drift counts."""
        _ = self.sample, self.drift

    def forget_before(self) -> None:
        """Let go of the moment before: drift is not asked for again."""
        self._before = None

    @cached_property
    def sample(self) -> Sample:
        """The values in order, and their moments."""
        values = self._values()
        del self._values  # and the weights that it holds
        values.sort()  # in place: nothing here depends on their order
        return Sample(values, *statistics.moments(values))

    @cached_property
    def drift(self) -> NDArray[np.float64]:
        """How far the distributions moved since the moment before, (arm, layer)."""
        if self._before is None:
            return np.full(self.sample.mean.shape[:2], np.nan)
        drift = statistics.drift(self._before.sample, self.sample)
        self.forget_before()
        return drift

    @cached_property
    def row(self) -> dict[str, NDArray[Any]]:
        """Of all units together: drift (arm, layer), percentiles (arm, layer, 3) and profile (arm, layer, bin)."""
        values = self.sample.ordered
        shape = values.shape[:2]
        histogram = Histogram(values.reshape(shape[0] * shape[1], -1), self._axis)
        return {
            "drift": self.drift.astype(np.float32),
            "percentiles": histogram.percentiles().reshape(*shape, 3).astype(np.float32),
            "profile": statistics.profile(histogram.density.counts).reshape(*shape, -1),
        }

    @cached_property
    def unit_row(self) -> dict[str, NDArray[Any]]:
        """Percentiles of each unit (arm, layer, unit, 3)."""
        return {"percentiles": statistics.percentiles(self.sample.ordered).astype(np.float32)}


class Record:
    """Losses of every step; on the grid drift, percentiles, densities and, more seldom, accuracy; and the ghost.

    The rows of ``grid`` and ``units`` are those of ``Moment``; those of ``accuracies`` batch and running (arm,). Of an
    arm that has diverged drift and percentiles are NaN and the profile is 0.
    """

    def __init__(self, config: Config) -> None:
        self.losses = History()
        self._recent: deque[NDArray[np.float64]] = deque(maxlen=RECENT)
        self._grid = History(240, EVERY, max_bytes=2 * 2**20)
        self._units = History(240, EVERY, max_bytes=4 * 2**20)
        self.accuracies = History(240, EVERY)
        self._arms, self._axis = len(config.normalizers), axes(config)[SITE]
        self.ghost: Ghost = (0, {})  # what is drawn behind what is to come
        self._latest: Moment | None = None

    @property
    def latest(self) -> Moment:
        """The last step of the grid."""
        if self._latest is None:
            raise ValueError("nothing is recorded yet; measure step 0 first")
        return self._latest

    @property
    def grid(self) -> History:
        """The rows over time of all units together, and that of the last step of the grid."""
        return self._grid.with_last(self.latest.step, lambda: self.latest.row)

    @property
    def units(self) -> History:
        """The rows over time of each unit, and that of the last step of the grid."""
        return self._units.with_last(self.latest.step, lambda: self.latest.unit_row)

    def trained(self, step: int, loss: NDArray[np.float64]) -> None:
        """Add the losses (arm,) of the batch of a step."""
        single = loss.astype(np.float32)
        self.losses.keep(step, {"loss": single}, single.nbytes)
        self._recent.append(loss.copy())

    @property
    def recent(self) -> NDArray[np.float64]:
        """The losses (batch, arm) of the last 10 batches, or of as many as there were."""
        return np.array(self._recent).reshape(-1, self._arms)

    def measure(
        self, step: int, values: Callable[[], Floats], accuracies: Callable[[], dict[str, NDArray[np.float64]]],
        changed: int,
    ) -> None:  # fmt: skip
        """Take up a step of the grid, from what gives its numbers; ``changed``: when a knob was turned last."""
        if self._latest is not None:
            self._latest.forget_before()
        self._latest = Moment(step, values, self._axis, before=self._latest)
        seldom = step % SELDOM == 0
        if seldom or step - changed <= EARLY:
            self._grid.append(step, **self._latest.row)
            self._units.append(step, **self._latest.unit_row)
        if seldom or step <= EARLY:
            self.accuracies.append(step, **accuracies())

    # ------------------------------------------------------------------ keeping

    def rewind(self, step: int, values: Callable[[], Floats], now: dict[str, Any]) -> None:
        """Forget what came after ``step``, a step of the grid at which the networks and the config stand again.

        ``now`` is what ``save_now`` gave there.
        """
        for history in (self.losses, self._grid, self._units, self.accuracies):
            history.cut(step)
        self._latest = Moment(step, values, self._axis, drift=now["drift"])
        self._load_now(now)

    def save_now(self) -> dict[str, Any]:
        """What is known of this step alone, in arrays and plain values."""
        return {"drift": self.latest.drift, "recent": self.recent, "ghost": self.ghost}

    def save(self) -> dict[str, Any]:
        """All state, in arrays and plain values."""
        return {
            "losses": self.losses.save(), "grid": self._grid.save(), "units": self._units.save(),
            "accuracies": self.accuracies.save(), "now": self.save_now(),
            "latest": (self.latest.step, self.latest.sample.ordered),
        }  # fmt: skip

    def load(self, state: dict[str, Any]) -> None:
        """Go on where ``save`` left off."""
        self.losses, self._grid, self._units, self.accuracies = (
            History.restore(state[name]) for name in ("losses", "grid", "units", "accuracies")
        )
        step, values = state["latest"]
        self._latest = Moment(step, lambda: values, self._axis, drift=state["now"]["drift"])
        self._load_now(state["now"])

    def _load_now(self, now: dict[str, Any]) -> None:
        self.ghost = now["ghost"]
        self._recent = deque(now["recent"], maxlen=RECENT)
