"""Scaling: the same values scaled to [0, 1], standardized, and batch-normalized, which articles confuse."""

from typing import Any

import numpy as np

from bnviz import statistics
from bnviz.sources.transform import SCALED, SHOWN, Config
from bnviz.transform.arithmetic import Steps
from bnviz.transform.draws import Batch, Floats
from bnviz.transform.words import say


class Scaled:
    """All values of a batch's source by three methods, and one value among other mates each time."""

    def __init__(self, batch: Batch, config: Config) -> None:
        pool, size, eps = batch.pool, len(batch.values), config.eps
        groups = pool[: len(pool) // size * size].reshape(-1, size)
        self.values = [
            np.concatenate([Steps(group, 1.0, 0.0, eps).normalized for group in groups]) if size > 1 else 0 * pool,
            _standardized(pool, pool),
            _minmax(pool, pool),
        ]
        one = np.atleast_1d(batch.values[config.place(config.example)])
        self.dots = np.stack([_among(one[0], pool, size, eps), *(
            np.repeat(scale(one, pool), SHOWN) for scale in (_standardized, _minmax)
        )])  # fmt: skip

    def numbers(self) -> dict[str, Any]:
        """The fields of the picture, rows from its bottom to its top."""
        counts = np.stack([np.histogram(row, SCALED.edges)[0] for row in self.values])
        return {
            "scaled": statistics.profile(counts),
            "scaled_dots": self.dots.ravel(),
            "scaled_low": np.array([row.min() for row in self.values]),
            "scaled_high": np.array([row.max() for row in self.values]),
            "scaled_mean": np.array([_zero(row.mean()) for row in self.values]),
            "scaled_std": np.array([row.std() for row in self.values]),
            "scaled_inside": np.array([((row >= 0) & (row <= 1)).mean() for row in self.values]),
        }

    def words(self, config: Config) -> str:
        """What becomes of the one value."""
        normalized, standardized, minmax = self.dots
        low, high = say(normalized.min()), say(normalized.max())
        made = (
            f"{low} in each of {SHOWN} batches" if low == high else f"anything from {low} to {high}, in {SHOWN} batches"
        )
        return (
            f"Example {config.place(config.example) + 1} becomes {say(minmax[0])} scaled to [0, 1] and "
            f"{say(standardized[0])} standardized, whatever batch it is in. Batch norm makes {made} of "
            f"{config.batch_size} with other mates, of the same value."
        )


def _minmax(values: Floats, pool: Floats) -> Floats:
    """(x − min) / (max − min)."""
    low, high = pool.min(), pool.max()
    return (values - low) / (high - low) if high > low else 0 * values


def _standardized(values: Floats, pool: Floats) -> Floats:
    """(x − mean) / std over all examples."""
    std = pool.std()
    return (values - pool.mean()) / std if std else 0 * values


def _among(value: float, pool: Floats, size: int, eps: float) -> Floats:
    """x̂ of one value in batches with mates drawn from the pool, (batch,)."""
    mates = pool[np.random.default_rng(0).integers(len(pool), size=(SHOWN, size - 1))]
    batches = np.concatenate([np.full((SHOWN, 1), value), mates], axis=1)
    centred = value - batches.mean(axis=1)
    return np.asarray(centred / np.sqrt(batches.var(axis=1) + eps))


def _zero(value: float) -> float:
    return 0.0 if abs(value) < 1e-12 else value
