"""Instance norm.

Made for images, it centres and scales each channel of each example by the mean and variance over the channel's pixels.
A fully connected layer has one value for each unit and example, too few for that; so here neighbouring units count as
the values of one channel: four, or the next number that divides the width. This is group norm with smaller groups.
"""

import numpy as np
from numpy.typing import NDArray

from bnviz.normalizers import group

LEAST_VALUES = 4


class Normalizer(group.Normalizer):
    """Group norm with one channel of neighbouring units to a group, with γ and β for each unit.

    y = γ (x − μ) / √(σ² + ε) + β, with μ and biased σ² over the values of a channel, for each example.

    Source: Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022; as a case of group norm Wu & He 2018, section 3.1,
    arXiv:1803.08494.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width, groups=width // channel_size(width))


def channel_size(width: int) -> int:
    """The number of units that count as one channel: the smallest divisor of the width from four on, or all units."""
    return next((size for size in range(LEAST_VALUES, width) if width % size == 0), width)


def reference(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], beta: NDArray[np.float64], eps: float
) -> NDArray[np.float64]:
    """The output y for inputs (example, unit): mean and biased variance over the values of a channel."""
    channels = inputs.reshape(len(inputs), -1, channel_size(inputs.shape[1]))
    centred = channels - channels.mean(axis=2, keepdims=True)
    biased_var = (centred**2).mean(axis=2, keepdims=True)
    normalized = (centred / np.sqrt(biased_var + eps)).reshape(inputs.shape)
    return np.asarray(gamma * normalized + beta)
