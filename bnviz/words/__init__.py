"""What is to be seen now, in one to three sentences with measured numbers; and a ledger of what was not finite.

Each sentence says what was measured, and no cause that was not. Less drift is never given as the reason for better
learning: that is disputed (Santurkar et al. 2018, arXiv:1805.11604).
"""

import numpy as np

from bnviz.snapshot import Snapshot
from bnviz.words import sentences
from bnviz.words.arm import pair, read
from bnviz.words.changes import changes
from bnviz.words.flow import FLOW_FIELDS, flow
from bnviz.words.phrases import LONGEST, capital, fitting, name

__all__ = ["FIELDS", "FLOW_FIELDS", "LEDGER_FIELDS", "LONGEST", "changes", "flow", "ledger", "say"]

FIELDS = ("recent_loss", "test_accuracy", "drift", "std/affine_output", "dead", "saturated", "gradient_rms")
LEDGER_FIELDS = ("lost/affine_output",)


def say(snapshot: Snapshot, chance: float, waiting: str | None) -> str:
    """What is to be seen in a snapshot that has ``FIELDS``: at most three sentences and ``LONGEST`` characters.

    ``chance`` is the share of the most frequent class among the held-out examples; ``waiting`` says why no step can
    be made, and is then all there is to say. Of three or more arms the best and the worst are named; drift is that
    of the plain arm and of batch norm, or of the first two arms.
    """
    if waiting:
        return waiting
    arms = [read(snapshot, index) for index in range(len(snapshot.arms))]
    if snapshot.step == 0:
        return fitting(["Nothing has been learned yet.", *sentences.start(pair(arms))])
    training = [arm for arm in arms if arm.diverged is None]
    return fitting(
        [
            *sentences.diverged(arms),
            *sentences.learning(training, chance),
            *sentences.drift(pair(training), chance),
            *sentences.vanished(training),
            *sentences.flat(training),
        ]
    )


def ledger(snapshot: Snapshot) -> str:
    """A line for each arm: what was not finite, at which step and where first, and in how many layers now.

    The snapshot must have ``LEDGER_FIELDS``.
    """
    lost = snapshot.lost["affine_output"]
    counts = np.count_nonzero(lost > 0, axis=1).tolist()
    if not snapshot.diverged and not any(counts):
        return f"Everything has been finite so far, in {snapshot.step} step{'' if snapshot.step == 1 else 's'}."
    lines = []
    for arm, count in zip(snapshot.arms, counts, strict=True):
        began = "every loss was finite"
        if arm in snapshot.diverged:
            step, place = snapshot.diverged[arm]
            began = f"step {step}, first in {'the ' * place.startswith('output')}{place}"
        now = f"{count} of {lost.shape[1]} layers hold values that are not finite now"
        lines.append(f"{capital(name(arm))}: {began}; {now}")
    return "\n".join(lines)
