"""Two spirals.

Points on two interleaved spirals in the plane, 1500 to train on and 500 held out: small, but not linearly separable.
"""

import numpy as np

from bnviz.datasets import Dataset, split

TURNS = 1.75
JITTER = 0.02


def load(generator: np.random.Generator) -> Dataset:
    """Two arms of 1000 points each: radius r in [0.05, 1], angle 2π · turns · r, and the same turned by π."""
    targets = np.arange(2000) % 2
    radius = generator.uniform(0.05, 1, targets.shape)
    angle = 2 * np.pi * TURNS * radius + np.pi * targets
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points += JITTER * generator.standard_normal(points.shape)
    return split(points, targets, test=500, floor=0.0, generator=generator)
