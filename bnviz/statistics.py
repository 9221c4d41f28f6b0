"""Numbers about arrays: densities, moments, drift. NumPy in, NumPy out; arrays of shape (layer, value) or alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Axis:
    """A fixed value axis: ``bins`` bins of equal width 2^−``power``, the lowest edge at ``first`` bins from 0.

    With a power of two as width, x / width is exact in floating point, so that no value falls into a neighbour's bin.
    """

    first: int
    bins: int
    power: int

    @property
    def edges(self) -> NDArray[np.float64]:
        """The bins' edges, shape (bin + 1,)."""
        return np.arange(self.first, self.first + self.bins + 1) / 2.0**self.power


@dataclass(frozen=True)
class Density:
    """Where values lie: counts in the bins (…, bin), and (…) below, above, and not finite.

    The counts and the three others together are all values: nothing is dropped.
    """

    counts: Counts
    underflow: Counts
    overflow: Counts
    nonfinite: Counts


def density(values: Floats, axis: Axis) -> Density:
    """Counts of each row of values (row, value) on the axis; the last bin includes its upper edge."""
    rows, bins = len(values), axis.bins
    with np.errstate(invalid="ignore", over="ignore"):
        position = np.floor(values * 2.0**axis.power) - axis.first
        position[values == axis.edges[-1]] = bins - 1
    finite = np.isfinite(values)
    slot = np.where(finite, np.clip(np.where(finite, position, 0), -1, bins), bins + 1).astype(np.int64) + 1
    slot += np.arange(rows)[:, None] * (bins + 3)
    counts = np.bincount(slot.ravel(), minlength=rows * (bins + 3)).reshape(rows, bins + 3)
    return Density(counts[:, 1:-2], counts[:, 0], counts[:, -2], counts[:, -1])


def profile(counts: Counts) -> NDArray[np.float32]:
    """Counts (…, bin) scaled so that each row's highest bin is 1; a row without counts stays 0."""
    peak = counts.max(axis=-1, keepdims=True)
    shape: NDArray[np.float32] = (counts / np.maximum(peak, 1)).astype(np.float32)
    return shape


def moments(values: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each row of values (row, value); NaN where a value is not finite."""
    exact = np.where(np.isfinite(values).all(axis=1, keepdims=True), values, np.nan).astype(np.float64)
    return exact.mean(axis=1), exact.std(axis=1)


def wasserstein(before: Floats, now: Floats) -> NDArray[np.float64]:
    """Wasserstein-1 distance of sorted samples (…, n) and (…, m), in the unit of the values.

    ∫₀¹ |F⁻¹(u) − G⁻¹(u)| du; for n = m the mean of |sorted difference|.
    """
    n, m = before.shape[-1], now.shape[-1]
    if n == m:
        return np.asarray(np.abs(now - before).mean(axis=-1, dtype=np.float64))
    levels = np.unique(np.concatenate([np.arange(n) * m, np.arange(m) * n, [n * m]]))  # in units of 1/(n m)
    widths = np.diff(levels) / (n * m)
    return np.asarray((np.abs(now[..., levels[:-1] // n] - before[..., levels[:-1] // m]) * widths).sum(axis=-1))


def drift(before: Floats, now: Floats) -> float:
    """How far a layer's distributions moved: Wasserstein-1 per unit in units of its spread, averaged over units.

    ``before`` and ``now`` hold each unit's sorted values, shapes (unit, n) and (unit, m). A unit's spread is its
    standard deviation over both, floored at a hundredth of the layer's; a layer without any spread has not moved
    unless its values have, which then counts in units of the values. NaN where a value is not finite.
    """
    if not (np.isfinite(before).all() and np.isfinite(now).all()):
        return float("nan")
    both = np.concatenate([before, now], axis=1).astype(np.float64)
    floor = both.std() / 100
    spread = np.maximum(both.std(axis=1), floor)
    distance = wasserstein(before.astype(np.float64), now.astype(np.float64))
    return float(np.divide(distance, spread, out=distance.copy(), where=spread > 0).mean())
