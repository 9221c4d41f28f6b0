"""How signal and gradient change from layer to layer, in words."""

import math

import numpy as np
from numpy.typing import NDArray

from bnviz.config import Config
from bnviz.snapshot import Snapshot
from bnviz.words.phrases import capital, name, power, ratio

FLOW_FIELDS = ("growth", "gradient_rms", "weight_gradient", "signal", "mean/activation", "std/activation")

# Of a ReLU network with batch norm before the activation, when it starts: by this the gradient grows for each layer.
# Half of the squared gradient passes a ReLU, and batch norm divides by the variance of a ReLU's outputs between
# examples, 1/2 − 1/(2π) of that of its inputs; (1/2) / (1/2 − 1/(2π)) = π / (π − 1). For wide layers and large batches.
RELU_GROWTH = math.sqrt(math.pi / (math.pi - 1))

SAME = 3.0  # a change by a smaller factor, over all layers, is none
FAR = 100.0  # from here on it vanishes or explodes
ALIKE = 1.05  # growths that differ by a smaller factor are about alike
ROUNDED = 1e-6  # of the size of the activations: what is smaller is rounding, in single precision


def relu_growth_holds(config: Config) -> bool:
    """Whether there is a network that ``RELU_GROWTH`` is about."""
    return config.activation == "relu" and config.placement == "before" and "batch" in config.normalizers


def flow(snapshot: Snapshot, config: Config) -> str:
    """A line for each arm, of what happens to the gradient on its way to the input and to the signal on its way out.

    The snapshot must have ``FLOW_FIELDS``.

    Source of the growth under batch norm: Yang et al. 2019, arXiv:1902.08129.
    """
    lines = [_line(snapshot, index, config) for index in range(len(snapshot.arms))]
    if len(lines) > 1 and _alike(snapshot.growth[:, 0]):
        lines.append("The gradients grow or shrink about alike: normalization makes no difference to that here.")
    return "\n".join(lines)


def _line(snapshot: Snapshot, index: int, config: Config) -> str:
    arm, gradient = capital(name(snapshot.arms[index])), snapshot.gradient_rms[index]
    if not np.isfinite(gradient).all():
        return f"{arm} gradients are not finite."
    if not gradient.any():
        return f"{arm} no layer gets any gradient."
    if len(gradient) == 1:
        return f"{arm} there is a single layer: nothing can grow or shrink on the way."
    change = ratio(gradient[0], gradient[-1])
    if not change:
        return f"{arm} the gradient vanishes: at layer 1 it is too small for the numbers of a computer."
    factors = f"× {snapshot.growth[index, 0]:.2f} for each layer towards the input{_theory(snapshot, index, config)}"
    return f"{arm} the gradient {_verdict(change)}: {factors}, × {power(change)} in all.{_signal(snapshot, index)}" + (
        _hidden(snapshot, index) if not 1 / FAR <= change <= FAR else ""
    )


def _alike(growths: NDArray[np.float64]) -> bool:
    return bool(growths.max() < ALIKE * growths.min())  # not where one is not known


def _theory(snapshot: Snapshot, index: int, config: Config) -> str:
    if snapshot.step > 0 or snapshot.arms[index] != "batch" or not relu_growth_holds(config):
        return ""
    return f" (in theory {RELU_GROWTH:.2f})"


def _signal(snapshot: Snapshot, index: int) -> str:
    """How far apart the examples are in the last layer, where that is far less or more than in the first."""
    signal = snapshot.signal[index]
    change = ratio(signal[-1], signal[0])
    if change is None or 1 / SAME <= change <= SAME:
        return ""
    size = math.hypot(snapshot.mean["activation"][index, -1], snapshot.std["activation"][index, -1])
    if signal[-1] < ROUNDED * size:
        return " The last layer tells examples apart by rounding errors at most."
    if change == 0:
        return " The last layer tells no two examples apart."
    return f" The spread between examples {'grows' if change > 1 else 'shrinks'}: × {power(change)} to the last layer."


def _hidden(snapshot: Snapshot, index: int) -> str:
    """Where the gradients of the weights do not show what becomes of the gradient."""
    first, last = snapshot.weight_gradient[index][[0, -1]]
    of_weights = ratio(first, last)
    if of_weights is None or not 1 / SAME <= of_weights <= SAME:
        return ""
    return f" The weights' gradients hide it: that of layer 1 is {power(of_weights)} times that of the last layer."


def _verdict(change: float) -> str:
    """What a gradient does that changes so much in all."""
    if 1 / SAME <= change <= SAME:
        return "keeps its size"
    if change < 1:
        return "vanishes" if change < 1 / FAR else "shrinks"
    return "explodes" if change > FAR else "grows"
