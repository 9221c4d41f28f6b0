"""Folding: batch norm in use is a linear map of each unit, and so can be put into the layer before it."""

from typing import NamedTuple

import torch
from torch import Tensor


class Moments(NamedTuple):
    """Mean and variance of each unit, or channel: (unit,)."""

    mean: Tensor
    var: Tensor


def factor(gamma: Tensor, moments: Moments, eps: float) -> Tensor:
    """γ / √(σ² + ε) of each unit."""
    return gamma / (moments.var + eps).sqrt()


def fold(
    weight: Tensor, bias: Tensor | None, gamma: Tensor, beta: Tensor, moments: Moments, eps: float
) -> tuple[Tensor, Tensor]:
    """Weight (unit, …) and bias (unit,) of the one layer that computes what layer and batch norm compute in use.

    W′ = f W and b′ = f (b − μ) + β with f = γ / √(σ² + ε), for each unit of a linear layer or channel of a
    convolution. It holds for stored statistics, and with no nonlinearity in between.
    """
    by = factor(gamma, moments, eps)
    bias = torch.zeros_like(beta) if bias is None else bias
    return weight * by.view(-1, *[1] * (weight.ndim - 1)), (bias - moments.mean) * by + beta
