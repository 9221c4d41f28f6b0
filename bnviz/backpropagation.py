"""Backpropagation: the loss of a training batch and its gradients, by one of two ways that give the same.

In networks of this size autograd's bookkeeping takes longer than the arithmetic. Where every part of a network has its
forward and backward pass written out, they are called one after the other on ATen's own operators, and the gradients
go straight to where the optimizer reads them. Other networks go by autograd.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, nll_loss

from bnviz.networks import Layer, Network
from bnviz.normalizers import Passes
from bnviz.parameters import Parameters


class Gradients(NamedTuple):
    """Of a batch, for each hidden layer: dL/dz (example, unit), z the pre-activation, and dL/dW (unit, input)."""

    pre_activations: list[Tensor]
    weights: list[Tensor]


class Backpropagation(Protocol):
    """The way through one network. Inputs must not have been made in inference mode: autograd could not use them."""

    def __call__(self, inputs: Tensor, targets: Tensor) -> float:
        """The mean cross entropy L of a batch, inputs (example, feature) and targets (example,).

        Moves the running statistics and, where the loss is finite, writes the gradients to ``parameters.gradients``.
        """

    def gradients(self, inputs: Tensor, targets: Tensor) -> Gradients:
        """Those of a training batch, finite or not; they are there until the next step. Moves no statistics."""


def backpropagation(network: Network, parameters: Parameters) -> Backpropagation:
    """The fastest way that a network has."""
    if all(hasattr(normalizer, "passes") for normalizer in network.normalizers):
        return Explicit(network, parameters)
    return ByAutograd(network, parameters)


class ByAutograd:
    """Backpropagation by autograd, of any module whose output are logits; ``gradients`` are those of a ``Network``."""

    def __init__(self, network: nn.Module, parameters: Parameters) -> None:
        self._network = network
        self._gradients = {
            parameter: parameters.part(parameters.gradients, name) for name, parameter in network.named_parameters()
        }

    def __call__(self, inputs: Tensor, targets: Tensor) -> float:
        """See ``Backpropagation``."""
        with torch.inference_mode(mode=False), torch.enable_grad():
            loss = cross_entropy(self._network(inputs), targets)
            value = loss.item()
            if math.isfinite(value):
                trained = [parameter for parameter in self._gradients if parameter.requires_grad]
                for parameter, found in zip(trained, torch.autograd.grad(loss, trained), strict=True):
                    self._gradients[parameter].copy_(found)
        return value

    def gradients(self, inputs: Tensor, targets: Tensor) -> Gradients:
        """See ``Backpropagation``."""
        return _gradients(cast(Network, self._network), inputs, targets)


class Explicit:
    """Backpropagation by passes that are written out."""

    def __init__(self, network: Network, parameters: Parameters) -> None:
        self._network, self._parameters = network, parameters
        self._least = max(normalizer.min_batch for normalizer in network.normalizers)
        self._statistics = list(network.buffers())
        self._by_pre_activation: list[Tensor] | None = None  # where they are gathered: dL/dz, the output's first
        self._ones = torch.empty(0)  # for sums over the examples: as a product with ones they are made in half the time
        self._layers = [self._layer(number, cast(Layer, layer)) for number, layer in enumerate(network.layers)]
        self._output, self._output_backward = self._linear(network.output, "output")
        self._of_weights = [
            parameters.part(parameters.gradients, f"layers.{number}.linear.weight")
            for number in range(len(network.layers))
        ]

    def __call__(self, inputs: Tensor, targets: Tensor) -> float:
        """See ``Backpropagation``."""
        return self._pass(inputs, targets, always=False)

    @torch.no_grad()
    def gradients(self, inputs: Tensor, targets: Tensor) -> Gradients:
        """See ``Backpropagation``."""
        if len(inputs) < self._least:  # no step can be made, and of x̂ = 0 it can be told all the same
            return _gradients(self._network, inputs, targets)
        before = [kept.clone() for kept in self._statistics]
        self._by_pre_activation = []
        try:
            self._pass(inputs, targets, always=True)
            _, *found = self._by_pre_activation
        finally:
            self._by_pre_activation = None
            for kept, value in zip(self._statistics, before, strict=True):
                kept.copy_(value)
        return Gradients(found[::-1], self._of_weights)

    def _pass(self, inputs: Tensor, targets: Tensor, always: bool) -> float:
        """The loss; the way back is made where it is finite, or ``always``."""
        with torch.inference_mode():
            values, kept = inputs, []
            for forward, _ in self._layers:
                values, needed = forward(values)
                kept.append(needed)
            logits = self._output(values).t().contiguous()  # (class, example): softmax is far faster for few classes
            log_probabilities = torch.log_softmax(logits, 0)
            loss = nll_loss(log_probabilities.t(), targets).item()
            if always or math.isfinite(loss):
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
            if self._by_pre_activation is not None:
                self._by_pre_activation.append(gradient)
            by_unit = gradient.t()
            torch.mm(by_unit, inputs, out=of_weight)
            torch.mv(by_unit, self._ones, out=of_bias)
            return gradient if first else torch.mm(gradient, weight)

        return lambda inputs: torch.addmm(bias, inputs, transposed), backward


def _gradients(network: Network, inputs: Tensor, targets: Tensor) -> Gradients:
    """Those of a batch of any size, by autograd."""
    pre_activations: list[Tensor] = []
    values, layers = inputs[None], [cast(Layer, layer) for layer in network.layers]
    with torch.inference_mode(mode=False), torch.enable_grad():
        for layer in layers:
            values, sites = layer.sites(values, running=False)
            pre_activations.append(sites["pre_activation"])
        loss = cross_entropy(network.output(values)[0], targets)
        found = torch.autograd.grad(loss, [*pre_activations, *(layer.linear.weight for layer in layers)])
    return Gradients([gradient[0] for gradient in found[: len(layers)]], list(found[len(layers) :]))
