"""Folding: batch norm in use is a linear map of each unit, and so can be put into the layer before it."""

from typing import NamedTuple

from torch import Tensor


class Affine(NamedTuple):
    """A linear map or a convolution: weight (unit, …) and bias (unit,)."""

    weight: Tensor
    bias: Tensor


class Scale(NamedTuple):
    """γ and β of each unit, or channel: (unit,)."""

    gamma: Tensor
    beta: Tensor


class Moments(NamedTuple):
    """Mean and variance of each unit, or channel: (unit,)."""

    mean: Tensor
    var: Tensor


def fold(layer: Affine, scale: Scale, moments: Moments, eps: float) -> Affine:
    """The one layer that computes what a layer and the batch norm behind it compute in use.

    W′ = f W and b′ = f (b − μ) + β with f = γ / √(σ² + ε), for each unit of a linear layer or channel of a
    convolution. It holds for stored statistics, and with no nonlinearity in between.
    """
    factor = scale.gamma / (moments.var + eps).sqrt()
    weight = layer.weight * factor.view(-1, *[1] * (layer.weight.ndim - 1))
    return Affine(weight, (layer.bias - moments.mean) * factor + scale.beta)
