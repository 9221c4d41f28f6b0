"""Histogram: where values lie on a fixed axis, and from the same counts their percentiles, without sorting them all."""

import numpy as np
from numpy.typing import NDArray

from bnviz.statistics import Axis, Counts, Density, Floats, neighbours

FINER = 4  # each bin is cut into 2 to the power of this, so that few values share a bin with a percentile


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

        Exact: of the bins in which the percentiles lie the values are sorted, of all others it is enough to know how
        many there are.
        """
        ranks, way = neighbours(self._values.shape[1])
        low, high = np.full((2, len(self._values), 3), np.nan)
        up_to = self._counts.cumsum(axis=1)
        for row in np.flatnonzero(self._counts[:, -1] == 0).tolist():
            slots = up_to[row].searchsorted(ranks, side="right").tolist()
            for place, (slot, next_slot) in enumerate(zip(*slots, strict=True)):
                ordered = self._in_order(row, slot)
                at = ranks[:, place] - (up_to[row, slot] - len(ordered))
                low[row, place] = ordered[at[0]]
                high[row, place] = ordered[at[1]] if next_slot == slot else self._in_order(row, next_slot)[0]
        found: NDArray[np.float64] = low + (high - low) * way
        return found

    def _in_order(self, row: int, slot: int) -> Floats:
        """The values of one row that lie in one slot."""
        return np.sort(self._values[row][self._slots[row] == slot])


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
