"""Numbers about arrays: densities, moments, percentiles, drift. NumPy in and out; shape (layer, value) or alike."""

from dataclasses import dataclass
from typing import NamedTuple

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


def profile(counts: Counts, pile: int | None = None) -> NDArray[np.uint8]:
    """Counts (…, bin) in 256 levels, each row's highest bin 255; a row without counts stays 0.

    A bin that holds anything has level 1 at least. The bin ``pile`` is not counted as the highest, and cut at 255.
    """
    others = counts if pile is None else np.delete(counts, pile, axis=-1)
    peak = np.maximum(others.max(axis=-1, keepdims=True), 1)
    levels: NDArray[np.uint8] = np.clip(np.rint(counts * (255 / peak)), counts > 0, 255).astype(np.uint8)
    return levels


def moments(values: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each row of values (…, value); NaN where a value is not finite."""
    exact = values.astype(np.float64)
    with np.errstate(invalid="ignore"):
        mean = exact.mean(axis=-1)
        exact -= mean[..., None]
        std = np.sqrt(np.einsum("...v,...v->...", exact, exact) / exact.shape[-1])
    return np.where(np.isfinite(mean), mean, np.nan), std


def neighbours(count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Between which two of ``count`` sorted values each percentile lies, ranks (2, 3), and its way from the first (3,).

    Linear between the two, as NumPy's default.
    """
    places = np.array(PERCENTILES) / 100 * (count - 1)
    below = np.floor(places).astype(np.int64)
    return np.stack([below, np.minimum(below + 1, count - 1)]), places - below


def percentiles(ordered: Floats) -> NDArray[np.float64]:
    """The 15th, 50th and 85th percentile of each row of sorted values (…, value), shape (…, 3).

    Linear between two neighbours, as NumPy's default. NaN where a value is not finite.
    """
    ranks, way = neighbours(ordered.shape[-1])
    low, high = (ordered[..., at].astype(np.float64) for at in ranks)
    finite = np.isfinite(ordered[..., [0, -1]]).all(axis=-1, keepdims=True)  # sorting puts what is not at the ends
    with np.errstate(invalid="ignore"):
        return np.where(finite, low + (high - low) * way, np.nan)


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


def signal(values: Floats) -> NDArray[np.float64]:
    """How far apart the examples are in each layer, from values (layer, example, unit), in the unit of the values.

    The standard deviation of each unit over the examples, as root mean square over units: what is left of a layer's
    spread without the differences between units, which tell nothing of an example. NaN where a value is not finite.
    """
    _, std = moments(np.moveaxis(values, 1, -1))
    with np.errstate(over="ignore"):
        return np.asarray(np.sqrt(np.square(std).mean(axis=-1)))


class Sample(NamedTuple):
    """Values in order (…, value), with their mean and standard deviation (…)."""

    ordered: Floats
    mean: NDArray[np.float64]
    std: NDArray[np.float64]


def sample(values: Floats) -> Sample:
    """Of values (…, value) in any order."""
    return Sample(np.sort(values), *moments(values))


def wasserstein(before: Floats, now: Floats) -> NDArray[np.float64]:
    """Wasserstein-1 distance of sorted samples (…, n) and (…, m), in the unit of the values.

    ∫₀¹ |F⁻¹(u) − G⁻¹(u)| du; for n = m the mean of |sorted difference|.
    """
    n, m = before.shape[-1], now.shape[-1]
    if n == m:
        difference = np.subtract(now, before, dtype=np.float64)
        return np.asarray(np.abs(difference, out=difference).mean(axis=-1))
    levels = np.unique(np.concatenate([np.arange(n) * m, np.arange(m) * n, [n * m]]))  # in units of 1/(n m)
    widths = np.diff(levels) / (n * m)
    difference = np.subtract(now[..., levels[:-1] // n], before[..., levels[:-1] // m], dtype=np.float64)
    return np.asarray((np.abs(difference) * widths).sum(axis=-1))


def drift(before: Sample, now: Sample) -> NDArray[np.float64]:
    """How far a layer's distributions moved: Wasserstein-1 per unit in units of its spread, averaged over units.

    The samples have shapes (…, unit, n) and (…, unit, m), and the result has shape (…). A unit's spread is its standard
    deviation over both, floored at a hundredth of the layer's; a layer without any spread has not moved unless its
    values have, which then counts in units of the values. NaN where a value is not finite.
    """
    n, m = before.ordered.shape[-1], now.ordered.shape[-1]
    with np.errstate(invalid="ignore"):
        mean = (n * before.mean + m * now.mean) / (n + m)
        within = (n * before.std**2 + m * now.std**2) / (n + m)
        variance = within + n * m / (n + m) ** 2 * (now.mean - before.mean) ** 2
        of_layer = (variance + (mean - mean.mean(axis=-1, keepdims=True)) ** 2).mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.maximum(variance, of_layer / 100**2))
        distance = wasserstein(before.ordered, now.ordered)
        return np.asarray(np.divide(distance, spread, out=distance, where=~(spread == 0)).mean(axis=-1))
