"""Config: everything a person can ask for, frozen and checked; the one source of widgets, checks and docs."""

import dataclasses
import json
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bnviz import registry
from bnviz.fields import Choice, Digest, Field, Number, Several

MAX_DEPTH = 50
MAX_WIDTH = 256


def _structure(default: Any, label: str, allowed: Number | Choice | Several | Digest, help: str, **more: Any) -> Any:
    described = {"label": label, "range": allowed, "help": help, **more}
    return dataclasses.field(default=default, metadata=described)


def _knob(default: Any, label: str, allowed: Number | Choice | Several | Digest, help: str, **more: Any) -> Any:
    return _structure(default, label, allowed, help, knob=True, **more)


def _entries(kind: registry.Kind) -> Any:
    return lambda: {entry.name: entry.label for entry in registry.entries(kind).values()}


def _names(**labels: str) -> Choice:
    return Choice(lambda: labels)


def _decades(first: int, last: int, *digits: float) -> tuple[float, ...]:
    """The stops of a logarithmic slider: the digits in every decade from 10^first, and 10^last."""
    return (*(float(f"{d}e{e}") for e in range(first, last) for d in digits), float(f"1e{last}"))


def _datasets_with(argument: str) -> Callable[[], Container[str]]:
    """The datasets whose ``load`` takes this field."""
    return lambda: {name for name, entry in registry.entries("datasets").items() if argument in entry.takes}


def _layer(all_of_them: str, label: str) -> Choice:
    return Choice(lambda: {all_of_them: label} | {str(k): f"layer {k}" for k in range(1, MAX_DEPTH + 1)})


_BATCH_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
_EXAMPLES = (100, 200, 500, 1000, 2000, 5000)
_HELD = (("affine", "held"),)


@dataclass(frozen=True)
class Config:
    """What is asked for. Knobs can change while a run goes on; a change of structure starts the run anew.

    Raises ValueError, with the rule, the value and the remedy, for anything that is not allowed.
    """

    dataset: str = _structure(
        "digits", "Dataset", Choice(_entries("datasets")), "The examples that the networks learn to classify."
    )
    table: str = _structure(
        "", "Own table", Digest(), "The fingerprint of the user's own table, which the server holds in memory.",
        only_with=(("dataset", _datasets_with("table")),),
    )  # fmt: skip
    examples: int = _structure(
        2000, "Examples", Number(100, 5000, stops=_EXAMPLES, integer=True),
        "How many points are drawn; a quarter of them is held out.", unit="points",
        only_with=(("dataset", _datasets_with("examples")),),
    )  # fmt: skip
    scaling: str = _structure(
        "standardized", "Inputs are", _names(standardized="standardized", raw="as they are"),
        "Standardized: each input has its mean taken away and is divided by its standard deviation over the training "
        "examples. As they are: the numbers of the data themselves.",
    )  # fmt: skip
    normalizers: tuple[str, ...] = _structure(
        ("none", "batch"), "Networks to compare", Several(_entries("normalizers"), most=4),
        "One network for each normalization. All start from the same weights and see the same batches.",
    )  # fmt: skip
    depth: int = _structure(
        6, "Depth", Number(1, MAX_DEPTH, integer=True), "How many hidden layers each network has.", unit="layers"
    )
    width: int = _structure(
        64, "Width", Number(2, MAX_WIDTH, integer=True), "How many units each hidden layer has.", unit="units"
    )
    activation: str = _structure(
        "relu", "Activation",
        _names(relu="ReLU", tanh="tanh", sigmoid="sigmoid", gelu="GELU", identity="none (linear)"),
        "The nonlinearity of every hidden layer.",
    )  # fmt: skip
    init: str = _structure(
        "torch", "Starting weights", _names(torch="PyTorch's default", gain="scaled to the activation"),
        "PyTorch's default draws from U(±1/√fan-in), which shrinks the signal of a ReLU network layer by layer. "
        "Scaled draws from N(0, gain²/fan-in) with the gain that keeps the signal's size (√2 for ReLU).",
    )  # fmt: skip
    init_gain: float = _structure(
        1.0, "Scale of the start", Number(0.001, 100, stops=_decades(-3, 2, 1, 2, 5)),
        "Multiplies the scaled starting weights; no effect on PyTorch's default.", unit="×",
        only_with=(("init", lambda: ("gain",)),),
    )  # fmt: skip
    placement: str = _structure(
        "before", "Normalization stands", _names(before="before the activation", after="after the activation"),
        "The 2015 paper puts it before the activation; both are in use.",
    )  # fmt: skip
    optimizer: str = _structure(
        "sgd", "Optimizer", _names(sgd="SGD", adam="Adam"),
        "How a gradient becomes a step. SGD follows it; Adam divides each weight's step by the gradient's recent size, "
        "so that its useful learning rates are some 100 times smaller.",
    )  # fmt: skip
    batch_size: int = _knob(
        64, "Batch size", Number(1, 1024, stops=_BATCH_SIZES, integer=True),
        "How many examples each step sees. Batch norm takes its mean and variance from these alone.", unit="examples",
    )  # fmt: skip
    learning_rate: float = _knob(
        0.1, "Learning rate", Number(1e-4, 10, stops=_decades(-4, 1, 1, 1.5, 2, 3, 5, 7)),
        "How far each step goes along the gradient.",
    )  # fmt: skip
    sgd_momentum: float = _knob(
        0.0, "SGD momentum", Number(0, 0.99, step=0.01),
        "The share of the last step that the next one keeps. Not the momentum of batch norm.",
        only_with=(("optimizer", lambda: ("sgd",)),),
    )  # fmt: skip
    momentum: float = _knob(
        0.1, "Momentum of the running statistics", Number(0, 1, step=0.01),
        "The weight of the new batch in batch norm's running mean and variance, as PyTorch counts it.",
    )  # fmt: skip
    eps: float = _knob(
        1e-5, "ε", Number(1e-8, 1e2, stops=_decades(-8, 2, 1, 3)),
        "Added to the variance before its square root is taken, so that nothing is divided by zero. "
        "A large ε weakens the normalization.",
    )  # fmt: skip
    gamma: float = _knob(
        1.0, "γ", Number(0, 5, step=0.05),
        "The factor after normalization: the output's spread is γ. Taking hold of it stops its learning. With ReLU "
        "and β = 0, γ held in all layers acts like γ held in the last alone: what one layer scales, the next undoes.",
        implies=_HELD,
    )  # fmt: skip
    beta: float = _knob(
        0.0, "β", Number(-5, 5, step=0.1),
        "Added after normalization: the output's mean is β. Taking hold of it stops its learning.",
        implies=_HELD,
    )  # fmt: skip
    affine: str = _knob(
        "learned", "γ and β are", _names(learned="learned", held="held"),
        "Learned: gradient descent moves them, from where the sliders last put them. "
        "Held: they stay where the sliders stand.",
    )  # fmt: skip
    affine_layer: str = _knob(
        "all", "γ and β act in", _layer("all", "all layers"),
        "Where the sliders of γ and β act; the other layers go on learning theirs.",
    )  # fmt: skip
    statistics: str = _knob(
        "batch", "Measured with", _names(batch="each batch's own statistics", running="running statistics"),
        "How batch norm normalizes the held-out examples whose distributions are drawn: as in training, or as in use.",
        only_looks=True,
    )  # fmt: skip
    layer: str = _knob(
        "last", "Layer looked at", _layer("last", "the last hidden layer"),
        "The layer whose percentiles and histogram are drawn over time.", only_looks=True,
    )  # fmt: skip
    unit: int = _knob(
        0, "Unit looked at", Number(0, MAX_WIDTH, integer=True),
        "The unit whose percentiles are drawn; 0 takes all units of the layer together.", only_looks=True,
    )  # fmt: skip
    input_scale: float = _knob(
        1.0, "Input scale", Number(0.01, 100, stops=_decades(-2, 2, 1, 1.5, 2, 3, 5, 7)),
        "Multiplies every input, in training and in measuring.", unit="×",
    )  # fmt: skip
    input_shift: float = _knob(0.0, "Input shift", Number(-10, 10, step=0.1), "Added to every input, after the scale.")
    noise: float = _structure(
        0.0, "Noise on the inputs", Number(0, 2, step=0.05),
        "Standard deviation of Gaussian noise, added once to the inputs, standardized or not, when a run starts.",
    )  # fmt: skip
    seed: int = _structure(
        0, "Seed", Number(0, 999_999, integer=True),
        "Fixes the split of the data, the starting weights and the order of the batches, each on its own.",
    )  # fmt: skip
    device: str = _structure(
        "auto", "Device",
        _names(auto="automatic", cpu="CPU", mps="Apple GPU", **{f"cuda:{i}": f"GPU {i}" for i in range(8)}),
        "Where the networks train. A device that is not there is replaced by the CPU, and the page says so.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        for name, field in FIELDS.items():
            object.__setattr__(self, name, field.check(getattr(self, name)))
        for name, other in (("affine_layer", "all"), ("layer", "last")):
            chosen = getattr(self, name)
            if chosen != other and int(chosen) > self.depth:
                raise ValueError(f"{name} must be {other!r} or a layer up to the depth of {self.depth}, got {chosen!r}")
        if self.unit > self.width:
            raise ValueError(f"unit must be 0 (all) or a unit up to the width of {self.width}, got {self.unit}")

    @property
    def knobs(self) -> dict[str, Any]:
        """The knobs by name."""
        return {name: getattr(self, name) for name in KNOBS}

    @property
    def layer_looked_at(self) -> int:
        """The number of the knob ``layer``, from 1 to the depth."""
        return self.depth if self.layer == "last" else int(self.layer)

    @property
    def structure(self) -> dict[str, Any]:
        """All that is not a knob, by name."""
        return {name: getattr(self, name) for name in FIELDS if name not in KNOBS}

    def change(self, **knobs: Any) -> "Config":
        """The same config with other knobs.

        Raises ValueError for a value that is not allowed and for a field that is not a knob.
        """
        for name in knobs:
            if name not in KNOBS:
                rule = "is part of the structure: start a new run to change it" if name in FIELDS else "is no field"
                raise ValueError(f"{name} {rule}; knobs are {', '.join(KNOBS)}")
        return dataclasses.replace(self, **knobs)

    def to_json(self) -> str:
        """All fields as a JSON object."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Config":
        """A config from a JSON object; missing fields take their defaults. Raises ValueError for anything else."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"a config must be JSON: {error}") from None
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: Any) -> "Config":
        """A config from a mapping of names to values; missing fields take their defaults."""
        if not isinstance(values, Mapping):
            raise ValueError(f"a config must be an object of names and values, got {type(values).__name__}")
        unknown = [str(name) for name in values if name not in FIELDS]
        if unknown:
            raise ValueError(f"a config has no field {unknown[0][:40]!r}; its fields are {', '.join(FIELDS)}")
        return cls(**values)

    def to_query(self) -> dict[str, list[str]]:
        """The fields that differ from their defaults, as the parameters of a URL."""
        linked = {name: field for name, field in FIELDS.items() if field.linked}
        changed = {name: getattr(self, name) for name, field in linked.items() if getattr(self, name) != field.default}
        return {name: linked[name].range.text(value) for name, value in changed.items()}

    @classmethod
    def from_query(cls, parameters: Mapping[str, Iterable[str]]) -> "Config":
        """The nearest allowed config to what a URL asks for, every number at a place of its slider."""
        listed = {name: [texts] if isinstance(texts, str) else list(texts) for name, texts in parameters.items()}
        linked = {name: FIELDS[name] for name in listed if name in FIELDS and FIELDS[name].linked}
        return cls.nearest({name: field.range.parse(listed[name]) for name, field in linked.items()})

    @classmethod
    def nearest(cls, values: Mapping[str, Any]) -> "Config":
        """The nearest allowed config to any values at all; names that are no field are passed over."""
        mended = {name: FIELDS[name].nearest(value) for name, value in values.items() if name in FIELDS}
        for name, other in (("affine_layer", "all"), ("layer", "last")):
            if mended.get(name, other) != other:
                mended[name] = str(min(int(mended[name]), mended.get("depth", cls.depth)))
        mended["unit"] = min(mended.get("unit", cls.unit), mended.get("width", cls.width))
        return cls(**mended)


FIELDS: dict[str, Field] = {
    field.name: Field(name=field.name, default=field.default, **field.metadata) for field in dataclasses.fields(Config)
}
KNOBS: tuple[str, ...] = tuple(name for name, field in FIELDS.items() if field.knob)
