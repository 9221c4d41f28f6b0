"""Draws: mini-batches from distributions of mean 0 and standard deviation 1."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POOL = 1024  # examples of which batches are taken; the largest batch
_GAP = 0.9  # of each of two groups from their middle

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Batch:
    """What one unit computes for the examples of a batch, (example,), and what the rest of a network sends back.

    ``gradient`` is dL/dy (example,), divided by its root mean square, which is ``arrived``; ``pool`` are the unit's
    values for all examples of which batches are taken.
    """

    values: Floats
    gradient: Floats
    pool: Floats
    arrived: float = 1.0


def _one_apart(generator: np.random.Generator, count: int) -> Floats:
    return np.where(np.arange(count) == 0, 1.0, 0.0)


_DISTRIBUTIONS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "normal": lambda generator, count: generator.standard_normal(count),
    "uniform": lambda generator, count: generator.uniform(-(3**0.5), 3**0.5, count),
    "skewed": lambda generator, count: generator.standard_exponential(count) - 1,
    "two_groups": lambda generator, count: (
        generator.choice((-_GAP, _GAP), count) + (1 - _GAP**2) ** 0.5 * generator.standard_normal(count)
    ),
    "heavy": lambda generator, count: generator.standard_t(3, count) / 3**0.5,  # whose variance is 3
    "one_apart": _one_apart,  # has another mean and spread: it is the batch that reaches the bound
}


def drawn(distribution: str, number: int, size: int, centre: float, spread: float) -> Batch:
    """The first ``size`` examples of batch ``number``: a larger batch holds the smaller one."""
    draw = _DISTRIBUTIONS[distribution]
    values = centre + spread * draw(np.random.default_rng(number), POOL)[:size]
    gradient = np.random.default_rng([number, 1]).standard_normal(POOL)[:size]
    return Batch(values, unit_size(gradient)[0], centre + spread * draw(np.random.default_rng(0), POOL))


def unit_size(gradient: Floats) -> tuple[Floats, float]:
    """A gradient divided by its root mean square, and that."""
    size = float(np.sqrt(np.mean(gradient**2)))
    return (gradient / size if size else gradient), size
