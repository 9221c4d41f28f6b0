"""The bound: no x̂ is larger than √(m − 1), and why “between 0 and 1” is wrong."""

from statistics import NormalDist
from typing import Any

import numpy as np

from bnviz.config import BATCH_SIZES
from bnviz.transform.arithmetic import Steps
from bnviz.transform.draws import Floats
from bnviz.transform.words import percent, say

SIZES = np.array([size for size in BATCH_SIZES if size >= 2])
LEAST = 1e-3  # in place of 0, which has no place on a logarithmic axis


def largest(x: Floats, eps: float) -> float:
    """The largest |x̂| of a batch."""
    return float(np.abs(Steps(x, 1.0, 0.0, eps).normalized).max())


def numbers(steps: Steps, pool: Floats) -> dict[str, Any]:
    """The fields of the picture: by batch size the bound, what reaches it, and what the first of all examples reach."""
    here = [largest(pool[:size], steps.eps) for size in SIZES]
    return {
        "bound_size": SIZES,
        "bound": np.sqrt(SIZES - 1),
        "bound_one": np.array([largest(np.eye(1, size)[0] * 1e6, steps.eps) for size in SIZES]),
        "bound_here": np.maximum(here, LEAST),
        "now_size": np.array([len(steps.x)]),
        "now_largest": np.array([max(largest(steps.x, steps.eps), LEAST)]),
    }


def words(steps: Steps) -> str:
    """The bound of this batch, how near it comes, and what share of x̂ lies between 0 and 1."""
    m, normalized = len(steps.x), steps.normalized
    if m == 1:
        return "With m = 1 the bound is √0 = 0: x̂ is 0, and nothing is left of the value."
    farthest = float(np.abs(normalized).max())
    limit = (m - 1) ** 0.5
    inside = float(((normalized >= 0) & (normalized <= 1)).mean())
    usual = NormalDist().cdf(1) - NormalDist().cdf(0)
    lines = [
        f"m = {m}: no |x̂| can be larger than √({m} − 1) = {say(limit)}; here the largest is {say(farthest)}, "
        f"{percent(farthest / limit)} of that.",
        f"{percent(inside)} of these x̂ lie between 0 and 1, {percent(float((normalized < 0).mean()))} are negative; "
        f"the smallest is {say(float(normalized.min()))}. Of a normal distribution {percent(usual)} lie there.",
    ]
    if m == 2:
        lines.append("With m = 2 bound and value agree: x̂ is −1 for the smaller and 1 for the larger, if ε is small.")
    return "\n".join(lines)
