"""Batch-mates: what becomes of all outputs when one example of a batch is moved."""

from typing import Any

import numpy as np

from bnviz.sources.transform import SHOWN, Config
from bnviz.transform.arithmetic import Steps
from bnviz.transform.draws import Floats
from bnviz.transform.words import say


def numbers(before: Steps, after: Steps, config: Config) -> dict[str, Any]:
    """The fields of the picture and its table, by example; not a number where the batch has no more of them."""
    old, new = _drawn(before.y), _drawn(after.y)
    here, moved = config.place(config.example), config.place(config.moved)
    drawn = min(len(after.x), SHOWN)
    return {
        "mate_before": old,
        "mate_after": new,
        "mate_stem": np.stack([old, new, np.full(SHOWN, np.nan)], axis=1).ravel(),
        "mate_calculated": new[[here]],
        "mate_moved": new[[moved]],
        "mate_chosen": np.array([[here], [moved]]) + 1,
        "mate_number": np.arange(1, drawn + 1),
        "mate_cells": np.stack([before.x, after.x, before.y, after.y])[:, :drawn],
    }


def _drawn(values: Floats) -> Floats:
    """The values of the examples that are drawn, (example,). The axis follows them, so none lies beyond it."""
    found = np.full(SHOWN, np.nan)
    found[: len(values)] = values[:SHOWN]
    return found


def words(before: Steps, after: Steps, place: int) -> str:
    """What moved by how much, in measured numbers."""
    m = len(after.x)
    if m == 1:
        return "A batch of one has no batch-mates: its output is β wherever it is moved."
    moved_by = float(after.x[place] - before.x[place])
    number = place + 1
    if moved_by == 0:
        return f"Example {number} stands where it was. Move it, and watch all the others."
    changes = after.y - before.y
    others = np.abs(np.delete(changes, place))
    if m == 2:
        felt = f"Nobody touched the other one; its output moved by {say(others.max())}."
    else:
        moved = _count(int((others > 1e-9).sum()), m - 1)
        felt = (
            f"Nobody touched the other {m - 1}, and yet {moved} of their outputs moved: "
            f"by {say(others.mean())} on average, and by {say(others.max())} at most."
        )
    return "\n".join(
        [
            f"Example {number} moved from {say(before.x[place])} to {say(after.x[place])}; its output moved by "
            f"{say(changes[place])}. With that, μ went from {say(before.mean)} to {say(after.mean)}, and "
            f"s = √(σ² + ε) from {say(before.divisor)} to {say(after.divisor)}.",
            felt,
        ]
    )


def _count(moved: int, all_of_them: int) -> str:
    return "all" if moved == all_of_them else "none" if not moved else str(moved)
