"""Digits, 8 × 8 pixels.

Handwritten digits from scikit-learn: 1347 to train on, 450 held out, ten classes, 64 pixels each.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from bnviz.datasets import Examples


def load(generator: np.random.Generator) -> Examples:
    """The digits; pixels run from 0 to 16.

    Read from scikit-learn's file as its ``load_digits`` does, whose import would take longer than all else that a
    worker does at its start.
    """
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("scikit-learn is not installed: pip install -r requirements.txt")
    table = np.loadtxt(Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz", delimiter=",")
    return Examples(table[:, :-1], table[:, -1].astype(int), floor=0.1)
