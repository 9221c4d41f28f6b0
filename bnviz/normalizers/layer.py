"""Layer norm.

Each example is centred and scaled by the mean and variance of its own units; its batch-mates have no part in it.
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import layer_norm


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


def reference(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], beta: NDArray[np.float64], eps: float
) -> NDArray[np.float64]:
    """The output y for inputs (example, unit): mean and biased variance over the units."""
    mean = inputs.mean(axis=1, keepdims=True)
    biased_var = ((inputs - mean) ** 2).mean(axis=1, keepdims=True)
    normalized = (inputs - mean) / np.sqrt(biased_var + eps)
    return np.asarray(gamma * normalized + beta)
