"""The walk: points, histograms and moments at each of the four steps; and what the knobs do, in numbers."""

import math
from typing import Any

import numpy as np

from bnviz import statistics
from bnviz.sources.transform import OFF, ROWS, SHOWN, VALUES, Config, heights
from bnviz.transform.arithmetic import Steps
from bnviz.transform.draws import Floats
from bnviz.transform.words import bracketed, percent, say

ROUNDING = 1e-12
NOTICEABLE = 0.99  # a spread of x̂ below which ε is felt


def shown(values: Floats) -> Floats:
    """The values (…, example) of the examples that are drawn; off the picture, where the batch is smaller."""
    found = np.full((*values.shape[:-1], SHOWN), OFF)
    found[..., : values.shape[-1]] = values[..., :SHOWN]
    return found


def numbers(steps: Steps, config: Config) -> dict[str, Any]:
    """The fields of the picture, rows from its bottom to its top."""
    values = np.stack([getattr(steps, row) for row in ROWS])
    counts = np.stack([np.histogram(row, VALUES.edges)[0] for row in values])
    levels, points = statistics.profile(counts), shown(values)
    current, still = _current(config.stage)
    means, stds = values.mean(axis=1), values.std(axis=1)
    gap = np.full(len(ROWS), np.nan)
    here, moved = config.place(config.example), config.place(config.moved)
    travel_x, travel_y = _travel(points, config.stage)
    low, high = VALUES.edges[[0, -1]]
    lines = np.arange(1, len(ROWS) + 1)
    return {
        "levels": levels,
        "levels_now": np.where(current[:, None], levels, 0).astype(np.uint8),
        "row_mean": np.where(np.abs(means) < ROUNDING, 0.0, means),
        "row_std": stds,
        "row_below": (values < low).mean(axis=1),
        "row_above": (values > high).mean(axis=1),
        "mark_x": np.stack([means, means, gap, means - stds, means + stds, gap], axis=1).ravel(),
        "point_x": np.where(still[:, None], points, OFF).ravel(),
        "point_faint": np.where(still[:, None], OFF, points).ravel(),
        "path_x": values[:, here],
        "path_y": lines + heights()[here],
        "moved_x": values[:, moved],
        "moved_y": lines + heights()[moved],
        "travel_x": travel_x,
        "travel_y": travel_y,
    }


def _current(stage: float) -> tuple[Any, Any]:
    """Which rows are not dimmed (row,), and of which the points lie still."""
    row = len(ROWS) - np.arange(len(ROWS))  # the stage that each row is
    if stage < 1:
        return np.full(len(ROWS), True), np.full(len(ROWS), True)
    current = (row == math.floor(stage)) | (row == math.ceil(stage))
    return current, current & float(stage).is_integer()


def _travel(points: Floats, stage: float) -> tuple[Floats, Floats]:
    """Where the points are on their way from one row to the next, (example,) each; nowhere, while they lie still."""
    if stage < 1 or float(stage).is_integer():
        return np.full(SHOWN, OFF), np.zeros(SHOWN)
    way, top = stage % 1, len(ROWS) - math.floor(stage)
    x = points[top] + way * (points[top - 1] - points[top])
    return x, top + 1 - way + heights()


def said(steps: Steps) -> str:
    """What γ, β, ε and the batch size do now, in measured numbers."""
    m, y, gamma, beta = len(steps.x), steps.y, steps.gamma, steps.beta
    gain = f"Effective gain γ / √(σ² + ε) = {say(gamma)} / {say(steps.divisor)} = {say(steps.gain)}"
    order = ", in reverse order" if gamma < 0 else ""
    apart = f": two inputs that differ by 1 come out {say(abs(steps.gain))} apart{order}" if m > 1 else ""
    lines = [
        f"{gain}{apart}.",
        f"Outputs: mean {say(_tidy(y.mean(), beta))}, and β is {say(beta)}; spread {say(_tidy(y.std(), gamma))}, and "
        f"|\u2060γ\u2060| is {say(abs(gamma))}.",
    ]
    if m == 1:
        lines.append("A batch of one: x is its own mean, σ² is 0, and whatever x is, x̂ = 0 and y = β.")
    elif gamma == 0:
        lines.append("With γ = 0 all outputs are β, and no gradient passes to the inputs.")
    elif steps.kept < NOTICEABLE:
        lines.append(
            f"ε = {say(steps.eps)} is not small beside σ² = {say(steps.biased_var)}: x̂ has the spread "
            f"√(σ² / (σ² + ε)) = {say(steps.kept)} in place of 1."
        )
    elif m == 2:
        lines.append("Two values lie at equal distance from their mean: x̂ is −1 and 1, whatever they are.")
    else:
        lines.append(f"ε = {say(steps.eps)} is {_small(steps.eps / steps.biased_var)} of σ² and is hardly felt.")
    return "\n".join(lines)


def _small(share: float) -> str:
    return percent(share) if share >= 0.01 else "less than 1%"


def _tidy(value: float, unit: float) -> float:
    """A number that is 0 but for rounding, as 0."""
    return 0.0 if abs(value) < ROUNDING * max(1, abs(unit)) else value


def cell(steps: Steps, place: int) -> str:
    """The calculation of one example's output, with its own numbers, a line for each of the four steps."""
    m, x = len(steps.x), float(steps.x[place])
    mean, var, divisor = steps.mean, steps.biased_var, steps.divisor
    total, squares = float(steps.x.sum()), float((steps.centred**2).sum())
    normalized = float(steps.normalized[place])
    return "\n".join(
        [
            f"Example {place + 1} of {m}: x = {say(x)}",
            f"1. μ = Σx / m = {say(total)} / {m} = {say(mean)}",
            f"2. σ² = Σ(x − μ)² / m = {say(squares)} / {m} = {say(var)}",
            f"3. x̂ = (x − μ) / √(σ² + ε) = ({say(x)} − {bracketed(mean)}) / √({say(var)} + {say(steps.eps)})"
            f" = {say(x - mean)} / {say(divisor)} = {say(normalized)}",
            f"4. y = γ x̂ + β = {say(steps.gamma)} × {bracketed(normalized)} + {bracketed(steps.beta)}"
            f" = {say(float(steps.y[place]))}",
        ]
    )
