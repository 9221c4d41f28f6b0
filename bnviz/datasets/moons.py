"""Two moons.

Two half circles of the plane that reach into each other, from scikit-learn: a smooth curve separates almost all points.
"""

import numpy as np
from sklearn.datasets import make_moons

from bnviz.datasets import Examples

PLANE = True
JITTER = 0.1


def load(generator: np.random.Generator, examples: int) -> Examples:
    """Half circles of radius 1, the lower one moved right by 1 and up by 1/2."""
    return Examples(*make_moons(examples, noise=JITTER, random_state=int(generator.integers(2**32))))
