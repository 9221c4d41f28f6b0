"""Trained: what follows from the networks as they stand, whatever the knobs are; each is computed once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bnviz.inference.evaluation import Weights, accuracy, in_batches, layer_norm, plain
from bnviz.inference.foldable import Batches, Examples, FoldableLinear, logits
from bnviz.inference.recent import Recent
from bnviz.inference.shifts import Shift
from bnviz.networks import Network
from bnviz.sources.inference import MOMENTA, TEST_SIZES

SHUFFLES = 2  # over which the accuracy in train mode is averaged
ANSWERS = 2000  # that are remembered: some 500 bytes each, and as many as one slider's way to and fro needs


@dataclass(frozen=True)
class Gathered(Batches):
    """What was measured while the network trained, of each batch and of the whole training set."""

    whole_steps: NDArray[np.int32]  # at which the whole training set was measured
    whole_means: NDArray[np.float32]  # (point, layer, unit)
    whole_vars: NDArray[np.float32]  # unbiased


@dataclass(frozen=True)
class Trained:
    """Networks at one step of their training, and the examples that they are tried on."""

    step: int
    networks: dict[str, Network]
    examples: Examples  # pixels from 0 to 1
    gathered: Gathered
    seed: int

    @cached_property
    def linear(self) -> FoldableLinear:
        """The network with batch norm."""
        return FoldableLinear(self.networks["batch"], self.gathered, self.examples)

    @cached_property
    def weights(self) -> dict[str, Weights]:
        """Those of each arm."""
        return {arm: Weights(network) for arm, network in self.networks.items()}

    @cached_property
    def recent(self) -> Recent:
        """Answers to shifted inputs, by what they depend on."""
        return Recent(ANSWERS)

    @cached_property
    def noise(self) -> Tensor:
        """Noise of standard deviation 1 for every held-out pixel."""
        drawn = np.random.default_rng(self.seed).standard_normal(self.examples.inputs.shape, np.float32)
        return torch.from_numpy(drawn)

    @cached_property
    def _shifted(self) -> Recent:
        return Recent(1)

    def shifted(self, shift: Shift) -> Tensor:
        """The held-out images, shifted."""
        return self._shifted.get(shift, lambda: shift.apply(self.examples.inputs, self.noise))

    @cached_property
    def other_accuracies(self) -> tuple[float, float]:
        """The share of the held-out examples classified rightly without normalization, and with layer norm."""
        inputs, targets = self.examples.inputs, self.examples.targets
        none, layer = plain(self.weights["none"].linear, inputs), layer_norm(self.weights["layer"], inputs)
        return accuracy(none, targets), accuracy(layer, targets)

    @cached_property
    def momentum_accuracy(self) -> NDArray[np.float64]:
        """The same in eval mode with the running statistics of each momentum of ``MOMENTA``."""
        return np.array([self.linear.stored(momentum).accuracy for momentum in MOMENTA])

    # ------------------------------------------------------------------ train mode

    @cached_property
    def shuffled(self) -> NDArray[np.float64]:
        """The accuracy of batch norm in train mode with shuffled examples, for each batch size of ``TEST_SIZES``.

        Not a number where torch refuses the batch.
        """
        generator = np.random.default_rng(self.seed)
        orders = [generator.permutation(len(self.examples.targets)) for _ in range(SHUFFLES)]
        return np.asarray(np.mean([self._train_mode("batch", order) for order in orders], axis=0))

    @cached_property
    def sorted(self) -> NDArray[np.float64]:
        """The same with examples sorted by class."""
        return self._train_mode("batch", self._by_class)

    @cached_property
    def layer_norm(self) -> NDArray[np.float64]:
        """The same of layer norm, examples sorted by class."""
        return self._train_mode("layer", self._by_class)

    @property
    def _by_class(self) -> NDArray[np.int64]:
        return np.argsort(self.examples.targets, kind="stable")

    def _train_mode(self, arm: str, order: NDArray[np.int64]) -> NDArray[np.float64]:
        network, targets = self.networks[arm], self.examples.targets[order]
        least = network.normalizers[0].min_batch
        return np.array([
            accuracy(in_batches(network, self.examples.inputs[order], size), targets) if size >= least else np.nan
            for size in TEST_SIZES
        ])  # fmt: skip

    @cached_property
    def refusal(self) -> str:
        """What torch says of a single example in train mode; empty if it took one."""
        network = self.linear.modules(self.linear.weights, self.linear.whole).train()
        try:
            logits(network, self.examples.inputs[:1])
        except ValueError as refused:
            return str(refused)
        return ""
