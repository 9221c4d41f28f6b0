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
    """The function that gives the mean cross entropy of a batch, inputs (example, feature) and targets (example,).

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
        self._layers = [self._layer(number, cast(Layer, layer)) for number, layer in enumerate(network.layers)]
        self._output, self._output_backward = self._linear(network.output, "output")

    def __call__(self, inputs: Tensor, targets: Tensor) -> float:
        """The loss; see ``backpropagation``."""
        with torch.inference_mode():
            values, kept = inputs, []
            for forward, _ in self._layers:
                values, needed = forward(values)
                kept.append(needed)
            logits = self._output(values).t().contiguous()  # (class, example): softmax is far faster for few classes
            log_probabilities = torch.log_softmax(logits, 0)
            loss = nll_loss(log_probabilities.t(), targets).item()
            if math.isfinite(loss):
                if len(self._ones) != len(inputs):
                    self._ones = inputs.new_ones(len(inputs))
                by_class = log_probabilities.exp_().scatter_add_(0, targets[None], -self._ones[None])
                self._backward(self._output_backward(by_class.div_(len(inputs)).t(), values), kept)
        return loss

    def _backward(self, gradient: Tensor, kept: list[tuple[Any, ...]]) -> None:
        of_affine: list[list[Tensor]] = []
        for _, backward in reversed(self._layers):
            gradient, *found = backward(gradient, kept.pop())
            of_affine.append(found)
        all_gammas_then_betas = [found for part in zip(*reversed(of_affine), strict=True) for found in part]
        if all_gammas_then_betas:
            torch.cat(all_gammas_then_betas, out=self._parameters.affine_gradients)

    def _layer(self, number: int, layer: Layer) -> Passes:
        linear, linear_backward = self._linear(layer.linear, f"layers.{number}.linear", first=number == 0)
        normalize, normalize_backward = cast(Any, layer.normalizer).passes()
        activation_gradient = layer.activation_gradient

        # An activation may be written over its inputs: neither a linear map nor a normalizer needs its outputs again.
        def forward(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
            normalized, needed = normalize(linear(inputs))
            outputs = layer.activation_in_place(normalized)
            return outputs, (inputs, needed, normalized, outputs)

        def backward(gradient: Tensor, kept: tuple[Any, ...]) -> tuple[Tensor, ...]:
            inputs, needed, normalized, outputs = kept
            gradient = activation_gradient(gradient, normalized, outputs)
            gradient, *of_affine = normalize_backward(gradient, needed)
            return linear_backward(gradient, inputs), *of_affine

        def forward_after(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
            pre_activation = linear(inputs)
            activation = layer.activation_in_place(pre_activation)
            outputs, needed = normalize(activation)
            return outputs, (inputs, needed, pre_activation, activation)

        def backward_after(gradient: Tensor, kept: tuple[Any, ...]) -> tuple[Tensor, ...]:
            inputs, needed, pre_activation, activation = kept
            gradient, *of_affine = normalize_backward(gradient, needed)
            gradient = activation_gradient(gradient, pre_activation, activation)
            return linear_backward(gradient, inputs), *of_affine

        return Passes(forward, backward) if layer.before else Passes(forward_after, backward_after)

    def _linear(
        self, linear: nn.Linear, name: str, first: bool = False
    ) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]:
        """Forward z = x Wᵀ + b; backward dL/dx = dL/dz W, but for the first layer, whose inputs nobody trains."""
        weight, bias = linear.weight.detach(), linear.bias.detach()
        transposed = weight.t()
        of_weight, of_bias = (
            self._parameters.part(self._parameters.gradients, f"{name}.{part}") for part in ("weight", "bias")
        )

        def backward(gradient: Tensor, inputs: Tensor) -> Tensor:
            by_unit = gradient.t()
            torch.mm(by_unit, inputs, out=of_weight)
            torch.mv(by_unit, self._ones, out=of_bias)
            return gradient if first else torch.mm(gradient, weight)

        return lambda inputs: torch.addmm(bias, inputs, transposed), backward
