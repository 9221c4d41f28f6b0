"""Measuring a network on held-out examples, as training sees them; it changes nothing."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bnviz import statistics
from bnviz.config import Config
from bnviz.networks import Network
from bnviz.statistics import Axis

PROBE = 256  # held-out examples, or one batch if that is larger


def seen(inputs: Tensor, config: Config) -> Tensor:
    """Inputs as the networks see them: scaled and shifted."""
    if config.input_scale == 1 and config.input_shift == 0:
        return inputs
    return inputs * config.input_scale + config.input_shift


class HeldOut:
    """The held-out examples of a run: inputs (example, feature) and targets (example,)."""

    def __init__(self, inputs: Tensor, targets: Tensor) -> None:
        self._inputs, self._targets = inputs, targets

    def probe(self, network: Network, config: Config, sites: Iterable[str]) -> dict[str, NDArray[np.floating]]:
        """Values (layer, example, unit) of the probe at the sites."""
        groups = self._groups(config, max(PROBE, config.batch_size))
        layers = [values for _, values in network.measure(groups, config.statistics == "running")][:-1]
        return {site: torch.stack([values[site].flatten(0, 1) for values in layers]).cpu().numpy() for site in sites}

    def accuracy(self, network: Network, config: Config, running: bool) -> float:
        """Share of all held-out examples that are classified rightly, with batch or with running statistics.

        NaN where an output is not finite: such a network classifies nothing.
        """
        *_, (_, last) = network.measure(self._groups(config, len(self._inputs)), running)
        logits = last["logits"].flatten(0, 1)
        if not logits.isfinite().all():
            return float("nan")
        right = logits.argmax(1) == self._targets[: len(logits)]
        return int(right.sum()) / len(logits)

    def _groups(self, config: Config, most: int) -> Tensor:
        """The first ``most`` inputs (group, example, feature) in groups of the batch size, the remainder left out."""
        inputs = self._inputs[:most]
        size = min(config.batch_size, len(inputs))
        count = len(inputs) // size
        return seen(inputs[: count * size], config).reshape(count, size, -1)


def site_fields(measured: NDArray[np.floating], axis: Axis, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The named snapshot fields of one site of one network, from values (layer, example, unit)."""
    flat = measured.reshape(len(measured), -1)
    count = flat.shape[1]
    density = cache(lambda: statistics.density(flat, axis))  # each is computed once, and only if a field needs it
    moments = cache(lambda: statistics.moments(flat))
    made: dict[str, Callable[[], NDArray[Any]]] = {
        "density": lambda: density().counts,
        "underflow": lambda: density().underflow,
        "overflow": lambda: density().overflow,
        "nonfinite": lambda: density().nonfinite,
        "mean": lambda: moments()[0],
        "std": lambda: moments()[1],
        "profile": lambda: statistics.profile(density().counts),
        "below": lambda: density().underflow / count,
        "above": lambda: density().overflow / count,
        "lost": lambda: density().nonfinite / count,
    }
    return {name: made[name]() for name in names}


def first_nonfinite(network: Network, inputs: Tensor) -> str:
    """Where in the forward pass of a training batch the first value that is not finite appears."""
    for place, values in network.measure(inputs[None], running=False):
        if any(not value.isfinite().all() for value in values.values()):
            return place
    return "the loss"
