"""Config: everything a person can ask of networks that train side by side."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from bnviz import registry
from bnviz.asked import SEEDS, Asked, decades, entries, knob, names, structure
from bnviz.fields import Choice, Digest, Number, Several

MAX_DEPTH = 50
MAX_WIDTH = 256


def _datasets_with(argument: str) -> Callable[[], Container[str]]:
    """The datasets whose ``load`` takes this field."""
    return lambda: {name for name, entry in registry.entries("datasets").items() if argument in entry.takes}


def _layer(all_of_them: str, label: str) -> Choice:
    return Choice(lambda: {all_of_them: label} | {str(k): f"layer {k}" for k in range(1, MAX_DEPTH + 1)})


BATCH_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
_EXAMPLES = (100, 200, 500, 1000, 2000, 5000)
_HELD = (("affine", "held"),)


@dataclass(frozen=True)
class Config(Asked):
    """What is asked of networks that train side by side."""

    source: str = structure("training", "Source", names(training="networks that train"), "What the numbers come from.")
    dataset: str = structure(
        "digits", "Dataset", Choice(entries("datasets")), "The examples that the networks learn to classify."
    )
    table: str = structure(
        "", "Own table", Digest(), "The fingerprint of the user's own table, which the server holds in memory.",
        only_with=(("dataset", _datasets_with("table")),),
    )  # fmt: skip
    examples: int = structure(
        2000, "Examples", Number(100, 5000, stops=_EXAMPLES, integer=True),
        "How many points are drawn; a quarter of them is held out.", unit="points",
        only_with=(("dataset", _datasets_with("examples")),),
    )  # fmt: skip
    scaling: str = structure(
        "standardized", "Inputs are", names(standardized="standardized", raw="as they are"),
        "Standardized: each input has its mean taken away and is divided by its standard deviation over the training "
        "examples. As they are: the numbers of the data themselves.",
    )  # fmt: skip
    normalizers: tuple[str, ...] = structure(
        ("none", "batch"), "Networks to compare", Several(entries("normalizers"), most=4),
        "One network for each normalization. All start from the same weights and see the same batches.",
    )  # fmt: skip
    depth: int = structure(
        6, "Depth", Number(1, MAX_DEPTH, integer=True), "How many hidden layers each network has.", unit="layers"
    )
    width: int = structure(
        64, "Width", Number(2, MAX_WIDTH, integer=True), "How many units each hidden layer has.", unit="units"
    )
    activation: str = structure(
        "relu", "Activation",
        names(relu="ReLU", tanh="tanh", sigmoid="sigmoid", gelu="GELU", identity="none (linear)"),
        "The nonlinearity of every hidden layer.",
    )  # fmt: skip
    init: str = structure(
        "torch", "Starting weights", names(torch="PyTorch's default", gain="scaled to the activation"),
        "PyTorch's default draws from U(±1/√fan-in), which shrinks the signal of a ReLU network layer by layer. "
        "Scaled draws from N(0, gain²/fan-in) with the gain that keeps the signal's size (√2 for ReLU).",
    )  # fmt: skip
    init_gain: float = structure(
        1.0, "Scale of the start", Number(0.001, 100, stops=decades(-3, 2, 1, 2, 5)),
        "Multiplies the scaled starting weights; no effect on PyTorch's default.", unit="×",
        only_with=(("init", lambda: ("gain",)),),
    )  # fmt: skip
    placement: str = structure(
        "before", "Normalization stands", names(before="before the activation", after="after the activation"),
        "The 2015 paper puts it before the activation; both are in use.",
    )  # fmt: skip
    optimizer: str = structure(
        "sgd", "Optimizer", names(sgd="SGD", adam="Adam"),
        "How a gradient becomes a step. SGD follows it; Adam divides each weight's step by the gradient's recent size, "
        "so that its useful learning rates are some 100 times smaller.",
    )  # fmt: skip
    batch_size: int = knob(
        64, "Batch size", Number(1, 1024, stops=BATCH_SIZES, integer=True),
        "How many examples each step sees. Batch norm takes its mean and variance from these alone.", unit="examples",
    )  # fmt: skip
    learning_rate: float = knob(
        0.1, "Learning rate", Number(1e-4, 10, stops=decades(-4, 1, 1, 1.5, 2, 3, 5, 7)),
        "How far each step goes along the gradient.",
    )  # fmt: skip
    sgd_momentum: float = knob(
        0.0, "SGD momentum", Number(0, 0.99, step=0.01),
        "The share of the last step that the next one keeps. Not the momentum of batch norm.",
        only_with=(("optimizer", lambda: ("sgd",)),),
    )  # fmt: skip
    momentum: float = knob(
        0.1, "Momentum of the running statistics", Number(0, 1, step=0.01),
        "The weight of the new batch in batch norm's running mean and variance, as PyTorch counts it.",
    )  # fmt: skip
    eps: float = knob(
        1e-5, "ε", Number(1e-8, 1e2, stops=decades(-8, 2, 1, 3)),
        "Added to the variance before its square root is taken, so that nothing is divided by zero. "
        "A large ε weakens the normalization.",
    )  # fmt: skip
    gamma: float = knob(
        1.0, "γ", Number(0, 5, step=0.05),
        "The factor after normalization: the output's spread is γ. Taking hold of it stops its learning. With ReLU "
        "and β = 0, γ held in all layers acts like γ held in the last alone: what one layer scales, the next undoes.",
        implies=_HELD,
    )  # fmt: skip
    beta: float = knob(
        0.0, "β", Number(-5, 5, step=0.1),
        "Added after normalization: the output's mean is β. Taking hold of it stops its learning.",
        implies=_HELD,
    )  # fmt: skip
    affine: str = knob(
        "learned", "γ and β are", names(learned="learned", held="held"),
        "Learned: gradient descent moves them, from where the sliders last put them. "
        "Held: they stay where the sliders stand.",
    )  # fmt: skip
    affine_layer: str = knob(
        "all", "γ and β act in", _layer("all", "all layers"),
        "Where the sliders of γ and β act; the other layers go on learning theirs.",
    )  # fmt: skip
    statistics: str = knob(
        "batch", "Measured with", names(batch="each batch's own statistics", running="running statistics"),
        "How batch norm normalizes the held-out examples whose distributions are drawn: as in training, or as in use.",
        only_looks=True,
    )  # fmt: skip
    layer: str = knob(
        "last", "Layer looked at", _layer("last", "the last hidden layer"),
        "The layer whose percentiles and histogram are drawn over time.", only_looks=True,
    )  # fmt: skip
    unit: int = knob(
        0, "Unit looked at", Number(0, MAX_WIDTH, integer=True),
        "The unit whose percentiles are drawn; 0 takes all units of the layer together.", only_looks=True,
    )  # fmt: skip
    input_scale: float = knob(
        1.0, "Input scale", Number(0.01, 100, stops=decades(-2, 2, 1, 1.5, 2, 3, 5, 7)),
        "Multiplies every input, in training and in measuring.", unit="×",
    )  # fmt: skip
    input_shift: float = knob(0.0, "Input shift", Number(-10, 10, step=0.1), "Added to every input, after the scale.")
    noise: float = structure(
        0.0, "Noise on the inputs", Number(0, 2, step=0.05),
        "Standard deviation of Gaussian noise, added once to the inputs, standardized or not, when a run starts.",
    )  # fmt: skip
    seed: int = structure(
        0, "Seed", SEEDS,
        "Fixes the split of the data, the starting weights and the order of the batches, each on its own.",
    )  # fmt: skip
    device: str = structure(
        "auto", "Device",
        names(auto="automatic", cpu="CPU", mps="Apple GPU", **{f"cuda:{i}": f"GPU {i}" for i in range(8)}),
        "Where the networks train. A device that is not there is replaced by the CPU, and the page says so.",
    )  # fmt: skip

    def _check(self) -> None:
        for name, other in (("affine_layer", "all"), ("layer", "last")):
            chosen = getattr(self, name)
            if chosen != other and int(chosen) > self.depth:
                raise ValueError(f"{name} must be {other!r} or a layer up to the depth of {self.depth}, got {chosen!r}")
        if self.unit > self.width:
            raise ValueError(f"unit must be 0 (all) or a unit up to the width of {self.width}, got {self.unit}")

    @property
    def layer_looked_at(self) -> int:
        """The number of the knob ``layer``, from 1 to the depth."""
        return self.depth if self.layer == "last" else int(self.layer)

    @property
    def turn_ms(self) -> float:
        """65 ns a value drawn, 0.1 ns a multiplication.

        The values are those of the probe in all layers, the multiplications those of a step in one direction.
        """
        units = len(self.normalizers) * self.depth * self.width
        return 65e-6 * units * max(self.batch_size, 256) + 1e-7 * units * self.width * self.batch_size

    @classmethod
    def _mended(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name, other in (("affine_layer", "all"), ("layer", "last")):
            if values.get(name, other) != other:
                values[name] = str(min(int(values[name]), values.get("depth", cls.depth)))
        values["unit"] = min(values.get("unit", cls.unit), values.get("width", cls.width))
        return values


FIELDS = Config.fields()
KNOBS = Config.knob_names()
