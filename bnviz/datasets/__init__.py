"""Data sets: one file each, with ``load(generator)`` that returns the examples split into train and test."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz import registry
from bnviz.config import Config


@dataclass(frozen=True)
class Dataset:
    """Standardized examples: inputs (example, feature) float32, targets (example,) int64 from 0."""

    train_inputs: NDArray[np.float32]
    train_targets: NDArray[np.int64]
    test_inputs: NDArray[np.float32]
    test_targets: NDArray[np.int64]
    classes: int

    @property
    def features(self) -> int:
        """How many numbers an example has."""
        return int(self.train_inputs.shape[1])


def load(config: Config, generator: np.random.Generator) -> Dataset:
    """The config's dataset with its noise, all randomness from ``generator``."""
    dataset: Dataset = registry.load("datasets", config.dataset).load(generator)
    if config.noise == 0:
        return dataset

    def noisy(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        return inputs + config.noise * generator.standard_normal(inputs.shape, np.float32)

    return replace(dataset, train_inputs=noisy(dataset.train_inputs), test_inputs=noisy(dataset.test_inputs))


def split(
    inputs: NDArray[Any], targets: NDArray[Any], test: int, floor: float, generator: np.random.Generator
) -> Dataset:
    """Shuffles, holds ``test`` examples out, and standardizes each feature by the training examples.

    x ← (x − mean) / (std + floor); the floor, in the feature's own unit, keeps features that hardly vary small.
    """
    order = generator.permutation(len(inputs))
    inputs, targets = inputs[order].astype(np.float64), targets[order].astype(np.int64)
    train = inputs[test:]
    standardized = ((inputs - train.mean(0)) / (train.std(0) + floor)).astype(np.float32)
    return Dataset(
        standardized[test:], targets[test:], standardized[:test], targets[:test], classes=int(targets.max()) + 1
    )
