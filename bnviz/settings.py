"""Settings that show something: what to look at, when, and whether a run shows it.

Each was chosen by measurement over ten seeds, which ``tests/benchmarks/settings.py`` repeats.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bnviz.config import Config
from bnviz.snapshot import Snapshot

FIELDS = ("test_accuracy", "drift", "std/affine_output")  # what ``seen`` looks at


@dataclass(frozen=True)
class Setting:
    """A config worth opening, with what the page says of it.

    ``watch`` says what will be seen after ``steps`` steps; ``seen`` tells from a snapshot with ``FIELDS``, taken
    then, whether it is. The arms are the two of the opening: without normalization, and with batch norm.
    """

    name: str
    title: str
    watch: str
    config: Config
    steps: int
    seen: Callable[[Snapshot], bool]


def _only_batch_norm_learned(snapshot: Snapshot, right: float = 0.85) -> bool:
    """Batch norm learned; the plain network guesses, or its outputs are not even finite."""
    plain, batch = snapshot.test_accuracy
    return bool(batch > right and not plain > 0.2)


def _shrunk(snapshot: Snapshot) -> bool:
    """The plain network's values shrink from the first layer to the last; those of batch norm do not."""
    plain, batch = snapshot.std["affine_output"]
    return bool(plain[-1] < plain[0] / 4 and abs(batch - 1).max() < 0.25)


def _diverged_early(snapshot: Snapshot) -> bool:
    """The plain network, and it alone, diverged within ten steps."""
    return snapshot.diverged.keys() == {"none"} and snapshot.diverged["none"][0] <= 10


def _gained_nothing(snapshot: Snapshot) -> bool:
    """Both learn, the plain network faster, although its deepest layer drifts more."""
    plain, batch = snapshot.test_accuracy
    drifts = snapshot.drift[:, -1]
    return bool(plain > batch > 0.8 and drifts[0] > 1.5 * drifts[1])


def _only_plain_learned(snapshot: Snapshot) -> bool:
    plain, batch = snapshot.test_accuracy
    return bool(plain > 0.7 and batch < 0.3)


SETTINGS = (
    Setting(
        "opening",
        "The opening setting",
        "Without normalization the values shrink from layer to layer, and after 100 steps the network still guesses. "
        "With batch norm every layer keeps a spread near 1, and more than 9 in 10 held-out digits are right.",
        Config(),
        100,
        lambda snapshot: _shrunk(snapshot) and _only_batch_norm_learned(snapshot, right=0.9),
    ),
    Setting(
        "sigmoid",
        "Sigmoid, which only batch norm gets started",
        "Six sigmoid layers. Without normalization the network still guesses after 200 steps; "
        "with batch norm more than 9 in 10 held-out digits are right.",
        Config(activation="sigmoid", init="gain", learning_rate=0.3),
        200,
        lambda snapshot: _only_batch_norm_learned(snapshot, right=0.9),
    ),
    Setting(
        "high_rate",
        "A learning rate that only batch norm survives",
        "At a learning rate of 2 the plain network's loss is no finite number within ten steps; batch norm learns. "
        "It has a limit too: try 10.",
        Config(init="gain", learning_rate=2.0),
        100,
        lambda snapshot: _diverged_early(snapshot) and _only_batch_norm_learned(snapshot),
    ),
    Setting(
        "small_rate",
        "A small learning rate, where batch norm gains nothing",
        "Scaled starting weights and a learning rate of 0.03: after 200 steps the plain network is ahead. "
        "With batch norm the deepest layer drifts less, and yet it does not learn faster.",
        Config(init="gain", learning_rate=0.03),
        200,
        _gained_nothing,
    ),
    Setting(
        "batch_of_two",
        "Batches of two, where batch norm fails",
        "Of each unit's two values batch norm keeps only which one is larger. After 300 steps it still has most "
        "held-out digits wrong; without normalization most are right.",
        Config(init="gain", depth=4, batch_size=2, learning_rate=0.03),
        300,
        _only_plain_learned,
    ),
    Setting(
        "shifted_input",
        "A shifted input, which batch norm does not feel",
        "10 is added to every input. Without normalization the loss is no finite number within ten steps; batch norm "
        "subtracts the shift with the mean of its first layer, and learns as it does without one.",
        Config(init="gain", input_shift=10.0),
        100,
        lambda snapshot: _diverged_early(snapshot) and _only_batch_norm_learned(snapshot),
    ),
)  # fmt: skip
