"""Batch norm, variance only.

Each unit is divided by its standard deviation over the examples of the batch, and not centred: the other half of
batch norm by itself.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from bnviz.normalizers import Passes
from bnviz.normalizers.batch import Part


class Normalizer(Part):
    """Batch norm without the centring.

    y = γ x / √(σ² + ε) + β, with the biased variance σ² around the mean of the batch, for each unit.

    Source: one step of Ioffe & Szegedy 2015, algorithm 1, arXiv:1502.03167.
    """

    def normalized(self, inputs: Tensor, running: bool) -> Tensor:
        """x̂ = x / √(σ² + ε) of inputs (group, example, unit); a group of one has no variance and is divided by √ε."""
        return inputs / self.scale(inputs, running)

    def passes(self) -> Passes:
        """With s the divisor and g = γ dL/dy, dL/dx = (g − (x − μ) mean(g x̂) / s) / s; means are over the examples."""
        weight, bias = self.weight, self.bias

        def forward(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
            self._gather(inputs)
            centred = inputs - inputs.mean(0)
            scale = centred.square().mean(0).add_(self.eps).sqrt_()
            normalized = inputs / scale
            return normalized * weight + bias, (normalized, centred, scale)

        def backward(gradient: Tensor, kept: tuple[Any, ...]) -> tuple[Tensor, ...]:
            normalized, centred, scale = kept
            scaled = gradient * weight
            shared = (scaled * normalized).mean(0) / scale
            return (scaled - centred * shared) / scale, (gradient * normalized).sum(0), gradient.sum(0)

        return Passes(forward, backward)


def reference(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], beta: NDArray[np.float64], eps: float
) -> NDArray[np.float64]:
    """The output y for inputs (example, unit): divided by the root of the biased variance over the examples."""
    biased_var = ((inputs - inputs.mean(axis=0)) ** 2).mean(axis=0)
    return np.asarray(gamma * inputs / np.sqrt(biased_var + eps) + beta)
