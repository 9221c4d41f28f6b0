"""Two circles.

A ring of points around another one of half its radius, from scikit-learn: only a closed curve separates them.
"""

import numpy as np
from sklearn.datasets import make_circles

from bnviz.datasets import Examples

PLANE = True
JITTER = 0.08


def load(generator: np.random.Generator, examples: int) -> Examples:
    """Circles of radius 1 and 1/2 around the origin; the inner one is class 1."""
    state = int(generator.integers(2**32))
    return Examples(*make_circles(examples, noise=JITTER, factor=0.5, random_state=state))
