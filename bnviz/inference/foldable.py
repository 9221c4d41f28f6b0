"""Foldable: networks with batch norm as torch's own modules, and the same networks with batch norm folded in."""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bnviz.convolution.convnet import ConvNet
from bnviz.inference import estimates
from bnviz.inference.evaluation import EPS, Statistics, Weights, accuracy, one_pass, plain
from bnviz.inference.folding import Affine, Moments
from bnviz.inference.recent import Recent
from bnviz.inference.timing import Times, race
from bnviz.networks import Network
from bnviz.sources.inference import MOMENTA

KEPT = len(MOMENTA) + 6  # statistics; those of all stops, and what lies between them for a while


@dataclass(frozen=True)
class Batches:
    """What each training batch had: mean and unbiased variance, (step, layer, unit) or (step, layer, channel)."""

    means: NDArray[np.float32]
    unbiased_vars: NDArray[np.float32]

    def running(self, momentum: float) -> Statistics:
        """The running statistics of all hidden layers that torch would hold now."""
        means = estimates.average(self.means, momentum, estimates.START_MEAN)
        variances = estimates.average(self.unbiased_vars, momentum, estimates.START_VAR)
        return [Moments(*(torch.from_numpy(part).float() for part in of)) for of in zip(means, variances, strict=True)]


@dataclass(frozen=True)
class Examples:
    """What a network is trained and tried on."""

    train_inputs: Tensor
    inputs: Tensor  # held out
    targets: NDArray[np.int64]  # of the inputs


class Foldable:
    """A network with batch norm as it stands at one step of its training. Subclasses give its modules."""

    def __init__(self, network: Network | ConvNet, batches: Batches, examples: Examples) -> None:
        self.batches, self.examples = batches, examples
        self.weights, self.exact_weights = (Weights(network, dtype) for dtype in (torch.float32, torch.float64))
        self._stored = Recent(KEPT)

    def stored(self, momentum: float | None) -> "Stored":
        """With the running statistics of a momentum, or, where it is None, those of the whole training set."""

        def make() -> Stored:
            return Stored(self, self.whole if momentum is None else self.batches.running(momentum))

        return self._stored.get(momentum, make)

    @cached_property
    def whole(self) -> Statistics:
        """What torch stores after one pass in train mode over all training examples as one batch."""
        raise NotImplementedError

    def modules(self, weights: Weights, statistics: Statistics) -> nn.Module:
        """The network in eval mode, in the weights' type."""
        raise NotImplementedError

    def folded_modules(self, layers: list[Affine]) -> nn.Module:
        """The network of these layers, the output last, without batch norm."""
        raise NotImplementedError

    def folded_logits(self, layers: list[Affine], inputs: Tensor) -> Tensor:
        """Its logits (example, class)."""
        return logits(self.folded_modules(layers), inputs)

    @cached_property
    def times(self) -> dict[int, Times]:
        """By the number of examples in a pass how long it takes, with batch norm and folded."""
        pair = self.modules(self.weights, self.whole), self.folded_modules(self.weights.folded(self.whole))
        return {size: race(pair, self.examples.inputs[:size]) for size in (1, len(self.examples.inputs))}


class Stored:
    """The statistics that eval mode takes, and what a network computes with them."""

    def __init__(self, network: Foldable, statistics: Statistics) -> None:
        self._network, self.statistics = network, statistics

    @cached_property
    def folded(self) -> list[Affine]:
        """The network's layers with batch norm folded into them, the output last."""
        return self._network.weights.folded(self.statistics)

    @cached_property
    def accuracy(self) -> float:
        """The share of the held-out examples that is classified rightly."""
        examples = self._network.examples
        return accuracy(self._network.folded_logits(self.folded, examples.inputs), examples.targets)

    @cached_property
    def fold_difference(self) -> float:
        """The largest difference that folding makes to an output of a held-out example, in float64."""
        exact = [Moments(mean.double(), var.double()) for mean, var in self.statistics]
        network, inputs = self._network, self._network.examples.inputs.double()
        kept = logits(network.modules(network.exact_weights, exact), inputs)
        return float((kept - network.folded_logits(network.exact_weights.folded(exact), inputs)).abs().max())


class FoldableLinear(Foldable):
    """A network of linear layers."""

    @cached_property
    def whole(self) -> Statistics:
        """What torch stores after one pass in train mode over all training examples as one batch."""
        return one_pass(self.weights, self.examples.train_inputs)

    def modules(self, weights: Weights, statistics: Statistics) -> nn.Sequential:
        """The network in eval mode, in the weights' type."""
        *hidden, output = weights.linear
        parts: list[nn.Module] = []
        for linear, (gamma, beta), (mean, var) in zip(hidden, weights.scales, statistics, strict=True):
            norm = nn.BatchNorm1d(len(gamma), EPS, dtype=gamma.dtype)
            state = {"weight": gamma, "bias": beta, "running_mean": mean, "running_var": var}
            norm.load_state_dict(state, strict=False)  # it counts no batches
            parts += [_linear(linear), norm, nn.ReLU()]
        return nn.Sequential(*parts, _linear(output)).to(output.weight.dtype).eval()

    def folded_modules(self, layers: list[Affine]) -> nn.Sequential:
        """The network of these layers, the output last, without batch norm."""
        *hidden, output = layers
        parts = [part for each in hidden for part in (_linear(each), nn.ReLU())]
        return nn.Sequential(*parts, _linear(output)).to(output.weight.dtype).eval()

    def folded_logits(self, layers: list[Affine], inputs: Tensor) -> Tensor:
        """Its logits (example, class), without modules, which take longer to make than to use."""
        return plain(layers, inputs)


@torch.inference_mode()
def logits(network: nn.Module, inputs: Tensor) -> Tensor:
    """What a network of modules gives, (example, class)."""
    return cast(Tensor, network(inputs))


def _linear(affine: Affine) -> nn.Linear:
    linear: nn.Linear = nn.utils.skip_init(nn.Linear, *affine.weight.shape[::-1])  # type: ignore[no-untyped-call]
    linear.weight, linear.bias = nn.Parameter(affine.weight), nn.Parameter(affine.bias)
    return linear
