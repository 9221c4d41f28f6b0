"""Trained: what follows from the networks as they stand, whatever the knobs are; each is computed once."""

from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bnviz.inference import estimates
from bnviz.inference.evaluation import (
    EPS,
    Statistics,
    Weights,
    accuracy,
    folded_modules,
    in_batches,
    layer_norm,
    modules,
    plain,
    re_estimated,
)  # fmt: skip
from bnviz.inference.folding import Affine, Moments, Scale, fold
from bnviz.networks import Network
from bnviz.sources.inference import MOMENTA, TEST_SIZES

SHUFFLES = 2  # over which the accuracy in train mode is averaged
PASSES = 15  # of which a time is the median


@dataclass(frozen=True)
class Gathered:
    """What was measured at each training step: mean and unbiased variance of the batch, (step, layer, unit)."""

    means: NDArray[np.float32]
    unbiased_vars: NDArray[np.float32]
    whole_steps: NDArray[np.int32]  # at which the whole training set was measured
    whole_means: NDArray[np.float32]  # (point, layer, unit)
    whole_vars: NDArray[np.float32]

    def stored(self, momentum: float) -> Statistics:
        """The running statistics of all hidden layers that torch would hold now."""
        means = estimates.average(self.means, momentum, estimates.START_MEAN)
        variances = estimates.average(self.unbiased_vars, momentum, estimates.START_VAR)
        return [Moments(*(torch.from_numpy(part).float() for part in of)) for of in zip(means, variances, strict=True)]


@dataclass(frozen=True)
class Trained:
    """Networks at one step of their training, and the examples that they are tried on."""

    step: int
    networks: dict[str, Network]
    train_inputs: Tensor
    inputs: Tensor  # held out, pixels from 0 to 1
    targets: NDArray[np.int64]
    gathered: Gathered
    seed: int
    sweeps: dict[Any, NDArray[np.float64]] = field(default_factory=dict)  # the last one, by what it depends on

    @cached_property
    def weights(self) -> dict[str, Weights]:
        """Those of each arm."""
        return {arm: Weights(network) for arm, network in self.networks.items()}

    @cached_property
    def exact_weights(self) -> Weights:
        """Those of batch norm's arm in float64."""
        return Weights(self.networks["batch"], torch.float64)

    @cached_property
    def noise(self) -> Tensor:
        """Noise of standard deviation 1 for every held-out pixel."""
        drawn = np.random.default_rng(self.seed).standard_normal(self.inputs.shape, np.float32)
        return torch.from_numpy(drawn)

    @cached_property
    def whole(self) -> Statistics:
        """The statistics of all training examples at once."""
        return re_estimated(self.weights["batch"], self.train_inputs)[1]

    def stored_accuracy(self, statistics: Statistics) -> float:
        """The share of the held-out examples that batch norm with these statistics classifies rightly."""
        return accuracy(plain(self.weights["batch"].folded(statistics), self.inputs), self.targets)

    @cached_property
    def whole_accuracy(self) -> float:
        """The same with the statistics of the whole training set."""
        return self.stored_accuracy(self.whole)

    @cached_property
    def other_accuracies(self) -> tuple[float, float]:
        """The same without normalization and with layer norm."""
        logits = plain(self.weights["none"].linear, self.inputs), layer_norm(self.weights["layer"], self.inputs)
        return accuracy(logits[0], self.targets), accuracy(logits[1], self.targets)

    @cached_property
    def momentum_accuracy(self) -> NDArray[np.float64]:
        """The same with the running statistics of each momentum of ``MOMENTA``."""
        return np.array([self.stored_accuracy(self.gathered.stored(momentum)) for momentum in MOMENTA])

    @cached_property
    def shuffled(self) -> NDArray[np.float64]:
        """The accuracy in train mode with shuffled examples, for each batch size of ``TEST_SIZES``."""
        generator = np.random.default_rng(self.seed)
        orders = [generator.permutation(len(self.targets)) for _ in range(SHUFFLES)]
        return np.array([np.mean([self._train_mode(size, order) for order in orders]) for size in TEST_SIZES])

    @cached_property
    def sorted(self) -> NDArray[np.float64]:
        """The same with examples sorted by class."""
        order = np.argsort(self.targets, kind="stable")
        return np.array([self._train_mode(size, order) for size in TEST_SIZES])

    def _train_mode(self, size: int, order: NDArray[np.int64]) -> float:
        return accuracy(in_batches(self.networks["batch"], self.inputs[order], size), self.targets[order])

    # ------------------------------------------------------------------ folding

    @cached_property
    def times(self) -> dict[int, tuple[float, float]]:
        """By the number of examples in a pass the seconds that it takes, with batch norm and folded."""
        weights = self.weights["batch"]
        pair = modules(weights, self.whole), folded_modules(weights.folded(self.whole))
        return {size: _race(pair, self.inputs[:size]) for size in (1, len(self.inputs))}

    @cached_property
    def convolution_difference(self) -> float:
        """The largest difference that folding makes to a Conv2d and BatchNorm2d with random numbers, in float64."""
        generator = torch.Generator().manual_seed(self.seed)
        images, weight = (torch.randn(*shape, generator=generator).double() for shape in ((4, 3, 8, 8), (6, 3, 3, 3)))
        bias, gamma, beta, mean = torch.randn(4, 6, generator=generator).double()
        var = torch.rand(6, generator=generator).double() + 0.5
        kept = nn.functional.batch_norm(nn.functional.conv2d(images, weight, bias), mean, var, gamma, beta, eps=EPS)
        folded = nn.functional.conv2d(images, *fold(Affine(weight, bias), Scale(gamma, beta), Moments(mean, var), EPS))
        return float((kept - folded).abs().max())

    def fold_difference(self, statistics: Statistics) -> float:
        """The largest difference that folding makes to an output of a held-out example, in float64."""
        exact = [Moments(mean.double(), var.double()) for mean, var in statistics]
        inputs = self.inputs.double()
        folded: list[Affine] = self.exact_weights.folded(exact)
        with torch.inference_mode():
            return float((modules(self.exact_weights, exact)(inputs) - plain(folded, inputs)).abs().max())


@torch.inference_mode()
def _race(pair: tuple[nn.Module, nn.Module], inputs: Tensor) -> tuple[float, float]:
    """The median time of a pass through each of two networks, in turns."""
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(PASSES + 1):
        for network, times in zip(pair, took, strict=True):
            start = perf_counter()
            network(inputs)
            times.append(perf_counter() - start)
    return median(took[0][1:]), median(took[1][1:])  # the first pass makes ready
