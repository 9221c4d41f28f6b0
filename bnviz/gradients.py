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
