"""Digits, 8 × 8 pixels.

Handwritten digits from scikit-learn: 1347 to train on, 450 held out, ten classes, 64 pixels each.
"""

import numpy as np
from sklearn.datasets import load_digits

from bnviz.datasets import Examples


def load(generator: np.random.Generator) -> Examples:
    """The digits; pixels run from 0 to 16."""
    images, targets = load_digits(return_X_y=True)
    return Examples(images, targets, floor=0.1)
