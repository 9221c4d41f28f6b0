"""Timing: how long two networks take that compute the same, in turns, so that what else the machine does meets both."""

from statistics import median
from time import perf_counter
from typing import NamedTuple

import torch
from torch import Tensor, nn

PASSES = 15  # of which a time is the median


class Times(NamedTuple):
    """Medians over pairs of passes: the time of the first, of the second, in seconds, and of first / second."""

    first: float
    second: float
    ratio: float


@torch.inference_mode()
def race(pair: tuple[nn.Module, nn.Module], inputs: Tensor) -> Times:
    """Time a forward pass through each of two networks, in turns; the first pass makes ready and does not count."""
    took: list[tuple[float, float]] = []
    for _ in range(PASSES + 1):
        start = perf_counter()
        pair[0](inputs)
        between = perf_counter()
        pair[1](inputs)
        took.append((between - start, perf_counter() - between))
    firsts, seconds = zip(*took[1:], strict=True)
    return Times(median(firsts), median(seconds), median(first / second for first, second in took[1:]))
