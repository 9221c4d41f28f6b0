"""Settings that show what becomes of the gradient in deep networks, before the first step and after some training.

Each was chosen by measurement over ten seeds, which ``tests/benchmarks/gradient_settings.py`` repeats.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bnviz.config import Config
from bnviz.settings import Setting
from bnviz.snapshot import Snapshot

FIELDS = (  # what ``starts`` and ``seen`` look at
    "test_accuracy", "growth", "gradient_rms", "weight_gradient", "signal", "saturated",
)  # fmt: skip


@dataclass(frozen=True)
class GradientSetting(Setting):
    """``starts`` tells from a snapshot with ``FIELDS`` whether what is said of the start is there at step 0."""

    starts: Callable[[Snapshot], bool]


def _between(low: float, value: float, high: float) -> bool:
    return bool(low < value < high)


def _first_of_last(snapshot: Snapshot) -> tuple[float, float]:
    """For each arm, the gradient at the first layer over that at the last."""
    plain, batch = snapshot.gradient_rms[:, 0] / snapshot.gradient_rms[:, -1]
    return float(plain), float(batch)


def _learned(snapshot: Snapshot, plain: tuple[float, float], batch: tuple[float, float]) -> bool:
    """The accuracies lie in these ranges; a network whose outputs are not finite has learned nothing."""
    return all(
        low <= (accuracy if accuracy == accuracy else 0) <= high  # noqa: PLR0124  NaN
        for accuracy, (low, high) in zip(snapshot.test_accuracy, (plain, batch), strict=True)
    )


def _vanishes_without(snapshot: Snapshot) -> bool:
    plain, batch = _first_of_last(snapshot)
    return plain < 1e-11 and _between(1 / 3, batch, 3) and _between(0.22, snapshot.growth[0, 0], 0.25)


def _explodes_without(snapshot: Snapshot) -> bool:
    plain, batch = _first_of_last(snapshot)
    saturated = snapshot.saturated.mean(axis=1)
    return bool(plain > 5e5 and batch < 10 and saturated[0] > 0.7 and saturated[1] < 0.05)


def _grows_with(least: float, most: float) -> Callable[[Snapshot], bool]:
    """With batch norm, and with it alone, the gradient grows, in all by a factor within these."""

    def grows(snapshot: Snapshot) -> bool:
        plain, batch = _first_of_last(snapshot)
        return (
            _between(1 / 5, plain, 5) and _between(least, batch, most) and _between(1.16, snapshot.growth[1, 0], 1.25)
        )

    return grows


def _alike(snapshot: Snapshot) -> bool:
    plain, batch = snapshot.growth[:, 0]
    return _between(1.05, plain, 1.12) and _between(1.05, batch, 1.12)


def _is_hidden(snapshot: Snapshot) -> bool:
    """The plain network's gradient and signal vanish, and its weights' gradients do not show it."""
    hidden = snapshot.weight_gradient[0, 0] / snapshot.weight_gradient[0, -1]
    shrunk = snapshot.signal[0, -1] / snapshot.signal[0, 0]
    return bool(_between(1 / 3, hidden, 3) and _first_of_last(snapshot)[0] < 1e-12 and shrunk < 1e-12)


SETTINGS = (
    GradientSetting(
        "sigmoid_20",
        "Twenty sigmoid layers: the gradient vanishes, and batch norm mends it",
        "Without normalization layer 1 gets less than 10⁻¹¹ of the gradient of layer 20, and after 200 steps the "
        "network still guesses. With batch norm it gets a third or more, and over 9 in 10 held-out digits are right.",
        Config(activation="sigmoid", init="gain", depth=20),
        200,
        lambda snapshot: _learned(snapshot, (0, 0.2), (0.9, 1)),
        _vanishes_without,
    ),
    GradientSetting(
        "tanh_exploding",
        "Tanh with weights of a spread of 1: the gradient explodes, and batch norm mends it",
        "Without normalization most values are saturated, and the gradient at layer 1 is over 500,000 times that of "
        "layer 20; with batch norm, less than 10 times. After 300 steps most digits are right with it, few without.",
        Config(activation="tanh", init="gain", init_gain=5.0, depth=20, learning_rate=0.3),
        300,
        lambda snapshot: _learned(snapshot, (0, 0.25), (0.6, 1)),
        _explodes_without,
    ),
    GradientSetting(
        "relu_20",
        "Twenty ReLU layers: here it is batch norm that makes the gradient grow",
        "With scaled weights the plain gradient keeps its size. Batch norm makes it grow by about 1.2 for each layer, "
        "20 to 60 times in all. It learns all the same: after 300 steps at least 3 in 4 held-out digits are right.",
        Config(init="gain", depth=20, learning_rate=0.05),
        300,
        lambda snapshot: _learned(snapshot, (0, 1), (0.75, 1)),
        _grows_with(20, 60),
    ),
    GradientSetting(
        "relu_50",
        "Fifty ReLU layers: batch norm makes the gradient explode",
        "The same factor over fifty layers: with batch norm layer 1 gets thousands of times the gradient of layer 50. "
        "After 300 steps neither network has half of the held-out digits right.",
        Config(init="gain", depth=50, learning_rate=0.05),
        300,
        lambda snapshot: _learned(snapshot, (0, 0.5), (0, 0.5)),
        _grows_with(3000, 50_000),
    ),
    GradientSetting(
        "tanh_scaled",
        "Twenty tanh layers with scaled weights: batch norm makes no difference",
        "The weights start at the size that suits tanh. With and without batch norm the gradient grows by 1.05 to "
        "1.12 for each layer, and after 300 steps both networks have over 8 in 10 held-out digits right.",
        Config(activation="tanh", init="gain", depth=20),
        300,
        lambda snapshot: _learned(snapshot, (0.85, 1), (0.85, 1)),
        _alike,
    ),
    GradientSetting(
        "hidden",
        "Weights five times too small: a vanishing gradient that a popular number hides",
        "Without normalization signal and gradient both shrink by over 10¹², and yet the weights of the first and the "
        "last layer get gradients of about the same size. After 200 steps that network still guesses.",
        Config(init="gain", init_gain=0.2, depth=20, learning_rate=0.05),
        200,
        lambda snapshot: _learned(snapshot, (0, 0.2), (0.6, 1)),
        _is_hidden,
    ),
)  # fmt: skip
