"""Folding words: a folded layer in numbers, the largest difference that folding makes, and the time of both."""

from typing import TYPE_CHECKING

from bnviz.inference.evaluation import EPS
from bnviz.inference.timing import PASSES, Times
from bnviz.inference.words import number, percent, signed, tiny

if TYPE_CHECKING:
    from bnviz.inference.folded import FoldedLayer
    from bnviz.inference.looking import Look

LAYERS = {"linear": "linear layers", "convolution": "convolutions"}


def of_folding(look: "Look") -> str:
    """One row's folding in numbers, what it does to the outputs, and the time of both."""
    config = look.config
    convolutions = config.folded == "convolution"
    network, step, layer, row = (
        ("convolutional network", look.convolution_step, look.folded_convolution, "channel") if convolutions
        else ("network", look.trained.step, look.folded_linear, "unit")
    )  # fmt: skip
    line = _row(layer, config.folded_layer, row)
    if step < config.steps:
        return f"The {network} trains: step {step} of {config.steps}.\n{line}"
    count = len(look.trained.examples.targets)
    return "\n".join([
        line,
        f"All three {LAYERS[config.folded]} folded, the largest difference in any output of the {count} held-out "
        f"digits is {tiny(layer.stored.fold_difference, 2)} in float64, which is rounding. "
        f"{percent(layer.stored.accuracy)} of them are classified rightly.",
        _times(layer.network.times),
    ])  # fmt: skip


def _row(layer: "FoldedLayer", place: int, name: str) -> str:
    row, before, after = layer.row, layer.before, layer.after
    gamma, beta = (float(part[row]) for part in layer.scale)
    mean, var = (float(part[row]) for part in layer.moments)
    by = float(layer.factors[row])
    first = (row, *[0] * (before.weight.ndim - 1))
    kernels = before.weight.shape[1] if before.weight.ndim > 2 else 0
    what = f"each weight of its {kernels} kernels" if kernels > 1 else "each weight of its kernel" if kernels else (
        f"each of its {before.weight.shape[1]} weights"
    )  # fmt: skip
    return (
        f"Layer {place}, {name} {row + 1}: f = γ / √(σ² + ε) = {number(gamma)} / √({var:.4f} + {EPS:.5f}) = "
        f"{number(by)}. W′ = f W: {what} times f; the first, {number(float(before.weight[first]))}, becomes "
        f"{number(float(after.weight[first]))}. b′ = f (b − μ) + β = {number(by)} × "
        f"({number(float(before.bias[row]))}{signed(-mean)}){signed(beta)} = {number(float(after.bias[row]))}."
    )


def _times(times: dict[int, Times]) -> str:
    timed = (
        f"Timed on this server: a forward pass of PyTorch's modules in eval mode, float32, one thread, in turns with "
        f"batch norm and with it folded in, medians of {PASSES}."
    )
    each = (
        f"{size} {'digit' if size == 1 else 'digits'}: {1e6 * took.first:,.0f} µs with batch norm, "
        f"{1e6 * took.second:,.0f} µs folded, {took.ratio:.2f} times as fast."
        for size, took in times.items()
    )
    return "\n".join([timed, *each])
