"""Optimizers: how gradients become steps. Checked against ``torch.optim``, whose import alone takes a second."""

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Tensor

from bnviz.parameters import Parameters


class Optimizer(Protocol):
    """What a trainer asks of an optimizer, which is made for the parameters of one network."""

    def proposed(self, name: str, gradient: Tensor, learning_rate: float, sgd_momentum: float) -> Tensor:
        """The change of one parameter that ``step`` would make now with this gradient; changes nothing."""

    def step(self, learning_rate: float, sgd_momentum: float) -> None:
        """Move the parameters that are trained, in place, by the gradients that lie beside them."""

    def forget(self, name: str) -> None:
        """Drop what is kept for one parameter: it was set by hand."""

    def save(self) -> dict[str, Tensor]:
        """What is kept. Later steps leave it as it is."""

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what ``save`` gave."""


class _Keeping:
    """What is kept for each parameter: tensors in the order of ``Parameters.values``, which start at 0."""

    def __init__(self, parameters: Parameters, *names: str) -> None:
        self._parameters = parameters
        self._kept = {name: torch.zeros_like(parameters.values) for name in names}

    def forget(self, name: str) -> None:
        """Drop what is kept for one parameter: it was set by hand."""
        for flat in self._kept.values():
            self._parameters.part(flat, name).zero_()

    def save(self) -> dict[str, Tensor]:
        """What is kept. Later steps leave it as it is."""
        return {name: flat.clone() for name, flat in self._kept.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what ``save`` gave."""
        for name, flat in self._kept.items():
            flat.copy_(state[name])


class SGD(_Keeping):
    """Stochastic gradient descent with momentum, as torch counts it.

    v ← m v + g, w ← w − η v, with v = 0 at the start, learning rate η and ``sgd_momentum`` m.
    """

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters, "velocity")
        self._moving = False  # whether any velocity may differ from 0

    def save(self) -> dict[str, Tensor]:
        """The velocity, where there is any. Later steps leave it as it is."""
        return super().save() if self._moving else {}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what ``save`` gave."""
        self._moving = bool(state)
        super().load(state or {"velocity": torch.zeros_like(self._parameters.values)})

    def proposed(self, name: str, gradient: Tensor, learning_rate: float, sgd_momentum: float) -> Tensor:
        """−η v, with the v that the next step would have."""
        velocity = self._parameters.part(self._kept["velocity"], name) * sgd_momentum + gradient
        return -learning_rate * velocity

    def step(self, learning_rate: float, sgd_momentum: float) -> None:
        """Move the parameters in place; without momentum no velocity is kept."""
        velocity = self._kept["velocity"]
        if sgd_momentum == 0 and self._moving:
            velocity.zero_()
        self._moving = sgd_momentum != 0
        for place, values, gradients in self._parameters.trained:
            change = gradients
            if self._moving:
                change = velocity[place].mul_(sgd_momentum).add_(gradients)
            values.add_(change, alpha=-learning_rate)


class Adam(_Keeping):
    """Adam: each weight's step is divided by the recent size of its gradient.

    m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − η m̂ / (√v̂ + ε). Divided by the averages of 1 that are made
    in the same way, which are 1 − β₁ᵗ and 1 − β₂ᵗ in step t of a parameter, m̂ and v̂ are corrected for the start at 0.

    Source: Kingma & Ba 2015, algorithm 1, arXiv:1412.6980, with its β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
    """

    BETA1, BETA2, EPS = 0.9, 0.999, 1e-8

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters, "first", "second", "first_of_1", "second_of_1")

    def proposed(self, name: str, gradient: Tensor, learning_rate: float, sgd_momentum: float) -> Tensor:
        """−η m̂ / (√v̂ + ε) with the averages that the next step would have; momentum is β₁, whatever that of SGD."""
        averages = [self._parameters.part(flat, name).clone() for flat in self._kept.values()]
        return self._change(averages, gradient, learning_rate)

    def step(self, learning_rate: float, sgd_momentum: float) -> None:
        """Move the parameters in place."""
        for place, values, gradients in self._parameters.trained:
            averages = [flat[place] for flat in self._kept.values()]
            values.add_(self._change(averages, gradients, learning_rate))

    def _change(self, averages: list[Tensor], gradient: Tensor, learning_rate: float) -> Tensor:
        """−η m̂ / (√v̂ + ε), after the averages have moved in place."""
        first, second, first_of_1, second_of_1 = averages
        first.mul_(self.BETA1).add_(gradient, alpha=1 - self.BETA1)
        second.mul_(self.BETA2).addcmul_(gradient, gradient, value=1 - self.BETA2)
        first_of_1.mul_(self.BETA1).add_(1 - self.BETA1)
        second_of_1.mul_(self.BETA2).add_(1 - self.BETA2)
        size = (second / second_of_1).sqrt_().add_(self.EPS)
        return (first / first_of_1).div_(size).mul_(-learning_rate)


_KINDS: dict[str, Callable[[Parameters], Optimizer]] = {"sgd": SGD, "adam": Adam}


def make(name: str, parameters: Parameters) -> Optimizer:
    """A new optimizer that has made no step.

    Raises ValueError for a name that is none of ``sgd`` and ``adam``.
    """
    if name not in _KINDS:
        raise ValueError(f"unknown optimizer: {name!r}; choose one of {', '.join(_KINDS)}")
    return _KINDS[name](parameters)
