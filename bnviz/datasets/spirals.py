"""Two spirals.

Points on two interleaved spirals in the plane: no line and no simple curve separates
them.
"""

import numpy as np

from bnviz.datasets import Examples

PLANE = True
TURNS = 1.75
JITTER = 0.02


def load(generator: np.random.Generator, examples: int) -> Examples:
    """Two arms in turn: radius r in [0.05, 1], angle 2π · turns · r, and the same turned by π."""
    targets = np.arange(examples) % 2
    radius = generator.uniform(0.05, 1, targets.shape)
    angle = 2 * np.pi * TURNS * radius + np.pi * targets
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points += JITTER * generator.standard_normal(points.shape)
    return Examples(points, targets)
