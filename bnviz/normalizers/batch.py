"""Batch norm.

Each unit is centred and scaled by its mean and variance over the examples of the batch.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn


class Normalizer(nn.BatchNorm1d):
    """torch's own ``BatchNorm1d``: biased variance forward, unbiased in the running estimate.

    y = γ (x − μ) / √(σ² + ε) + β, with μ and σ² over the examples of the batch, for each unit.

    Source: Ioffe & Szegedy 2015, algorithm 1, arXiv:1502.03167.
    """

    min_batch = 2
    running_statistics = True

    def normalized(self, inputs: Tensor, running: bool) -> Tensor:
        """x̂ of inputs (group, example, unit); a group of one has no variance and gives 0."""
        if running:
            assert self.running_mean is not None
            assert self.running_var is not None
            return (inputs - self.running_mean) / (self.running_var + self.eps).sqrt()
        centred = inputs - inputs.mean(1, keepdim=True)
        biased_var = centred.square().mean(1, keepdim=True)
        return centred / (biased_var + self.eps).sqrt()


def reference(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], beta: NDArray[np.float64], eps: float
) -> NDArray[np.float64]:
    """The output y for inputs (example, unit): mean and biased variance over the examples."""
    mean = inputs.mean(axis=0)
    biased_var = ((inputs - mean) ** 2).mean(axis=0)
    normalized = (inputs - mean) / np.sqrt(biased_var + eps)
    return np.asarray(gamma * normalized + beta)
