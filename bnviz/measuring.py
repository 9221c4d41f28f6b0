"""Measuring a network on held-out examples, as training sees them; it changes nothing."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bnviz import statistics
from bnviz.config import Config
from bnviz.histogram import Histogram
from bnviz.networks import Network
from bnviz.normalizers import NormalizerModule
from bnviz.snapshot import SITE_LABELS
from bnviz.statistics import Axis, Density

PROBE = 256  # held-out examples, or one batch if that is larger


def seen(inputs: Tensor, config: Config) -> Tensor:
    """Inputs as the networks see them: scaled and shifted."""
    if config.input_scale == 1 and config.input_shift == 0:
        return inputs
    return inputs * config.input_scale + config.input_shift


class HeldOut:
    """The held-out examples of a run: inputs (example, feature) and targets (example,)."""

    def __init__(self, inputs: Tensor, targets: Tensor) -> None:
        self._inputs, self._classes = inputs, targets.cpu().numpy()

    def probe(self, network: Network, config: Config, sites: Iterable[str]) -> dict[str, NDArray[np.floating]]:
        """Values (layer, example, unit) of the probe at the sites."""
        layers = list(network.measure(self._probe(config), config.statistics == "running"))[:-1]
        return {site: torch.stack([values[site].flatten(0, 1) for _, values in layers]).cpu().numpy() for site in sites}

    @torch.no_grad()
    def scales(self, network: Network, config: Config) -> dict[str, NDArray[np.float64]]:
        """The numbers of ``Scales`` by name, each (layer,), measured on the probe."""
        running = config.statistics == "running"
        taken = "pre_activation" if config.placement == "before" else "activation"
        layers = list(network.measure(self._probe(config), running))[:-1]
        pairs = zip(network.normalizers, layers, strict=True)
        found = [_scales(normalizer, values[taken], running) for normalizer, (_, values) in pairs]
        return {name: np.array([getattr(scales, name) for scales in found]) for name in Scales._fields}

    @property
    def chance(self) -> float:
        """The share of the most frequent class: what guessing reaches."""
        return int(np.bincount(self._classes).max()) / len(self._classes)

    def accuracy(self, networks: Mapping[str, Network], config: Config) -> NDArray[np.float64]:
        """Share of the held-out examples that each arm classifies rightly with batch statistics, (arm,).

        They come in groups of the batch size, the remainder left out. NaN where an output is not finite: such a
        network classifies nothing.
        """
        return np.array([self._accuracy(network, config, running=False) for network in networks.values()])

    def running_accuracy(
        self, networks: Mapping[str, Network], config: Config, accuracy: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The same with running statistics; of an arm that keeps none it is its ``accuracy``."""
        found = accuracy.copy()
        for index, network in enumerate(networks.values()):
            if network.keeps_statistics:
                found[index] = self._accuracy(network, config, running=True)
        return found

    def _accuracy(self, network: Network, config: Config, running: bool) -> float:
        logits = network.logits(self._groups(config, len(self._inputs)), running)
        numbers = logits.flatten(0, 1).cpu().numpy()  # of so few numbers NumPy makes shorter work
        if not np.isfinite(numbers).all():
            return float("nan")
        return np.count_nonzero(numbers.argmax(axis=1) == self._classes[: len(numbers)]) / len(numbers)

    def affine_outputs(self, networks: Mapping[str, Network], config: Config) -> NDArray[np.floating]:
        """Those of the probe, (arm, layer, unit, example)."""
        groups = self._probe(config)
        values = torch.empty(len(networks), config.depth, config.width, len(groups.flatten(0, 1)), dtype=groups.dtype)
        for network, of_layers in zip(networks.values(), values, strict=True):
            network.logits(groups, network.keeps_statistics and config.statistics == "running", of_layers)
        return values.numpy()

    def _probe(self, config: Config) -> Tensor:
        return self._groups(config, max(PROBE, config.batch_size))

    def _groups(self, config: Config, most: int) -> Tensor:
        """The first ``most`` inputs (group, example, feature) in groups of the batch size, the remainder left out."""
        inputs = self._inputs[:most]
        size = min(config.batch_size, len(inputs))
        count = len(inputs) // size
        return seen(inputs[: count * size], config).reshape(count, size, -1)


class SiteNumbers:
    """The numbers of one site of one network, from values (layer, example, unit); each is made when asked for."""

    def __init__(self, values: NDArray[np.floating], axis: Axis, config: Config) -> None:
        self._values, self._axis, self._config = values, axis, config
        self._flat = values.reshape(len(values), -1)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The field of this name, shape (layer, …)."""
        return _SITE_FIELDS[name](self)

    @cached_property
    def _density(self) -> Density:
        return self._histogram.density

    @cached_property
    def _histogram(self) -> Histogram:
        return Histogram(self._flat, self._axis)

    @cached_property
    def _moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return statistics.moments(self._flat)

    def _share(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return counts / self._flat.shape[1]

    def _percentiles(self) -> NDArray[np.float64]:
        unit = self._config.unit
        if unit:
            return statistics.percentiles(np.sort(self._values[:, :, unit - 1], axis=1))
        return self._histogram.percentiles()


_SITE_FIELDS: dict[str, Callable[[SiteNumbers], NDArray[Any]]] = {
    "density": lambda site: site._density.counts,
    "underflow": lambda site: site._density.underflow,
    "overflow": lambda site: site._density.overflow,
    "nonfinite": lambda site: site._density.nonfinite,
    "mean": lambda site: site._moments[0],
    "std": lambda site: site._moments[1],
    "percentiles": SiteNumbers._percentiles,
    "profile": lambda site: statistics.profile(site._density.counts, site._axis.pile),
    "below": lambda site: site._share(site._density.underflow),
    "above": lambda site: site._share(site._density.overflow),
    "lost": lambda site: site._share(site._density.nonfinite),
    "signal": lambda site: statistics.signal(site._values),
    "dead": lambda site: statistics.dead(site._values, site._config.activation),
    "saturated": lambda site: statistics.saturated(site._values, site._config.activation),
}


class Scales(NamedTuple):
    """Of a hidden layer, mean and spread over its units (and, for the gain, over examples or batches).

    gamma and beta; the effective gain γ/s, s the divisor of the normalizer on the probe; and running against batch
    statistics: the root mean square of (running mean − μ)/σ and the geometric mean of running σ / σ, with μ and σ of a
    unit over the whole probe, σ² unbiased as in the running variance; units whose values are all equal are left out.
    NaN where a normalizer has no such thing.
    """

    gamma_mean: float
    gamma_std: float
    beta_mean: float
    beta_std: float
    gain_mean: float
    gain_std: float
    running_mean_gap: float
    running_std_ratio: float


def _scales(normalizer: NormalizerModule, inputs: Tensor, running: bool) -> Scales:
    """Of one layer, from the normalizer's inputs (group, example, unit)."""
    gap = ratio = float("nan")
    gain = None if normalizer.weight is None else normalizer.weight / normalizer.scale(inputs, running)
    if normalizer.running_statistics:
        kept = dict(cast(nn.Module, normalizer).named_buffers())
        std, mean = torch.std_mean(inputs.flatten(0, 1), 0)
        spread = std != 0  # a unit without it, such as a dead one, would make both infinite
        gap = ((kept["running_mean"] - mean) / std)[spread].square().mean().sqrt().item()
        ratio = (kept["running_var"].sqrt() / std)[spread].log().mean().exp().item()
    gamma, beta, gains = (_mean_and_spread(values) for values in (normalizer.weight, normalizer.bias, gain))
    return Scales(*gamma, *beta, *gains, gap, ratio)


def _mean_and_spread(values: Tensor | None) -> tuple[float, float]:
    if values is None:
        return float("nan"), float("nan")
    return values.mean().item(), values.std(correction=0).item()


def first_nonfinite(network: Network, inputs: Tensor) -> str:
    """Where the first value that is not finite is: in the weights, or in the forward pass of a training batch."""
    for number, layer in enumerate(network.layers, start=1):
        if not all(parameter.isfinite().all() for parameter in layer.parameters()):
            return f"layer {number}, its weights"
    for place, values in network.measure(inputs[None], running=False):
        for site, value in values.items():
            if not value.isfinite().all():
                return place if site == "logits" else f"{place}, {SITE_LABELS[site]}"
    return "the loss"
