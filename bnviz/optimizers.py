"""Optimizers: how gradients become steps. Checked against ``torch.optim``, whose import alone takes a second."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor


class Optimizer(Protocol):
    """What a trainer asks of an optimizer. Parameters go by their names; ``gradients`` are in their order."""

    def proposed(
        self, parameters: Mapping[str, Tensor], gradients: Sequence[Tensor], learning_rate: float, sgd_momentum: float
    ) -> list[Tensor]:
        """The change of each parameter that ``step`` would make now; changes nothing."""

    def step(
        self, parameters: Mapping[str, Tensor], gradients: Sequence[Tensor], learning_rate: float, sgd_momentum: float
    ) -> None:
        """Move the parameters in place."""

    def forget(self, name: str) -> None:
        """Drop what is kept for one parameter: it was set by hand."""

    def save(self) -> dict[str, Any]:
        """What is kept, as tensors and plain values. Later steps leave it as it is."""

    def load(self, state: Mapping[str, Any], device: torch.device | str = "cpu") -> None:
        """Go on from what ``save`` gave."""


class SGD:
    """Stochastic gradient descent with momentum, as torch counts it.

    v ← m v + g (v ← g on the first step), w ← w − η v, with learning rate η and ``sgd_momentum`` m.
    """

    def __init__(self) -> None:
        self._velocity: dict[str, Tensor] = {}

    @torch.no_grad()
    def proposed(
        self, parameters: Mapping[str, Tensor], gradients: Sequence[Tensor], learning_rate: float, sgd_momentum: float
    ) -> list[Tensor]:
        """−η v for each parameter, with the v that the next step would have."""
        velocity = self._next(parameters, gradients, sgd_momentum) if sgd_momentum else gradients
        return list(torch._foreach_mul(list(velocity), -learning_rate))

    @torch.no_grad()
    def step(
        self, parameters: Mapping[str, Tensor], gradients: Sequence[Tensor], learning_rate: float, sgd_momentum: float
    ) -> None:
        """Move the parameters in place; without momentum no velocity is kept."""
        moved = list(parameters.values())
        if sgd_momentum == 0:
            self._velocity.clear()
            torch._foreach_add_(moved, list(gradients), alpha=-learning_rate)
            return
        velocity = self._next(parameters, gradients, sgd_momentum)
        self._velocity.update(zip(parameters, velocity, strict=True))
        torch._foreach_add_(moved, velocity, alpha=-learning_rate)

    def _next(self, names: Iterable[str], gradients: Sequence[Tensor], sgd_momentum: float) -> list[Tensor]:
        """The velocities m v + g as new tensors, so that what was saved stays."""
        velocity = list(torch._foreach_mul(_kept(self._velocity, names, gradients), sgd_momentum))
        torch._foreach_add_(velocity, list(gradients))
        return velocity

    def forget(self, name: str) -> None:
        """Drop the velocity of one parameter: it was set by hand."""
        self._velocity.pop(name, None)

    def save(self) -> dict[str, Any]:
        """The velocity of each parameter."""
        return dict(self._velocity)

    def load(self, state: Mapping[str, Any], device: torch.device | str = "cpu") -> None:
        """Go on with these velocities."""
        self._velocity = {name: velocity.to(device) for name, velocity in state.items()}


class Adam:
    """Adam: each weight's step is divided by the recent size of its gradient.

    m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − η m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and
    v̂ = v / (1 − β₂ᵗ), which correct for m and v starting at 0 in step t = 1 of this parameter.

    Source: Kingma & Ba 2015, algorithm 1, arXiv:1412.6980, with its β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
    """

    BETA1, BETA2, EPS = 0.9, 0.999, 1e-8

    def __init__(self) -> None:
        self._first: dict[str, Tensor] = {}
        self._second: dict[str, Tensor] = {}
        self._steps: dict[str, int] = {}

    @torch.no_grad()
    def proposed(
        self, parameters: Mapping[str, Tensor], gradients: Sequence[Tensor], learning_rate: float, sgd_momentum: float
    ) -> list[Tensor]:
        """−η m̂ / (√v̂ + ε) for each parameter; momentum is β₁, whatever that of SGD."""
        return self._changes(*self._next(parameters, gradients), learning_rate)

    @torch.no_grad()
    def step(
        self, parameters: Mapping[str, Tensor], gradients: Sequence[Tensor], learning_rate: float, sgd_momentum: float
    ) -> None:
        """Move the parameters in place."""
        first, second, steps = self._next(parameters, gradients)
        self._first.update(zip(parameters, first, strict=True))
        self._second.update(zip(parameters, second, strict=True))
        self._steps.update(zip(parameters, steps, strict=True))
        torch._foreach_add_(list(parameters.values()), self._changes(first, second, steps, learning_rate))

    def _next(self, names: Iterable[str], gradients: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor], list[int]]:
        """m, v and t of each parameter after this gradient, as new tensors, so that what was saved stays."""
        names, gradients = list(names), list(gradients)
        first = list(torch._foreach_mul(_kept(self._first, names, gradients), self.BETA1))
        torch._foreach_add_(first, gradients, alpha=1 - self.BETA1)
        second = list(torch._foreach_mul(_kept(self._second, names, gradients), self.BETA2))
        torch._foreach_addcmul_(second, gradients, gradients, value=1 - self.BETA2)
        return first, second, [self._steps.get(name, 0) + 1 for name in names]

    def _changes(
        self, first: list[Tensor], second: list[Tensor], steps: list[int], learning_rate: float
    ) -> list[Tensor]:
        """−η m̂ / (√v̂ + ε) from m, v and t."""
        sizes = list(torch._foreach_sqrt(second))
        torch._foreach_div_(sizes, [math.sqrt(1 - self.BETA2**t) for t in steps])
        torch._foreach_add_(sizes, self.EPS)
        changes = list(torch._foreach_div(first, sizes))
        torch._foreach_mul_(changes, [-learning_rate / (1 - self.BETA1**t) for t in steps])
        return changes

    def forget(self, name: str) -> None:
        """Drop the averages of one parameter and begin to count its steps anew: it was set by hand."""
        for kept in (self._first, self._second, self._steps):
            kept.pop(name, None)

    def save(self) -> dict[str, Any]:
        """The averages and the number of steps of each parameter."""
        return {"first": dict(self._first), "second": dict(self._second), "steps": dict(self._steps)}

    def load(self, state: Mapping[str, Any], device: torch.device | str = "cpu") -> None:
        """Go on with these averages and numbers of steps."""
        self._first = {name: first.to(device) for name, first in state["first"].items()}
        self._second = {name: second.to(device) for name, second in state["second"].items()}
        self._steps = dict(state["steps"])


_KINDS: dict[str, Callable[[], Optimizer]] = {"sgd": SGD, "adam": Adam}


def make(name: str) -> Optimizer:
    """A new optimizer that has made no step.

    Raises ValueError for a name that is none of ``sgd`` and ``adam``.
    """
    if name not in _KINDS:
        raise ValueError(f"unknown optimizer: {name!r}; choose one of {', '.join(_KINDS)}")
    return _KINDS[name]()


def _kept(kept: Mapping[str, Tensor], names: Iterable[str], gradients: Iterable[Tensor]) -> list[Tensor]:
    """What is kept for each parameter, zeros where that is nothing yet."""
    pairs = zip(names, gradients, strict=True)
    return [kept[name] if name in kept else torch.zeros_like(gradient) for name, gradient in pairs]
