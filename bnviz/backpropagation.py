"""Backpropagation: the loss of a training batch and its gradients, by one of two ways that give the same.

In networks of this size autograd's bookkeeping takes longer than the arithmetic. Where every part of a network has its
forward and backward pass written out, they are called one after the other on ATen's own operators, and the gradients
go straight to where the optimizer reads them. Other networks go by autograd.
"""

import math
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, nll_loss

from bnviz.networks import Layer, Network
from bnviz.normalizers import Passes
from bnviz.parameters import Parameters

Backpropagation = Callable[[Tensor, Tensor], float]  # see ``backpropagation``


def backpropagation(network: Network, parameters: Parameters) -> Backpropagation:
    """The function that gives the mean cross entropy of a training batch, inputs (example, feature), targets (example,).

    It moves the running statistics and, where the loss is finite, writes the gradients to ``parameters.gradients``.
    The inputs must not have been made in inference mode: autograd could not use them.
    """
    if all(hasattr(normalizer, "passes") for normalizer in network.normalizers):
        return Explicit(network, parameters)
    return ByAutograd(network, parameters)


class ByAutograd:
    """Backpropagation by autograd."""

    def __init__(self, network: Network, parameters: Parameters) -> None:
        self._network = network
        self._gradients = {
            parameter: parameters.part(parameters.gradients, name) for name, parameter in network.named_parameters()
        }

    def __call__(self, inputs: Tensor, targets: Tensor) -> float:
        """The loss; see ``backpropagation``."""
        with torch.inference_mode(mode=False), torch.enable_grad():
            loss = cross_entropy(self._network(inputs), targets)
            value = loss.item()
            if math.isfinite(value):
                trained = [parameter for parameter in self._gradients if parameter.requires_grad]
                for parameter, found in zip(trained, torch.autograd.grad(loss, trained), strict=True):
                    self._gradients[parameter].copy_(found)
        return value


class Explicit:
    """Backpropagation by passes that are written out."""

    def __init__(self, network: Network, parameters: Parameters) -> None:
        self._parameters = parameters
        self._ones = torch.empty(0)  # for sums over the examples: as a product with ones they are made in half the time
        self._passes: list[Passes] = []
        for number, module in enumerate(network.layers):
            layer = cast(Layer, module)
            after = [cast(Any, layer.normalizer).passes(), _activation(layer)]
            self._passes.append(self._linear(layer.linear, f"layers.{number}.linear", first=number == 0))
            self._passes.extend(after if layer.before else reversed(after))
        self._passes.append(self._linear(network.output, "output"))

    def __call__(self, inputs: Tensor, targets: Tensor) -> float:
        """The loss; see ``backpropagation``."""
        with torch.inference_mode():
            values, needed = inputs, []
            for forward, _ in self._passes:
                values, kept = forward(values)
                needed.append(kept)
            by_class = torch.log_softmax(values.t().contiguous(), 0)  # (class, example): far faster for few classes
            loss = nll_loss(by_class.t(), targets).item()
            if math.isfinite(loss):
                if len(self._ones) != len(inputs):
                    self._ones = inputs.new_ones(len(inputs))
                self._backward(_of_logits(by_class, targets).t(), needed)
        return loss

    def _backward(self, gradient: Tensor, needed: list[tuple[Any, ...]]) -> None:
        of_affine: list[list[Tensor]] = []
        for (_, backward), kept in zip(reversed(self._passes), reversed(needed), strict=True):
            gradient, *of_parameters = backward(gradient, kept)
            if of_parameters:
                of_affine.append(of_parameters)
        if of_affine:
            of_affine.reverse()
            all_gammas_then_betas = [found for part in zip(*of_affine, strict=True) for found in part]
            torch.cat(all_gammas_then_betas, out=self._parameters.affine_gradients)

    def _linear(self, linear: nn.Linear, name: str, first: bool = False) -> Passes:
        """z = x Wᵀ + b; backward dL/dx = dL/dz W, but for the first layer, whose inputs nobody trains."""
        weight, bias = linear.weight.detach(), linear.bias.detach()
        transposed = weight.t()
        of_weight, of_bias = (
            self._parameters.part(self._parameters.gradients, f"{name}.{part}") for part in ("weight", "bias")
        )

        def forward(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
            return torch.addmm(bias, inputs, transposed), (inputs,)

        def backward(gradient: Tensor, kept: tuple[Any, ...]) -> tuple[Tensor, ...]:
            by_unit = gradient.t()
            torch.mm(by_unit, *kept, out=of_weight)
            torch.mv(by_unit, self._ones, out=of_bias)
            return (gradient if first else torch.mm(gradient, weight),)

        return Passes(forward, backward)


def _activation(layer: Layer) -> Passes:
    of_inputs = layer.activation_gradient

    def forward(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
        outputs = layer.activation(inputs)
        return outputs, (inputs, outputs)

    return Passes(forward, lambda gradient, kept: (of_inputs(gradient, *kept),))


def _of_logits(log_probabilities: Tensor, targets: Tensor) -> Tensor:
    """dL/d logits (class, example): (softmax − one-hot) / examples; takes the place of the log probabilities."""
    picked = targets[None]
    hits = log_probabilities.new_full(picked.shape, -1.0)
    return log_probabilities.exp_().scatter_add_(0, picked, hits).div_(len(targets))
