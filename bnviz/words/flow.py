"""How signal and gradient change from layer to layer, in words."""

import math

import numpy as np

from bnviz.config import Config
from bnviz.snapshot import Snapshot
from bnviz.words.phrases import capital, name, power, ratio

FLOW_FIELDS = ("growth", "gradient_rms", "weight_gradient", "signal")

# Of a ReLU network with batch norm before the activation, when it starts: by this the gradient grows for each layer.
# Half of the squared gradient passes a ReLU, and batch norm divides by the variance of a ReLU's outputs between
# examples, 1/2 − 1/(2π) of that of its inputs; (1/2) / (1/2 − 1/(2π)) = π / (π − 1). For wide layers and large batches.
RELU_GROWTH = math.sqrt(math.pi / (math.pi - 1))

SAME = 3.0  # a change by a smaller factor, over all layers, is none
FAR = 100.0  # from here on it vanishes or explodes


def relu_growth_holds(config: Config) -> bool:
    """Whether there is a network that ``RELU_GROWTH`` is about."""
    return config.activation == "relu" and config.placement == "before" and "batch" in config.normalizers


def flow(snapshot: Snapshot, config: Config) -> str:
    """A line for each arm, of what happens to the gradient on its way to the input and to the signal on its way out.

    The snapshot must have ``FLOW_FIELDS``.

    Source of the growth under batch norm: Yang et al. 2019, arXiv:1902.08129.
    """
    return "\n".join(_line(snapshot, index, config) for index in range(len(snapshot.arms)))


def _line(snapshot: Snapshot, index: int, config: Config) -> str:
    arm, depth = name(snapshot.arms[index]), config.depth
    gradient, signal = snapshot.gradient_rms[index], snapshot.signal[index]
    if not np.isfinite(gradient).all():
        return f"{capital(arm)} gradients are not finite."
    if not gradient.any():
        return f"{capital(arm)} no layer gets any gradient."
    if depth == 1:
        return f"{capital(arm)} there is a single layer: nothing can grow or shrink on the way."
    change = ratio(gradient[0], gradient[-1])
    if not change:
        return f"{capital(arm)} the gradient vanishes: at layer 1 it is too small for the numbers of a computer."
    theory = ""
    if snapshot.step == 0 and snapshot.arms[index] == "batch" and relu_growth_holds(config):
        theory = f" (theory, for wide layers and large batches: {RELU_GROWTH:.2f})"
    parts = [
        f"{capital(arm)} the gradient {_verdict(change)}: × {snapshot.growth[index]:.2f} for each layer towards the "
        f"input{theory}, so that layer 1 gets {power(change)} times the gradient of layer {depth}."
    ]
    apart = ratio(signal[-1], signal[0])
    if apart is not None:
        parts.append(f"The spread between examples {_change(apart)} from layer 1 to layer {depth}.")
    of_weights = ratio(*snapshot.weight_gradient[index][[0, -1]])
    if of_weights and not 1 / FAR <= change <= FAR and 1 / SAME <= of_weights <= SAME:
        parts.append(f"The gradients of the weights hide it: ‖∂L/∂W₁‖ is {power(of_weights)} times that of the last.")
    return " ".join(parts)


def _verdict(change: float) -> str:
    """What a gradient does that changes so much in all."""
    if 1 / SAME <= change <= SAME:
        return "keeps its size"
    if change < 1:
        return "vanishes" if change < 1 / FAR else "shrinks"
    return "explodes" if change > FAR else "grows"


def _change(factor: float) -> str:
    if factor == 0:
        return "shrinks to nothing"
    if 1 / SAME <= factor <= SAME:
        return f"stays within a factor of {SAME:.0f}"
    return f"grows by a factor of {power(factor)}" if factor > 1 else f"shrinks by a factor of {power(1 / factor)}"
