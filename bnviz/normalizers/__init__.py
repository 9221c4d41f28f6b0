"""Normalizers: one file each, holding a torch module and, beside it, the same arithmetic in NumPy.

A file ``batch.py`` gives ``Normalizer``, an ``nn.Module`` that satisfies ``NormalizerModule``, and
``reference(inputs, gamma, beta, eps)``, its training forward pass on inputs of shape (example, unit). A normalizer
that also has ``passes()``, its forward and backward pass written out, trains faster; the others train by autograd.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, cast

from torch import Tensor, nn

from bnviz import registry


class Passes(NamedTuple):
    """A training forward pass and its backward pass, on tensors as they stand when ``passes()`` is called.

    ``forward`` gives the outputs (example, unit) of inputs (example, unit), and what ``backward`` will need of them.
    ``backward`` takes dL/d outputs and that, and gives dL/d inputs, then dL/dγ and dL/dβ where there are γ and β.
    """

    forward: Callable[[Tensor], tuple[Tensor, tuple[Any, ...]]]
    backward: Callable[[Tensor, tuple[Any, ...]], tuple[Tensor, ...]]


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
