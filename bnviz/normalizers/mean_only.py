"""Batch norm, mean only.

Each unit is centred by its mean over the examples of the batch, and not scaled: one half of batch norm by itself.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from bnviz.normalizers import Passes
from bnviz.normalizers.batch import Part


class Normalizer(Part):
    """Batch norm without the division.

    y = γ (x − μ) + β, with μ over the examples of the batch, for each unit; ε has no part in it.

    Source: Salimans & Kingma 2016, section 4, arXiv:1602.07868, where it goes with weight normalization.
    """

    def normalized(self, inputs: Tensor, running: bool) -> Tensor:
        """x̂ = x − μ of inputs (group, example, unit); a group of one gives 0."""
        if not running:
            return inputs - inputs.mean(1, keepdim=True)
        assert self.running_mean is not None
        return inputs - self.running_mean

    def scale(self, inputs: Tensor, running: bool) -> Tensor:
        """One: nothing is divided."""
        return inputs.new_ones(1, 1, 1)

    def passes(self) -> Passes:
        """With g = γ dL/dy, dL/dx = g − mean(g); the mean is over the examples."""
        weight, bias = self.weight, self.bias

        def forward(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
            self._gather(inputs)
            centred = inputs - inputs.mean(0)
            return centred * weight + bias, (centred,)

        def backward(gradient: Tensor, kept: tuple[Any, ...]) -> tuple[Tensor, ...]:
            (centred,) = kept
            scaled = gradient * weight
            return scaled - scaled.mean(0), (gradient * centred).sum(0), gradient.sum(0)

        return Passes(forward, backward)


def reference(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], beta: NDArray[np.float64], eps: float
) -> NDArray[np.float64]:
    """The output y for inputs (example, unit): the mean over the examples is taken away."""
    return np.asarray(gamma * (inputs - inputs.mean(axis=0)) + beta)
