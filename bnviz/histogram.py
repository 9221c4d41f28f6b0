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
        rows, width = len(values), fine.bins + 3
        place = self._slots + np.arange(0, rows * width, width)[:, None]
        self._counts: Counts = np.bincount(place.ravel(), minlength=rows * width).reshape(rows, width)

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
        (low, high), way = neighbours(self._values.shape[1])
        found = np.full((len(self._values), 2, 3), np.nan)
        for row in np.flatnonzero(self._counts[:, -1] == 0):
            found[row] = self._of_rank(row, [*low, *high]).reshape(2, 3)
        return found[:, 0] + (found[:, 1] - found[:, 0]) * way

    def _of_rank(self, row: int, ranks: list[int]) -> NDArray[np.floating]:
        """The values of one row that would stand at these ranks if all were in order."""
        up_to = self._counts[row].cumsum()
        at = up_to.searchsorted(ranks, side="right")
        chosen, picked = np.unique(at), np.zeros(len(self._slots[row]), np.bool_)
        for slot in chosen.tolist():
            picked |= self._slots[row] == slot
        ordered = np.sort(self._values[row][picked])
        behind = self._counts[row][chosen].cumsum()[chosen.searchsorted(at)]  # how many of them are in ``at`` or before
        return np.asarray(ordered[behind - up_to[at] + ranks])


def _slots(values: Floats, axis: Axis) -> NDArray[np.uint16]:
    """Where each value lies: 0 below the axis, 1 to ``bins`` in its bin, then above, and last what is not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        found = np.floor(values * 2.0**axis.power)
        found -= axis.first - 1
        np.clip(found, 0, axis.bins + 1, out=found)
        at_upper_edge, finite = values == float(axis.edges[-1]), np.isfinite(values)
        if at_upper_edge.any():
            found[at_upper_edge] = axis.bins
        if not finite.all():
            found[~finite] = axis.bins + 2
        return found.astype(np.uint16)
