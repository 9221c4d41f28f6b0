"""What training does to a network now: the gradients of one batch, and the step that the optimizer would make."""

from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from bnviz.config import Config
from bnviz.networks import Layer, Network
from bnviz.optimizers import Optimizer


class Gradients(NamedTuple):
    """Of each hidden layer: RMS of dL/dz over examples and units, and log10 of the step's size against the weights'."""

    rms: NDArray[np.float64]
    update_ratio: NDArray[np.float64]


def gradients(network: Network, optimizer: Optimizer, config: Config, inputs: Tensor, targets: Tensor) -> Gradients:
    """Measure a training batch, inputs (example, feature) as the network sees them; changes nothing.

    z is the pre-activation, L the mean loss of the batch, each layer normalized by the batch's own statistics. The
    update ratio is log10(std(ΔW) / std(W)) of the linear weights, ΔW what the optimizer would add to them now;
    −∞ where it adds nothing. The guideline is about −3.

    Source of the ratio: A. Karpathy, makemore part 3.
    """
    pre_activations: list[Tensor] = []
    values = inputs[None]
    with torch.enable_grad():
        for layer in network.layers:
            values, sites = cast(Layer, layer).sites(values, running=False)
            pre_activations.append(sites["pre_activation"])
        loss = cross_entropy(network.output(values)[0], targets)
        weights = [cast(Layer, layer).linear.weight for layer in network.layers]
        found = torch.autograd.grad(loss, [*pre_activations, *weights])
    by_layer, by_weight = found[: len(weights)], found[len(weights) :]
    ratios = []
    for number, (weight, gradient) in enumerate(zip(weights, by_weight, strict=True)):
        name = f"layers.{number}.linear.weight"
        change = optimizer.proposed(name, gradient, config.learning_rate, config.sgd_momentum)
        ratios.append(change.std() / weight.detach().std())
    with np.errstate(divide="ignore"):
        return Gradients(
            _numbers([gradient.double().square().mean().sqrt() for gradient in by_layer]), np.log10(_numbers(ratios))
        )


def _numbers(values: list[Tensor]) -> NDArray[np.float64]:
    return torch.stack(values).double().cpu().numpy()
