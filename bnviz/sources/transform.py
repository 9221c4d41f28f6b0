"""One unit's values on one mini-batch, and what batch normalization makes of them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bnviz.asked import Asked, decades, knob, names, structure
from bnviz.config import BATCH_SIZES
from bnviz.fields import Number
from bnviz.statistics import Axis

SHOWN = 32  # examples that are drawn one by one, and can be chosen
LAYERS, UNITS, STEPS, EVERY = 4, 32, 300, 10  # of the network in training, and between two of its moments

_DRAWN = ("normal", "uniform", "skewed", "two_groups", "heavy", "one_apart")


def _drawn() -> tuple[str, ...]:
    return _DRAWN


def _network() -> tuple[str, ...]:
    return ("network",)


@dataclass(frozen=True)
class Config(Asked):
    """What is asked of one mini-batch."""

    source: str = structure("transform", "Source", names(transform="one mini-batch"), "What the numbers come from.")
    values: str = structure(
        "normal", "Values come from",
        names(
            normal="a normal distribution", uniform="a uniform distribution", skewed="an exponential distribution",
            two_groups="two groups", heavy="a distribution with outliers", one_apart="all alike but one",
            network="a layer of a network in training",
        ),
        "What one unit computes for the examples of a batch: drawn from a distribution, or taken from a network of "
        f"{LAYERS} layers with batch norm that learns digits.",
    )  # fmt: skip
    batch_size: int = knob(
        16, "Batch size", Number(1, BATCH_SIZES[-1], stops=BATCH_SIZES, integer=True),
        "How many examples share one mean and one variance.",
        unit="examples",
    )  # fmt: skip
    batch: int = knob(
        1, "Batch number", Number(1, 40, integer=True),
        "Another batch from the same source: its mean and variance differ by chance.",
    )  # fmt: skip
    gamma: float = knob(
        1.5, "γ", Number(-3, 3, step=0.05), "The factor after normalization: the output's spread is |γ|, if ε is small."
    )
    beta: float = knob(1.0, "β", Number(-5, 5, step=0.1), "Added after normalization: the output's mean is β.")
    eps: float = knob(
        1e-5, "ε", Number(1e-8, 1e2, stops=decades(-8, 2, 1, 3)),
        "Added to the variance before its square root is taken. Where it is not small beside the variance, the "
        "output's spread is less than |γ|.",
    )  # fmt: skip
    centre: float = knob(
        3.0, "Centre of the values", Number(-5, 5, step=0.1), "Added to every value before the transform.",
        only_with=(("values", _drawn),),
    )  # fmt: skip
    spread: float = knob(
        2.0, "Spread of the values", Number(1e-3, 5, stops=(*decades(-3, 0, 1, 2, 5), 1.5, 2.0, 3.0, 5.0)),
        "Multiplies every value before the transform.", unit="×", only_with=(("values", _drawn),),
    )  # fmt: skip
    trained: int = knob(
        100, "Training steps made", Number(0, STEPS, step=EVERY, integer=True),
        "How long the network has been learning when the batch passes through it.", only_with=(("values", _network),),
    )  # fmt: skip
    layer: int = knob(
        2, "Layer", Number(1, LAYERS, integer=True), "The hidden layer whose unit is looked at.",
        only_with=(("values", _network),),
    )  # fmt: skip
    unit: int = knob(
        1, "Unit", Number(1, UNITS, integer=True), "Batch norm treats each unit by itself.",
        only_with=(("values", _network),),
    )  # fmt: skip
    stage: float = knob(
        0.0, "Slow motion", Number(0, 4, step=0.1),
        "0 shows all four steps; 1 to 4 each of them alone; in between, the points are on their way to the next.",
    )  # fmt: skip
    example: int = knob(
        1, "Example calculated", Number(1, SHOWN, integer=True),
        "The example whose numbers are written out; with a smaller batch, its last one.",
    )  # fmt: skip
    moved: int = knob(
        2, "Example moved", Number(1, SHOWN, integer=True),
        "The example whose value is changed; with a smaller batch, its last one.",
    )  # fmt: skip
    moved_by: float = knob(
        4.0, "Moved by", Number(-20, 20, step=0.5), "Added to the value of that one example. 0 leaves it alone."
    )
    upstream: str = knob(
        "drawn", "Gradient of the outputs",
        names(drawn="different for each", one="of one example only", alike="the same for all", along="along x̂"),
        "dL/dy, what the rest of a network would send back: drawn at random (from a network, what arrived there); 1 "
        "for the example calculated and 0 for all others; 1 for all; or x̂ itself.",
    )  # fmt: skip

    TRAINS: ClassVar[bool] = False
    TURN_MS: ClassVar[float] = 3.0

    def place(self, number: int) -> int:
        """The index in the batch of the example with this number, or of the batch's last one."""
        return min(number, self.batch_size) - 1


ROWS = ("y", "normalized", "centred", "x")  # of the picture of the four steps, from its bottom to its top
VALUES = Axis(first=-20, bins=40, power=1)  # −10 to 10
SCALED = Axis(first=-16, bins=32, power=2)  # −4 to 4
OFF = 1e6  # where a point is that is not there: far beyond every axis, so that the number of points stays


def heights() -> NDArray[np.float64]:
    """How high above its row each point lies, (example,): a little apart, so that they can be told apart."""
    return -0.26 + 0.18 * ((7 * np.arange(SHOWN)) % 11) / 10


WALK_FIELDS = (
    "levels", "levels_now", "row_mean", "row_std", "row_below", "row_above", "mark_x", "point_x", "point_faint",
    "path_x", "path_y", "moved_x", "moved_y", "travel_x", "travel_y",
)  # fmt: skip
MATES_FIELDS = (
    "mate_before", "mate_after", "mate_stem", "mate_calculated", "mate_moved", "mate_chosen", "mate_number",
    "mate_cells",
)  # fmt: skip
BOUND_FIELDS = ("bound_size", "bound", "bound_one", "bound_here", "now_size", "now_largest")
TERMS_FIELDS = ("term_x", "terms", "term_line", "term_sums", "term_number", "term_cells")
SCALING_FIELDS = ("scaled", "scaled_dots", "scaled_low", "scaled_high", "scaled_mean", "scaled_std", "scaled_inside")
TEXT_FIELDS = ("said", "cell", "mates", "bounds", "agreement", "backward", "scaling")

FIELDS = (*WALK_FIELDS, *MATES_FIELDS, *BOUND_FIELDS, *TERMS_FIELDS, *SCALING_FIELDS, *TEXT_FIELDS)
MOMENTARY: tuple[str, ...] = ()
