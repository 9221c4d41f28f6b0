"""Arithmetic: the four steps of batch normalization on one unit, and the three terms of its backward pass."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bnviz.normalizers import batch
from bnviz.transform.draws import Floats


@dataclass(frozen=True)
class Steps:
    """The transform of one unit's values x (example,), step by step."""

    x: Floats
    gamma: float
    beta: float
    eps: float

    @cached_property
    def mean(self) -> float:
        """μ."""
        return float(self.x.mean())

    @cached_property
    def biased_var(self) -> float:
        """σ²: divided by m."""
        return float((self.centred**2).mean())

    @cached_property
    def divisor(self) -> float:
        """The divisor s = √(σ² + ε)."""
        return float(np.sqrt(self.biased_var + self.eps))

    @cached_property
    def centred(self) -> Floats:
        """What is left without the mean: x − μ."""
        return self.x - self.mean

    @cached_property
    def normalized(self) -> Floats:
        """x̂ = (x − μ) / s."""
        return self.centred / self.divisor

    @cached_property
    def y(self) -> Floats:
        """The output y = γ x̂ + β, as the package's own reference computes it."""
        return batch.reference(self.x[:, None], np.array([self.gamma]), np.array([self.beta]), self.eps)[:, 0]

    @property
    def gain(self) -> float:
        """γ / s: by how much differences between examples are stretched in all."""
        return self.gamma / self.divisor

    @property
    def kept(self) -> float:
        """√(σ² / (σ² + ε)): the spread of x̂."""
        return float(np.sqrt(self.biased_var)) / self.divisor


@dataclass(frozen=True)
class Terms:
    """The three terms of dL/dx (example,) and their sum, each in units of γ / s.

    dx = γ/s · (dy − mean(dy) − x̂ mean(dy x̂)): what comes directly, through μ, and through σ².
    """

    normalized: Floats
    direct: Floats  # dy

    @cached_property
    def through_mean(self) -> Floats:
        """− mean(dy), the same for every example."""
        return np.full_like(self.direct, -self.direct.mean())

    @cached_property
    def slope(self) -> float:
        """mean(dy x̂)."""
        return float((self.direct * self.normalized).mean())

    @cached_property
    def through_var(self) -> Floats:
        """− x̂ mean(dy x̂)."""
        return -self.normalized * self.slope

    @cached_property
    def total(self) -> Floats:
        """The sum of the three: dx in units of γ / s."""
        return self.direct + self.through_mean + self.through_var

    @property
    def all(self) -> Floats:
        """The three terms and their sum, (4, example)."""
        return np.stack([self.direct, self.through_mean, self.through_var, self.total])


def upstream(kind: str, drawn: Floats, steps: Steps, place: int) -> Floats:
    """dL/dy (example,) of the knob ``upstream``."""
    if kind == "one":
        return np.where(np.arange(len(drawn)) == place, 1.0, 0.0)
    if kind == "alike":
        return np.ones_like(drawn)
    return steps.normalized if kind == "along" else drawn
