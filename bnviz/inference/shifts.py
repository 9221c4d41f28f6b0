"""Shifts: what may happen to the inputs of a network between training and use."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from bnviz.sources.convolution import SIDE


@dataclass(frozen=True)
class Shift:
    """T(x) = a R x + c + noise, with a = gain · contrast and c = gain · (1 − contrast) / 2 + offset.

    R turns the image by ``rotation`` degrees; ``noise`` is the standard deviation of Gaussian noise.
    """

    gain: float = 1.0
    offset: float = 0.0
    contrast: float = 1.0
    rotation: float = 0.0
    noise: float = 0.0

    @property
    def factor(self) -> float:
        """What multiplies every pixel."""
        return self.gain * self.contrast

    @property
    def summand(self) -> float:
        """What is then added to every pixel."""
        return self.gain * (1 - self.contrast) / 2 + self.offset

    @property
    def is_none(self) -> bool:
        """Whether nothing happens to the images."""
        return self.is_undone and self.factor == 1 and self.summand == 0

    @property
    def is_undone(self) -> bool:
        """Whether fresh statistics undo it exactly, but for ε: BN(W(a x + c)) = BN(W x) where a > 0."""
        return self.factor > 0 and self.rotation == 0 and self.noise == 0

    def apply(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Images (example, 64) shifted; ``drawn`` (example, 64) is noise of standard deviation 1."""
        shifted = images @ rotation(self.rotation, images.dtype).t() if self.rotation else images
        if self.factor != 1 or self.summand:
            shifted = self.factor * shifted + self.summand
        return torch.add(shifted, drawn, alpha=self.noise) if self.noise else shifted


@lru_cache(maxsize=64)
def rotation(degrees: float, dtype: torch.dtype = torch.float64) -> Tensor:
    """The matrix (64, 64) that turns an image anticlockwise about its middle; what comes from outside is black.

    A pixel is interpolated from the four that lie around where it comes from.
    """
    places = np.arange(SIDE) - (SIDE - 1) / 2
    down, right = (axis.ravel() for axis in np.meshgrid(places, places, indexing="ij"))
    angle = np.deg2rad(degrees)
    rows = np.cos(angle) * down + np.sin(angle) * right + (SIDE - 1) / 2
    columns = np.cos(angle) * right - np.sin(angle) * down + (SIDE - 1) / 2
    matrix = np.zeros((SIDE**2, SIDE**2))
    for row, column in ((r, c) for r in (0, 1) for c in (0, 1)):
        near_row, near_column = np.floor(rows) + row, np.floor(columns) + column
        share = (1 - np.abs(rows - near_row)) * (1 - np.abs(columns - near_column))
        inside = (near_row >= 0) & (near_row < SIDE) & (near_column >= 0) & (near_column < SIDE)
        to = np.flatnonzero(inside)
        matrix[to, (near_row * SIDE + near_column)[inside].astype(int)] += share[inside]
    return torch.from_numpy(matrix).to(dtype)
