"""Digits, 8 × 8 pixels.

Handwritten digits from scikit-learn: 1347 to train on, 450 held out, ten classes, each pixel standardized.
"""

import numpy as np
from sklearn.datasets import load_digits

from bnviz.datasets import Dataset, split


def load(generator: np.random.Generator) -> Dataset:
    """The digits; pixels run from 0 to 16 before they are standardized."""
    images, targets = load_digits(return_X_y=True)
    return split(images, targets, test=450, floor=0.1, generator=generator)
