"""Data sets: one file each, with a ``load`` that returns examples as they come.

``load(generator, …)`` may also ask for ``examples``, how many are to be drawn, and for ``table``, the user's own; a
module whose examples are points of the plane says ``PLANE = True``.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz import registry
from bnviz.config import Config
from bnviz.tables import Table

MAX_HELD_OUT = 5000  # accuracy is measured on all of them, again and again


class Examples(NamedTuple):
    """What a data set holds: inputs (example, feature) and targets (example,) that count the classes from 0.

    ``floor``, in the features' own unit, is added to their standard deviations when they are standardized: features
    that hardly vary stay small.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    floor: float = 0.0


@dataclass(frozen=True)
class Dataset:
    """Examples to train on and held out: inputs (example, feature) float32, targets (example,) int64 from 0."""

    train_inputs: NDArray[np.float32]
    train_targets: NDArray[np.int64]
    test_inputs: NDArray[np.float32]
    test_targets: NDArray[np.int64]
    classes: int

    @property
    def features(self) -> int:
        """How many numbers an example has."""
        return int(self.train_inputs.shape[1])


def load(config: Config, generator: np.random.Generator, table: Table | None = None) -> Dataset:
    """The config's data set: shuffled, a quarter held out, scaled, with noise; all randomness from ``generator``.

    Raises ValueError when the config names another table than the one given; it need not name any.
    """
    entry = registry.entries("datasets")[config.dataset]
    given = {"examples": config.examples, "table": table}
    if "table" in entry.takes and table is not None and config.table not in ("", table.digest):
        raise ValueError(
            f"the config asks for the table {config.table!r}, got {table.digest!r}: give that one, or name none"
        )
    examples: Examples = registry.load("datasets", config.dataset).load(
        generator, **{name: given[name] for name in entry.takes}
    )
    order = generator.permutation(len(examples.inputs))
    inputs, targets = examples.inputs[order].astype(np.float64), examples.targets[order].astype(np.int64)
    test = min(-(-len(order) // 4), MAX_HELD_OUT)
    if config.scaling == "standardized":
        inputs = standardized(inputs, inputs[test:], examples.floor)
    test_inputs, train_inputs = np.split(inputs.astype(np.float32), [test])
    if config.noise:  # drawn for the training examples first
        train_inputs, test_inputs = (
            part + config.noise * generator.standard_normal(part.shape, np.float32)
            for part in (train_inputs, test_inputs)
        )
    return Dataset(train_inputs, targets[test:], test_inputs, targets[:test], classes=int(targets.max()) + 1)


def standardized(inputs: NDArray[np.float64], train: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Inputs (example, feature), each feature in units of its spread over the training examples.

    x ← (x − mean) / (std + floor); without a floor, a feature that is the same in all of them is only shifted. What
    then lies beyond the numbers of 32 bits is moved to the largest of them.
    """
    spread = train.std(0) + floor
    if floor == 0:
        spread[(train == train[0]).all(0)] = 1  # not std == 0: a mean is rounded
    largest = float(np.finfo(np.float32).max)
    scaled: NDArray[np.float64] = np.clip((inputs - train.mean(0)) / spread, -largest, largest)
    return scaled
