"""What the gradients of a batch say of a network: their size, and that of the step the optimizer would make."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bnviz.config import Config
from bnviz.networks import Layer, Network
from bnviz.optimizers import Optimizer


def rms(gradients: list[Tensor]) -> NDArray[np.float64]:
    """RMS of dL/dz (example, unit) over examples and units, of each layer; L is the mean loss of the batch."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.array(
            [np.sqrt(np.mean(np.square(gradient.cpu().numpy(), dtype=np.float64))) for gradient in gradients]
        )


def growth(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """By what factor gradients of sizes g (arm, layer) grow for each layer from the last one to layer l, (arm, layer).

    (g_l / g_L)^(1 / (L − l)), the geometric mean over the steps between layers; at the first layer, of all. NaN at the
    last, and where it is not known: a size that is not finite, or none of both.
    """
    steps = np.arange(sizes.shape[1] - 1, 0, -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (sizes[:, :-1] / sizes[:, -1:]) ** (1 / steps)
    return np.column_stack([means, np.full(len(sizes), np.nan)])


def layer_growth(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same of each step alone, g_l / g_(l + 1), (arm, layer)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        factors = sizes[:, :-1] / sizes[:, 1:]
    return np.column_stack([factors, np.full(len(sizes), np.nan)])


def norms(gradients: list[Tensor]) -> NDArray[np.float64]:
    """Frobenius norm of dL/dW (unit, input) of each layer."""
    with np.errstate(over="ignore"):
        return np.array(
            [np.sqrt(np.sum(np.square(gradient.cpu().numpy(), dtype=np.float64))) for gradient in gradients]
        )


def update_ratio(
    network: Network, optimizer: Optimizer, config: Config, gradients: list[Tensor]
) -> NDArray[np.float64]:
    """log10(std(ΔW) / std(W)) of each layer's linear weights, ΔW what the optimizer would add now; changes nothing.

    ``gradients`` are dL/dW (unit, input). −∞ where nothing is added. The guideline is about −3.

    Source: A. Karpathy, makemore part 3.
    """
    ratios = []
    for number, (layer, gradient) in enumerate(zip(network.layers, gradients, strict=True)):
        name, weight = f"layers.{number}.linear.weight", cast(Layer, layer).linear.weight.detach()
        change = optimizer.proposed(name, gradient, config.learning_rate, config.sgd_momentum)
        ratios.append(change.std() / weight.std())
    with np.errstate(divide="ignore"):
        return np.asarray(np.log10(torch.stack(ratios).double().cpu().numpy()))
