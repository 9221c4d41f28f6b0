"""The two classes of each plane are where its docstring says."""

import math

import numpy as np
import pytest

from bnviz.datasets import circles, gaussians, moons, spirals, xor


def drawn(module, examples=2000):
    points, targets, _ = module.load(np.random.default_rng(0), examples)
    return points, targets


def line(points, targets):
    """The share that the best line in the sense of least squares tells rightly."""
    design = np.column_stack([points, np.ones(len(points))])
    weights = np.linalg.lstsq(design, 2.0 * targets - 1, rcond=None)[0]
    return ((design @ weights > 0) == targets).mean()


@pytest.mark.parametrize(("module", "least"), [(spirals, 0.97), (moons, 0.98), (circles, 0.98), (xor, 0.93)])
def test_a_neighbour_tells_the_class_and_a_line_does_not(module, least):
    points, targets = drawn(module)
    distance = np.linalg.norm(points[:500, None] - points[None, 500:], axis=2)
    assert (targets[500:][distance.argmin(axis=1)] == targets[:500]).mean() > least
    assert line(points, targets) < 0.9


def test_points_of_the_rings_lie_around_their_radius():
    points, targets = drawn(circles)
    radius = np.hypot(*points.T)
    for target, expected in ((0, 1.0), (1, 0.5)):
        ring = radius[targets == target]
        assert ring.mean() == pytest.approx(expected, abs=0.02)
        assert ring.std() == pytest.approx(circles.JITTER, rel=0.1)


def test_points_of_the_moons_lie_around_their_half_circle():
    points, targets = drawn(moons)
    for target, center, up in ((0, (0.0, 0.0), 1), (1, (1.0, 0.5), -1)):
        x, y = (points[targets == target] - center).T
        assert np.hypot(x, y).mean() == pytest.approx(1, abs=0.02)
        assert (up * y > -3 * moons.JITTER).mean() > 0.99


def test_neither_coordinate_alone_tells_the_class_of_exclusive_or_and_their_product_does():
    points, targets = drawn(xor)
    assert ((points.prod(axis=1) < 0) == targets).mean() > 0.93
    for coordinate in points.T:
        assert abs(np.corrcoef(coordinate, targets)[0, 1]) < 0.06
    quarters = np.bincount((points > 0) @ [1, 2])
    assert quarters.min() > 0.2 * len(points)


def test_the_best_line_errs_on_the_gaussians_as_often_as_the_formula_says():
    points, targets = drawn(gaussians, 5000)
    errs = 0.5 * math.erfc(1 / gaussians.SPREAD)  # Φ(−√2 / spread)
    assert errs == pytest.approx(0.022, abs=0.001)
    wrong = ((points.sum(axis=1) > 0) != targets).mean()
    assert abs(wrong - errs) < 4 * math.sqrt(errs * (1 - errs) / len(points))
    for target, center in ((0, -1), (1, 1)):
        cloud = points[targets == target]
        np.testing.assert_allclose(cloud.mean(0), center, atol=0.06)
        np.testing.assert_allclose(np.cov(cloud.T), 0.49 * np.eye(2), atol=0.05)
