"""Two Gaussians.

Two round clouds of the plane that overlap: a straight line is the best border, and even it misses 2 % of the points.
"""

import numpy as np

from bnviz.datasets import Examples

PLANE = True
SPREAD = 0.7


def load(generator: np.random.Generator, examples: int) -> Examples:
    """Normal around (−1, −1) and (1, 1), the classes in turn; the best border errs on Φ(−√2 / spread) of the points."""
    targets = np.arange(examples) % 2
    centers = np.where(targets, 1.0, -1.0)[:, None]
    return Examples(centers + SPREAD * generator.standard_normal((examples, 2)), targets)
