"""What a snapshot knows of one arm, and from where on a difference between two is worth a word."""

from dataclasses import dataclass

import numpy as np

from bnviz.snapshot import Snapshot
from bnviz.words.phrases import name

GUESSING = 0.05  # of accuracy above chance
WELL = 0.2  # of accuracy above chance
ALIKE = 0.02  # of accuracy
FASTER = 1.5  # drifts that differ by a smaller factor are about alike
STILL = 0.005  # drift


@dataclass(frozen=True)
class Arm:
    """Its name in a sentence, numbers, and lists with one number for each layer; not all of them need be finite."""

    name: str
    diverged: int | None  # the step
    accuracy: float
    loss: float
    drift: float  # of the deepest layer
    spread: list[float]
    gradient: list[float]
    dead: list[float]  # 0 where the activation has no such thing
    saturated: list[float]

    def guesses(self, chance: float) -> bool:
        """Whether it is hardly better than always naming the most frequent class."""
        return self.accuracy <= chance + GUESSING


def read(snapshot: Snapshot, index: int) -> Arm:
    """The arm of that number."""
    arm = snapshot.arms[index]
    return Arm(
        name=name(arm),
        diverged=snapshot.diverged[arm][0] if arm in snapshot.diverged else None,
        accuracy=float(snapshot.test_accuracy[index]),
        loss=float(snapshot.recent_loss[index]),
        drift=float(snapshot.drift[index, -1]),
        spread=snapshot.std["affine_output"][index].tolist(),
        gradient=snapshot.gradient_rms[index].tolist(),
        dead=np.nan_to_num(snapshot.dead[index]).tolist(),
        saturated=np.nan_to_num(snapshot.saturated[index]).tolist(),
    )


def pair(arms: list[Arm]) -> list[Arm]:
    """The plain arm and batch norm where both are there, else the first two; one arm alone."""
    known = [arm for arm in arms if arm.name in (name("none"), name("batch"))]
    return known if len(known) == 2 else arms[:2]


def same_drift(one: Arm, other: Arm) -> bool:
    """Whether their deepest layers drift about alike, or both stand still."""
    less, more = sorted((one.drift, other.drift))
    return more < STILL or more <= FASTER * less
