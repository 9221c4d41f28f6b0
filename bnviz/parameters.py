"""Parameters: those of a network laid end to end in one tensor, and their gradients in another."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Stretch(NamedTuple):
    """Neighbouring parameters that are all trained: where they lie, and the views of values and gradients there."""

    place: slice
    values: Tensor
    gradients: Tensor


class Parameters:
    """Makes every parameter of a network a view of one flat tensor, ``values``; ``gradients`` has the same order.

    An optimizer's step is then a few operators on one tensor and not on one for each parameter. All linear maps come
    first, then all γ, then all β: these are held, or set, together, so that what is trained lies in few stretches.
    """

    def __init__(self, network: nn.Module) -> None:
        self._named = dict(sorted(network.named_parameters(), key=lambda named: _rank(named[0])))
        self.values = torch.cat([parameter.detach().flatten() for parameter in self._named.values()])
        self.gradients = torch.zeros_like(self.values)
        self._places: dict[str, slice] = {}
        end = 0
        for name, parameter in self._named.items():
            start, end = end, end + parameter.numel()
            self._places[name] = slice(start, end)
            parameter.data = self.part(self.values, name)
        linear = [place.stop for name, place in self._places.items() if not _rank(name)]
        self.affine_gradients = self.gradients[linear[-1] :]  # of all γ, then of all β
        self.trained: list[Stretch] = []
        self.note_trained()

    def part(self, flat: Tensor, name: str) -> Tensor:
        """What belongs to one parameter in a tensor of the order of ``values``: a view in the parameter's shape."""
        return flat[self._places[name]].view(self._named[name].shape)

    @contextmanager
    def standing_at(self, values: Tensor) -> Iterator[None]:
        """Let the network have these values, of the order of ``values``, for a while."""
        now = self.values.clone()
        self.values.copy_(values)
        try:
            yield
        finally:
            self.values.copy_(now)

    def note_trained(self) -> None:
        """Take notice of which parameters require a gradient; to be called when some begin to or cease to."""
        places: list[slice] = []
        for name, place in self._places.items():
            if not self._named[name].requires_grad:
                continue
            joined = bool(places) and places[-1].stop == place.start
            places.append(slice(places.pop().start, place.stop) if joined else place)
        self.trained = [Stretch(place, self.values[place], self.gradients[place]) for place in places]


def _rank(name: str) -> int:
    """0 for a parameter of a linear map, 1 for γ, 2 for β."""
    *_, module, part = name.split(".")
    return 0 if module != "normalizer" else {"weight": 1, "bias": 2}[part]
