"""The backward pass: three terms of dL/dx, their sum, and what is missing where the statistics get no gradient."""

from typing import Any

import numpy as np

from bnviz.sources.transform import SHOWN
from bnviz.transform.arithmetic import Steps, Terms
from bnviz.transform.draws import Floats
from bnviz.transform.walk import shown
from bnviz.transform.words import bracketed, percent, say

ENDS = np.array([-5.0, 5.0])  # of the axis of x̂
ROUNDING = 1e-9


def numbers(terms: Terms) -> dict[str, Any]:
    """The fields of the picture and its table: the terms over x̂, in units of γ / s."""
    drawn = min(len(terms.direct), SHOWN)
    cells = np.concatenate([terms.normalized[None], terms.all])[:, :drawn]
    return {
        "term_x": shown(terms.normalized),
        "terms": shown(terms.all),
        "term_line": -terms.through_mean[0] + ENDS * terms.slope,
        "term_sums": _rounded(terms.all.sum(axis=1, keepdims=True)),
        "term_number": np.arange(1, drawn + 1),
        "term_cells": cells,
    }


def _rounded(values: Floats) -> Floats:
    """Sums that are 0 but for rounding, as 0."""
    return np.where(np.abs(values) < ROUNDING, 0.0, values)


def words(steps: Steps, terms: Terms, place: int, arrived: float) -> str:
    """The calculation for one example, the sums, and what is missing without the second and the third term."""
    m, gain = len(steps.x), steps.gain
    if m == 1:
        return "With one example dx = 0: the first term and the second cancel. Nothing can be learned through it."
    direct, mean, _, total = terms.all[:, place]
    lines = [
        f"Example {place + 1}: dx = γ/s · (dy − mean(dy) − x̂ · mean(dy x̂)) = {say(gain)} × ({say(direct)} − "
        f"{bracketed(-mean)} − {bracketed(float(terms.normalized[place]))} × {bracketed(terms.slope)}) = "
        f"{say(_zero(gain * total))}.",
        f"Sum of dx over the batch: {say(gain * terms.total.sum())}; of dx · x̂: "
        f"{say(gain * float((terms.total * terms.normalized).sum()))}"
        + (", which only ε keeps from 0." if steps.kept < 0.99 else ": both 0 but for rounding and ε."),
        _missing(terms),
    ]
    if arrived != 1:
        lines.append(f"dy is drawn in units of its root mean square, which is {say(arrived)} in this network.")
    return "\n".join(lines)


def _missing(terms: Terms) -> str:
    """How much of what comes directly is taken away again."""
    removed = float(((terms.direct - terms.total) ** 2).sum() / (terms.direct**2).sum())
    reached = int((np.abs(terms.total) > ROUNDING).sum())
    if reached == 0:
        return (
            "Nothing is left: this gradient asks only for what the next batch mean or variance takes away again. "
            "Stopped at μ and σ², all of it would go through."
        )
    return (
        f"μ and σ² take away {percent(removed)} of the direct term (of its sum of squares). Were the gradient stopped "
        f"at them, only that term would be left, with the sum {say(float(terms.direct.sum()))} in units of γ/s. "
        f"{int((terms.direct != 0).sum())} of the {len(terms.total)} outputs send a gradient, {reached} of the inputs "
        "get one."
    )


def _zero(value: float) -> float:
    return 0.0 if abs(value) < 1e-12 else value
