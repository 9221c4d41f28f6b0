"""Convolution: a convolutional network that is trained on the same digits, with batch norm to be folded away."""

import math
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bnviz import optimizers
from bnviz.backpropagation import ByAutograd
from bnviz.batches import BatchOrder
from bnviz.convolution.convnet import ConvNet
from bnviz.inference.evaluation import Statistics, Weights
from bnviz.inference.foldable import Batches, Examples, Foldable
from bnviz.inference.folding import Affine, Moments
from bnviz.parameters import Parameters
from bnviz.sources.convolution import SIDE
from bnviz.sources.inference import CHANNELS, CLASSES, DEPTH, Config

LEARNING_RATE = 0.5  # of the first step; it falls to 0 along a line, or so short a training would end anywhere


class FoldableConvolutional(Foldable):
    """A network of convolutions; images (example, pixel)."""

    @cached_property
    def whole(self) -> Statistics:
        """What torch stores after one pass in train mode over all training images: of each channel, over all places."""
        start = [Moments(torch.zeros(CHANNELS), torch.ones(CHANNELS)) for _ in range(DEPTH)]
        network = self.modules(self.weights, start).train()
        norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = 1.0
        with torch.inference_mode():
            network(self.examples.train_inputs)
        return [_statistics(norm) for norm in norms]

    def modules(self, weights: Weights, statistics: Statistics) -> nn.Module:
        """The network in eval mode, in the weights' type."""
        state: dict[str, Tensor] = {}
        for layer, (scale, moments) in enumerate(zip(weights.scales, statistics, strict=True)):
            names = ("weight", "bias", "running_mean", "running_var")
            parts = dict(zip(names, (*scale, *moments), strict=True)) | {"num_batches_tracked": torch.tensor(0)}
            state |= {f"blocks.{layer}.normalizer.{name}": part for name, part in parts.items()}
        return _made(weights.linear, state, normalized=True)

    def folded_modules(self, layers: list[Affine]) -> nn.Module:
        """The network of these layers, the output last, without batch norm."""
        return _made(layers, {}, normalized=False)


def _made(layers: list[Affine], state: dict[str, Tensor], normalized: bool) -> nn.Module:
    """A network in eval mode of these layers, the output last, and the state of its normalizers."""
    names = (*(f"blocks.{layer}.convolution" for layer in range(DEPTH)), "output")
    for name, affine in zip(names, layers, strict=True):
        state |= {f"{name}.weight": affine.weight, f"{name}.bias": affine.bias}
    with torch.device("meta"):  # no numbers are drawn that would be thrown away
        network = ConvNet(DEPTH, CHANNELS, CLASSES, normalized)
    network.load_state_dict(state, assign=True)
    return nn.Sequential(nn.Unflatten(1, (1, SIDE, SIDE)), network).eval()


def _statistics(norm: nn.Module) -> Moments:
    """A copy of the running statistics."""
    kept = dict(norm.named_buffers())
    return Moments(kept["running_mean"].clone(), kept["running_var"].clone())


class Training:
    """The training of a convolutional network, with as many steps and as large batches as that of the others."""

    def __init__(self, config: Config, train_targets: Tensor, examples: Examples) -> None:
        self._config, self._targets, self._examples = config, train_targets, examples
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self._network = ConvNet(DEPTH, CHANNELS, CLASSES, normalized=True)
        self._norms: list[Any] = [module for module in self._network.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in self._norms:  # so that its running statistics are those of the last batch, which are gathered
            norm.momentum = 1.0
        parameters = Parameters(self._network)
        self._backpropagation = ByAutograd(self._network, parameters)
        self._optimizer = optimizers.make("sgd", parameters)
        self._order = BatchOrder(len(train_targets), np.random.default_rng(config.seed))
        self._means, self._vars = np.zeros((2, config.steps, DEPTH, CHANNELS), np.float32)
        self.step = 0
        self._foldable: FoldableConvolutional | None = None

    @property
    def trains(self) -> bool:
        """Whether steps are left to make."""
        return self.step < self._config.steps

    def advance(self, steps: int) -> None:
        """Make so many steps, or those that are left."""
        for _ in range(min(steps, self._config.steps - self.step)):
            batch = torch.from_numpy(self._order.next(self._config.batch_size))
            images = self._examples.train_inputs[batch].reshape(-1, 1, SIDE, SIDE)
            if math.isfinite(self._backpropagation(images, self._targets[batch])):
                self._optimizer.step(LEARNING_RATE * (1 - self.step / self._config.steps), 0)
            for layer, norm in enumerate(self._norms):
                self._means[self.step, layer], self._vars[self.step, layer] = (
                    part.numpy() for part in _statistics(norm)
                )
            self.step += 1
        self._foldable = None

    @property
    def foldable(self) -> FoldableConvolutional:
        """The network as it stands."""
        if self._foldable is None:
            batches = Batches(self._means[: self.step], self._vars[: self.step])
            self._foldable = FoldableConvolutional(self._network, batches, self._examples)
        return self._foldable
