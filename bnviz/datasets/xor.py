"""Exclusive or.

Points of a square in four quarters like a chessboard: the class is whether x and y have different signs, so that
neither of them alone tells anything.
"""

import numpy as np

from bnviz.datasets import Examples

PLANE = True
JITTER = 0.05


def load(generator: np.random.Generator, examples: int) -> Examples:
    """Points of [−1, 1]², the classes in turn; jitter moves some across a border."""
    targets = np.arange(examples) % 2
    x, y = generator.uniform(-1, 1, (2, examples))
    x = np.abs(x) * np.sign(y) * np.where(targets, -1, 1)
    points = np.stack([x, y], axis=1)
    return Examples(points + JITTER * generator.standard_normal(points.shape), targets)
