"""Normalizers: one file each, holding a torch module and, beside it, the same arithmetic in NumPy.

A file ``batch.py`` gives ``Normalizer``, an ``nn.Module`` that satisfies ``NormalizerModule``, and
``reference(inputs, gamma, beta, eps)``, its training forward pass on inputs of shape (example, unit).
"""

from typing import Protocol, cast

from torch import Tensor, nn

from bnviz import registry


class NormalizerModule(Protocol):
    """What a network asks of a normalizer. ``weight`` is γ and ``bias`` is β, each of shape (unit,) or None."""

    weight: nn.Parameter | None
    bias: nn.Parameter | None
    eps: float
    min_batch: int  # the fewest examples that a training step can have
    running_statistics: bool  # whether it keeps any

    def __call__(self, inputs: Tensor) -> Tensor:
        """Normalize a training batch (example, unit), updating running statistics where there are any."""

    def normalized(self, inputs: Tensor, running: bool) -> Tensor:
        """x̂ of inputs (group, example, unit), before γ and β; changes nothing.

        Each group has its own statistics, or, with ``running``, those that training has gathered.
        """

    def scale(self, inputs: Tensor, running: bool) -> Tensor:
        """The divisor s of x̂ = (x − centre) / s, which broadcasts against inputs (group, example, unit).

        The gain of the normalizer, statistics kept fixed, is γ / s.
        """


def make(name: str, width: int) -> NormalizerModule:
    """A new normalizer over ``width`` units with γ = 1 and β = 0."""
    return cast(NormalizerModule, registry.load("normalizers", name).Normalizer(width))
