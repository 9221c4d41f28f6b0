"""Optimizers: how gradients become steps. Checked against ``torch.optim``, whose import alone takes a second."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


class SGD:
    """Stochastic gradient descent with momentum, as torch counts it.

    v ← m v + g (v ← g on the first step), w ← w − η v, with learning rate η and ``sgd_momentum`` m.
    """

    def __init__(self) -> None:
        self.velocity: dict[str, Tensor] = {}

    @torch.no_grad()
    def step(
        self,
        parameters: Mapping[str, Tensor],
        gradients: Sequence[Tensor],
        learning_rate: float,
        sgd_momentum: float,
    ) -> None:
        """Move the parameters in place; ``gradients`` in the parameters' order."""
        moved = list(parameters.values())
        if sgd_momentum == 0:
            self.velocity.clear()
            torch._foreach_add_(moved, list(gradients), alpha=-learning_rate)
            return
        for name, gradient in zip(parameters, gradients, strict=True):
            if name in self.velocity:
                self.velocity[name].mul_(sgd_momentum).add_(gradient)
            else:
                self.velocity[name] = gradient.clone()
        torch._foreach_add_(moved, [self.velocity[name] for name in parameters], alpha=-learning_rate)

    def forget(self, name: str) -> None:
        """Drop what is kept for one parameter: it was set by hand."""
        self.velocity.pop(name, None)
