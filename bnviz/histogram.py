"""Histogram: where values lie on a fixed axis, and from the same counts their percentiles, without sorting them all."""

import numpy as np
from numpy.typing import NDArray

from bnviz.statistics import Axis, Counts, Density, Floats, neighbours

FINER = 5  # each bin is cut into 2 to the power of this, so that few values share a slot with a percentile
FEW = 1000  # values that are sorted without further ado


class Histogram:
    """Values of shape (row, value), counted on an axis."""

    def __init__(self, values: Floats, axis: Axis) -> None:
        self._values = values
        self._bins = axis.bins
        fine = Axis(axis.first << FINER, axis.bins << FINER, axis.power + FINER)
        self._slots = _slots(values, fine)
        self._counts: Counts = np.stack([np.bincount(row, minlength=fine.bins + 3) for row in self._slots])

    @property
    def density(self) -> Density:
        """Counts of each row on the axis; the last bin includes its upper edge."""
        counts = self._counts
        within = counts[:, 1:-2].reshape(len(counts), self._bins, -1).sum(axis=-1)
        return Density(within, counts[:, 0], counts[:, -2], counts[:, -1])

    def percentiles(self) -> NDArray[np.float64]:
        """What ``statistics.percentiles`` finds for each row, shape (row, 3).

        Exact: of the slots in which the percentiles lie the values are sorted, of all others it is enough to know how
        many there are.
        """
        ranks, way = neighbours(self._values.shape[1])
        found = np.full((len(self._values), *ranks.shape), np.nan)
        up_to = self._counts.cumsum(axis=1)
        for row in np.flatnonzero(self._counts[:, -1] == 0):
            chosen = _chosen(self._values[row], self._slots[row], up_to[row], ranks.ravel())
            found[row] = chosen.reshape(ranks.shape)
        low, high = found[:, 0], found[:, 1]
        return np.asarray(low + (high - low) * way)


def _chosen(values: Floats, slots: NDArray[np.uint16], up_to: Counts, ranks: NDArray[np.int64]) -> Floats:
    """The values that would stand at these ranks in order; ``up_to`` says how many lie in each slot and before it."""
    found, slot_of_rank = np.empty(len(ranks), values.dtype), up_to.searchsorted(ranks, side="right")
    for slot in set(slot_of_rank.tolist()):
        here, inside = slot_of_rank == slot, values[slots == slot]
        found[here] = _at_ranks(inside, ranks[here] - (up_to[slot] - len(inside)))
    return found


def _at_ranks(values: Floats, ranks: NDArray[np.int64]) -> Floats:
    """The values that would stand at these ranks in order; many values are put into slots of their own."""
    if len(values) <= FEW:
        return np.sort(values)[ranks]
    low, high = values.min(), values.max()
    if low == high:
        return values[ranks]
    with np.errstate(over="ignore"):
        spread = high - low
    if not np.isfinite(spread):
        return np.sort(values)[ranks]
    slots = ((values - low) / spread * FEW).astype(np.uint16)
    return _chosen(values, slots, np.bincount(slots).cumsum(), ranks)


def _slots(values: Floats, axis: Axis) -> NDArray[np.uint16]:
    """Where each value lies: 0 below the axis, 1 to ``bins`` in its bin, then above, and last what is not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        found: Floats = np.floor(values * 2.0**axis.power)
        found -= axis.first - 1
        np.clip(found, 0, axis.bins + 1, out=found)
        at_upper_edge, finite = values == float(axis.edges[-1]), np.isfinite(values)
        if at_upper_edge.any():
            found[at_upper_edge] = axis.bins
        if not finite.all():
            found[~finite] = axis.bins + 2
    return found.astype(np.uint16)
