"""Group norm.

The units of a layer are cut into up to four groups of neighbours, equal in size; each group of each example is centred
and scaled by its own mean and variance. Where the width has no such divisor, all units are one group, as in layer norm.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import group_norm

from bnviz.normalizers import Passes

MOST_GROUPS = 4


class Normalizer(nn.GroupNorm):
    """torch's own ``GroupNorm`` over the units of a layer, with γ and β for each unit.

    y = γ (x − μ) / √(σ² + ε) + β, with μ and biased σ² over the units of a group, for each example.

    Source: Wu & He 2018, equations 1, 2, 6 and 7, arXiv:1803.08494.
    """

    min_batch = 1
    running_statistics = False

    def __init__(self, width: int, groups: int | None = None) -> None:
        super().__init__(groups or groups_of(width), width)

    def normalized(self, inputs: Tensor, running: bool) -> Tensor:
        """x̂ of inputs (group of examples, example, unit); there are no running statistics to choose."""
        return group_norm(inputs.flatten(0, 1), self.num_groups, eps=self.eps).view_as(inputs)

    def scale(self, inputs: Tensor, running: bool) -> Tensor:
        """√(σ² + ε) of each unit's group, in the shape of the inputs."""
        grouped = inputs.reshape(*inputs.shape[:2], self.num_groups, -1)
        biased_var = grouped.var(3, correction=0, keepdim=True)
        return (biased_var + self.eps).sqrt().expand_as(grouped).flatten(2)

    def passes(self) -> Passes:
        """ATen's group norm, for units as channels of one pixel, and its backward pass."""
        weight, bias, units, groups = self.weight, self.bias, self.num_channels, self.num_groups
        aten_backward = torch.ops.aten.native_group_norm_backward.default

        def forward(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
            examples = len(inputs)
            outputs, *kept = torch.native_group_norm(inputs, weight, bias, examples, units, 1, groups, self.eps)
            return outputs, (inputs, *kept)

        def backward(gradient: Tensor, kept: tuple[Any, ...]) -> tuple[Tensor, ...]:
            examples = len(gradient)
            found: tuple[Tensor, ...] = aten_backward(
                gradient, *kept, weight, examples, units, 1, groups, (True, True, True)
            )
            return found

        return Passes(forward, backward)


def groups_of(width: int) -> int:
    """The number of groups: the most up to four that are equal in size and have more than one unit each.

    A group of one unit would always be normalized to 0.
    """
    return next(number for number in range(MOST_GROUPS, 0, -1) if width % number == 0 and width >= 2 * number)


def reference(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], beta: NDArray[np.float64], eps: float
) -> NDArray[np.float64]:
    """The output y for inputs (example, unit): mean and biased variance over the units of a group."""
    grouped = inputs.reshape(len(inputs), groups_of(inputs.shape[1]), -1)
    centred = grouped - grouped.mean(axis=2, keepdims=True)
    biased_var = (centred**2).mean(axis=2, keepdims=True)
    normalized = (centred / np.sqrt(biased_var + eps)).reshape(inputs.shape)
    return np.asarray(gamma * normalized + beta)
