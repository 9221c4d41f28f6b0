"""Layer norm.

Each example is centred and scaled by the mean and variance of its own units; its batch-mates have no part in it.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from bnviz.normalizers import Passes


class Normalizer(nn.LayerNorm):
    """torch's own ``LayerNorm`` over the units of a layer.

    y = γ (x − μ) / √(σ² + ε) + β, with μ and biased σ² over the units, for each example.

    Source: Ba, Kiros & Hinton 2016, equations 3 and 4, arXiv:1607.06450.
    """

    min_batch = 1
    running_statistics = False

    def normalized(self, inputs: Tensor, running: bool) -> Tensor:
        """x̂ of inputs (group, example, unit); there are no running statistics to choose."""
        return layer_norm(inputs, self.normalized_shape, eps=self.eps)

    def scale(self, inputs: Tensor, running: bool) -> Tensor:
        """√(σ² + ε) of each example."""
        return (inputs.var(2, correction=0, keepdim=True) + self.eps).sqrt()

    def passes(self) -> Passes:
        """ATen's layer norm and its backward pass."""
        weight, bias, shape = self.weight, self.bias, self.normalized_shape
        aten_backward = torch.ops.aten.native_layer_norm_backward.default

        def forward(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
            outputs, mean, rstd = torch.native_layer_norm(inputs, shape, weight, bias, self.eps)
            return outputs, (inputs, shape, mean, rstd)

        def backward(gradient: Tensor, kept: tuple[Any, ...]) -> tuple[Tensor, ...]:
            found: tuple[Tensor, ...] = aten_backward(gradient, *kept, weight, bias, (True, True, True))
            return found

        return Passes(forward, backward)


def reference(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], beta: NDArray[np.float64], eps: float
) -> NDArray[np.float64]:
    """The output y for inputs (example, unit): mean and biased variance over the units."""
    mean = inputs.mean(axis=1, keepdims=True)
    biased_var = ((inputs - mean) ** 2).mean(axis=1, keepdims=True)
    normalized = (inputs - mean) / np.sqrt(biased_var + eps)
    return np.asarray(gamma * normalized + beta)
