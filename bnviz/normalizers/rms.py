"""RMS norm.

Each example is divided by the root mean square of its own units: layer norm without the centring, and without β.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import rms_norm

from bnviz.normalizers import Passes


class Normalizer(nn.RMSNorm):
    """torch's own ``RMSNorm`` over the units of a layer; it has γ and no β.

    y = γ x / √(mean(x²) + ε), with the mean over the units, for each example.

    Source: Zhang & Sennrich 2019, equation 4, arXiv:1910.07467; ε is torch's.
    """

    eps: float
    bias: None = None
    min_batch = 1
    running_statistics = False

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=1e-5)  # as the others start; torch's own would depend on the dtype

    def normalized(self, inputs: Tensor, running: bool) -> Tensor:
        """x̂ of inputs (group, example, unit); there are no running statistics to choose."""
        return rms_norm(inputs, list(self.normalized_shape), eps=self.eps)

    def scale(self, inputs: Tensor, running: bool) -> Tensor:
        """√(mean(x²) + ε) of each example."""
        return (inputs.square().mean(2, keepdim=True) + self.eps).sqrt()

    def passes(self) -> Passes:
        """With s the divisor and g = γ dL/dy, dL/dx = (g − x̂ mean(g x̂)) / s; the mean is over the units."""
        weight = self.weight

        def forward(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
            inverse = inputs.square().mean(1, keepdim=True).add_(self.eps).rsqrt_()
            normalized = inputs * inverse
            return normalized * weight, (normalized, inverse)

        def backward(gradient: Tensor, kept: tuple[Any, ...]) -> tuple[Tensor, ...]:
            normalized, inverse = kept
            scaled = gradient * weight
            shared = (scaled * normalized).mean(1, keepdim=True)
            return scaled.addcmul_(normalized, shared, value=-1).mul_(inverse), (gradient * normalized).sum(0)

        return Passes(forward, backward)


def reference(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], beta: NDArray[np.float64], eps: float
) -> NDArray[np.float64]:
    """The output y for inputs (example, unit): divided by the root mean square over the units; β has no part in it."""
    mean_square = (inputs**2).mean(axis=1, keepdims=True)
    return np.asarray(gamma * inputs / np.sqrt(mean_square + eps))
