"""Estimates: the running average of a statistic over batches, for any momentum, from the batches' own values."""

import numpy as np
from numpy.typing import NDArray

START_MEAN, START_VAR = 0.0, 1.0  # of torch's running statistics


def course(values: NDArray[np.floating], momentum: float, start: float) -> NDArray[np.float64]:
    """The running average after each batch, of values (step,).

    r ← (1 − momentum) r + momentum · value, as torch's batch norm has it.
    """
    found, average = np.empty(len(values)), start
    for step, value in enumerate(values.tolist()):
        average += momentum * (value - average)
        found[step] = average
    return found


def average(values: NDArray[np.floating], momentum: float, start: float) -> NDArray[np.float64]:
    """The last value of the ``course``, of values (step, …), all at once.

    r_t = (1 − momentum)^t · start + Σ momentum (1 − momentum)^(t − k) · value_k.
    """
    kept = (1 - momentum) ** np.arange(len(values), -1, -1.0)  # of the start, then of each batch
    return np.asarray(kept[0] * start + np.einsum("s,s...->...", momentum * kept[1:], values))


def lag(momentum: float) -> float:
    """How many steps old, on the average, is what a running average holds: (1 − momentum) / momentum."""
    return (1 - momentum) / momentum
