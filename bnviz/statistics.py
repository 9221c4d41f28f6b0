"""Numbers about arrays: densities, moments, percentiles, drift. NumPy in and out; shape (layer, value) or alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERCENTILES = (15, 50, 85)
SATURATED = 0.97

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
    pile: int | None = None  # the bin in which so many values lie that the others would not be seen beside it

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


def profile(counts: Counts, pile: int | None = None) -> NDArray[np.uint8]:
    """Counts (…, bin) in 256 levels, each row's highest bin 255; a row without counts stays 0.

    A bin that holds anything has level 1 at least. The bin ``pile`` is not counted as the highest, and cut at 255.
    """
    others = counts if pile is None else np.delete(counts, pile, axis=-1)
    peak = np.maximum(others.max(axis=-1, keepdims=True), 1)
    levels: NDArray[np.uint8] = np.clip(np.rint(counts * (255 / peak)), counts > 0, 255).astype(np.uint8)
    return levels


def moments(values: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each row of values (row, value); NaN where a value is not finite."""
    exact = np.where(np.isfinite(values).all(axis=1, keepdims=True), values, np.nan).astype(np.float64)
    return exact.mean(axis=1), exact.std(axis=1)


def percentiles(ordered: Floats) -> NDArray[np.float64]:
    """The 15th, 50th and 85th percentile of each row of sorted values (…, value), shape (…, 3).

    Linear between two neighbours, as NumPy's default. NaN where a value is not finite.
    """
    last = ordered.shape[-1] - 1
    places = np.array(PERCENTILES) / 100 * last
    below = np.floor(places).astype(int)
    low, high = (ordered[..., at].astype(np.float64) for at in (below, np.minimum(below + 1, last)))
    ends_finite = np.isfinite(ordered[..., [0, -1]]).all(axis=-1, keepdims=True)  # sorting puts what is not at the ends
    with np.errstate(invalid="ignore"):
        return np.where(ends_finite, low + (high - low) * (places - below), np.nan)


def distances(densities: Density, axis: Axis) -> NDArray[np.float64]:
    """Wasserstein-1 distance of each arm's distribution to the first arm's, from densities (arm, layer, bin).

    ∫ |F(x) − G(x)| dx over the axis, in the unit of the values: what lies outside counts at the axis' end, so that the
    result is right to within a bin. NaN where a value is not finite, or the first arm's is.
    """
    inside = np.cumsum(densities.counts, axis=-1) + densities.underflow[..., None]
    total = densities.counts.sum(axis=-1) + densities.underflow + densities.overflow
    share = inside / np.maximum(total, 1)[..., None]
    distance = np.abs(share - share[:1]).sum(axis=-1) / 2.0**axis.power
    lost = densities.nonfinite > 0
    return np.where(lost | lost[:1], np.nan, distance)


def dead(activations: Floats, activation: str) -> NDArray[np.float64]:
    """Share of each layer's units that are 0 for every example, from activations (layer, example, unit).

    Defined for ReLU, whose gradient is 0 there; NaN for other activations.
    """
    if activation != "relu":
        return np.full(len(activations), np.nan)
    return np.asarray((activations <= 0).all(axis=1).mean(axis=1))


def saturated(activations: Floats, activation: str) -> NDArray[np.float64]:
    """Share of each layer's values in the flat ends of the activation, from activations (layer, example, unit).

    tanh: |h| > 0.97; sigmoid: h < 0.03 or h > 0.97; NaN for other activations, which have no two flat ends.
    """
    if activation == "tanh":
        flat = np.abs(activations) > SATURATED
    elif activation == "sigmoid":
        flat = np.abs(activations - 0.5) > SATURATED - 0.5
    else:
        return np.full(len(activations), np.nan)
    return np.asarray(flat.mean(axis=(1, 2)))


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
