"""Config to paired networks: the same linear weights in every arm, with named sites inside each layer."""

import math
from collections.abc import Callable, Iterator
from typing import cast

import torch
from torch import Tensor, nn

from bnviz import normalizers
from bnviz.config import Config
from bnviz.normalizers import NormalizerModule
from bnviz.snapshot import SITES

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu": nn.functional.gelu,
    "identity": lambda inputs: inputs,
}

# The same, written over their inputs; GELU is not, as its gradient needs them.
IN_PLACE = ACTIVATIONS | {"relu": torch.relu_, "tanh": torch.tanh_, "sigmoid": torch.sigmoid_}

_ATEN = torch.ops.aten
ACTIVATION_GRADIENTS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {  # dL/d inputs, from dL/d outputs first
    "relu": lambda gradient, _, outputs: _ATEN.threshold_backward.default(gradient, outputs, 0),
    "tanh": lambda gradient, _, outputs: _ATEN.tanh_backward.default(gradient, outputs),
    "sigmoid": lambda gradient, _, outputs: _ATEN.sigmoid_backward.default(gradient, outputs),
    "gelu": lambda gradient, inputs, _: _ATEN.gelu_backward.default(gradient, inputs),
    "identity": lambda gradient, _inputs, _outputs: gradient,
}

# The factor on 1/√fan-in that keeps the signal's size: √2 (He et al. 2015, arXiv:1502.01852), 5/3 and 1 as torch
# has them in nn.init.calculate_gain, and for GELU 1/√E[gelu(z)²] with z from N(0, 1).
GAINS = {"relu": math.sqrt(2), "tanh": 5 / 3, "sigmoid": 1.0, "gelu": 1.5335, "identity": 1.0}


class Layer(nn.Module):
    """A linear map, a normalizer and a nonlinearity; the normalizer before or after the nonlinearity."""

    def __init__(self, inputs: int, config: Config, normalizer: str) -> None:
        super().__init__()
        self.linear = _empty_linear(inputs, config.width)
        self.normalizer = cast(nn.Module, normalizers.make(normalizer, config.width))
        self.activation, self.activation_in_place = ACTIVATIONS[config.activation], IN_PLACE[config.activation]
        self.activation_gradient = ACTIVATION_GRADIENTS[config.activation]
        self.before = config.placement == "before"

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (example, unit) of a training batch."""
        pre_activation = self.linear(inputs)
        if self.before:
            return self.activation(self.normalizer(pre_activation))
        outputs: Tensor = self.normalizer(self.activation(pre_activation))
        return outputs

    def sites(self, inputs: Tensor, running: bool) -> tuple[Tensor, dict[str, Tensor]]:
        """Outputs, and the values at every site, of inputs (group, example, unit); changes nothing."""
        pre_activation = self.linear(inputs)
        activation = pre_activation if self.before else self.activation(pre_activation)
        normalized = cast(NormalizerModule, self.normalizer).normalized(activation, running)
        affine_output = self._affine(normalized)
        if self.before:
            activation = self.activation(affine_output)
        values = dict(zip(SITES, (pre_activation, normalized, affine_output, activation), strict=True))
        return (activation if self.before else affine_output), values

    def outputs(self, inputs: Tensor, running: bool, affine_output: Tensor | None) -> Tensor:
        """The outputs that ``sites`` gives, without its bookkeeping; no gradients can be had of them.

        Where ``affine_output`` (unit, example) is given, it is filled with that of the first examples of all groups.
        """
        values = nn.functional.linear(inputs, self.linear.weight, self.linear.bias)
        if not self.before:
            values = self.activation_in_place(values)
        values = self._affine(cast(NormalizerModule, self.normalizer).normalized(values, running))
        if affine_output is not None:
            affine_output.copy_(values.flatten(0, 1)[: affine_output.shape[1]].t())
        return self.activation_in_place(values) if self.before else values

    def _affine(self, normalized: Tensor) -> Tensor:
        normalizer = cast(NormalizerModule, self.normalizer)
        gamma, beta = normalizer.weight, normalizer.bias
        if gamma is None:
            return normalized
        return normalized * gamma if beta is None else torch.addcmul(beta, normalized, gamma)


class Network(nn.Module):
    """Hidden layers and a linear output that is never normalized."""

    def __init__(self, features: int, classes: int, config: Config, normalizer: str) -> None:
        super().__init__()
        sizes = [features] + [config.width] * (config.depth - 1)
        self.layers = nn.ModuleList(Layer(size, config, normalizer) for size in sizes)
        self.output = _empty_linear(config.width, classes)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (example, class) of inputs (example, feature), in torch's train or eval mode."""
        for layer in self.layers:
            inputs = layer(inputs)
        logits: Tensor = self.output(inputs)
        return logits

    @torch.no_grad()
    def measure(self, groups: Tensor, running: bool) -> Iterator[tuple[str, dict[str, Tensor]]]:
        """Layer by layer, the values at every site; last of all ``("output", {"logits": …})``.

        ``groups`` has shape (group, example, feature). Each group is normalized by its own statistics or, with
        ``running``, by those of training. Touches no running statistics, no random stream and no weights.
        """
        for number, layer in enumerate(self.layers, start=1):
            groups, values = cast(Layer, layer).sites(groups, running)
            yield f"layer {number}", values
        yield "output", {"logits": self.output(groups)}

    @torch.inference_mode()
    def logits(self, groups: Tensor, running: bool, affine_outputs: Tensor | None = None) -> Tensor:
        """The logits (group, example, class) that ``measure`` ends with; what comes before is not kept.

        But ``affine_outputs`` (layer, unit, example), where it is given, is filled from the first examples.
        """
        for number, layer in enumerate(self.layers):
            asked = None if affine_outputs is None else affine_outputs[number]
            groups = cast(Layer, layer).outputs(groups, running, asked)
        return nn.functional.linear(groups, self.output.weight, self.output.bias)

    @property
    def normalizers(self) -> list[NormalizerModule]:
        """The normalizer of every hidden layer, the first one first."""
        return [cast(NormalizerModule, cast(Layer, layer).normalizer) for layer in self.layers]

    @property
    def keeps_statistics(self) -> bool:
        """Whether training gathers running statistics."""
        return any(normalizer.running_statistics for normalizer in self.normalizers)


def build(
    config: Config, features: int, classes: int, generator: torch.Generator, dtype: torch.dtype = torch.float32
) -> dict[str, Network]:
    """The arms of a run by normalizer, all with the same linear weights, drawn from ``generator``."""
    networks = {name: Network(features, classes, config, name) for name in config.normalizers}
    first = next(iter(networks.values()))
    _draw(first, config, generator)
    for network in networks.values():
        for mine, theirs in zip(_linears(network), _linears(first), strict=True):
            mine.load_state_dict(theirs.state_dict())
        network.to(dtype)
    return networks


def _empty_linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear map whose weights are yet to be drawn: torch's own start would use the global random stream."""
    linear: nn.Linear = nn.utils.skip_init(nn.Linear, inputs, outputs)  # type: ignore[no-untyped-call]
    return linear


def _linears(network: Network) -> list[nn.Linear]:
    return [*(cast(Layer, layer).linear for layer in network.layers), network.output]


@torch.no_grad()
def _draw(network: Network, config: Config, generator: torch.Generator) -> None:
    *hidden, output = _linears(network)
    for linear in (*hidden, output):
        scale = 1 / math.sqrt(linear.in_features)
        if config.init == "torch":
            linear.weight.uniform_(-scale, scale, generator=generator)
            linear.bias.uniform_(-scale, scale, generator=generator)
        else:
            gain = 1.0 if linear is output else GAINS[config.activation] * config.init_gain
            linear.weight.normal_(0, gain * scale, generator=generator)
            linear.bias.zero_()
