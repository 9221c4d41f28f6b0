import math

import numpy as np

from bnviz.datasets import spirals


def test_the_points_are_drawn_in_the_same_order_as_ever():
    """Point by point, with a second generator that draws the same numbers."""
    points, targets, _ = spirals.load(np.random.default_rng(5), 400)
    again = np.random.default_rng(5)
    radii = [again.uniform(0.05, 1) for _ in range(400)]
    for k, radius in enumerate(radii):
        angle = 2 * math.pi * 1.75 * radius + math.pi * (k % 2)
        jitter = [again.standard_normal() for _ in range(2)]
        expected = [radius * math.cos(angle) + 0.02 * jitter[0], radius * math.sin(angle) + 0.02 * jitter[1]]
        np.testing.assert_allclose(points[k], expected, rtol=1e-9, atol=1e-12)
        assert targets[k] == k % 2
