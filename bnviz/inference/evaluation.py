"""Evaluation: the trained networks' outputs with statistics that are stored, re-estimated, or each batch's own."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bnviz.inference.folding import Affine, Moments, Scale, fold
from bnviz.networks import Layer, Network
from bnviz.normalizers import NormalizerModule

EPS = 1e-5

Statistics = list[Moments]  # of the hidden layers, the first one first


class Weights:
    """A network's weights as they stand: ``linear`` of all layers, the output last; ``scales`` of the hidden ones."""

    def __init__(self, network: Network, dtype: torch.dtype = torch.float32) -> None:
        layers = [cast(Layer, layer) for layer in network.layers]
        maps = [*(layer.linear for layer in layers), network.output]
        self.linear = [Affine(_copy(linear.weight, dtype), _copy(linear.bias, dtype)) for linear in maps]
        scales = [cast(NormalizerModule, layer.normalizer) for layer in layers]
        if all(scale.weight is not None for scale in scales):
            self.scales = [
                Scale(*(_copy(cast(Tensor, part), dtype) for part in (scale.weight, scale.bias))) for scale in scales
            ]

    def folded(self, statistics: Statistics) -> list[Affine]:
        """The linear maps of the network that batch norm with these statistics is folded into."""
        *hidden, output = self.linear
        parts = zip(hidden, self.scales, statistics, strict=True)
        return [*(fold(linear, scale, moments, EPS) for linear, scale, moments in parts), output]


def _copy(values: Tensor, dtype: torch.dtype) -> Tensor:
    return values.detach().to(dtype, copy=True)


@torch.inference_mode()
def plain(linear: list[Affine], inputs: Tensor) -> Tensor:
    """Logits (example, class) of linear maps with ReLU between them: no normalizer, or one that is folded in."""
    *hidden, output = linear
    for weight, bias in hidden:
        inputs = torch.addmm(bias, inputs, weight.t()).relu_()
    return torch.addmm(output.bias, inputs, output.weight.t())


@torch.inference_mode()
def layer_norm(weights: Weights, inputs: Tensor) -> Tensor:
    """Logits (example, class) with layer norm."""
    *hidden, output = weights.linear
    for (weight, bias), (gamma, beta) in zip(hidden, weights.scales, strict=True):
        values = torch.addmm(bias, inputs, weight.t())
        inputs = torch.layer_norm(values, gamma.shape, gamma, beta, EPS).relu_()
    return torch.addmm(output.bias, inputs, output.weight.t())


@torch.inference_mode()
def re_estimated(
    weights: Weights, inputs: Tensor, size: int | None = None, eps: float = EPS
) -> tuple[Tensor, Statistics]:
    """Logits (example, class) with batch norm whose statistics are those of the first ``size`` inputs; and these.

    Layer by layer: what a layer is given is normalized already by the statistics found so far.
    """
    *hidden, output = weights.linear
    found = []
    for (weight, bias), (gamma, beta) in zip(hidden, weights.scales, strict=True):
        values = torch.addmm(bias, inputs, weight.t())
        # ATen's batch norm finds the moments ten times faster than var_mean along the first axis.
        normalized, mean, rstd = torch.native_batch_norm(values[:size], gamma, beta, None, None, True, 0.0, eps)
        found.append(Moments(mean, (rstd.pow(-2) - eps).clamp_(min=0)))
        if size is None or size >= len(values):
            inputs = normalized.relu_()
        else:
            by = gamma * rstd
            inputs = torch.addcmul(beta - mean * by, values, by).relu_()
    return torch.addmm(output.bias, inputs, output.weight.t()), found


@torch.inference_mode()
def in_batches(network: Network, inputs: Tensor, size: int) -> Tensor:
    """Logits (example, class) in train mode: batches of ``size``, each with its own statistics; the last is smaller."""
    whole = len(inputs) // size * size
    parts = [inputs[:whole].reshape(-1, size, inputs.shape[1])] if whole else []
    if whole < len(inputs):
        parts.append(inputs[None, whole:])
    return torch.cat([network.logits(part, running=False).flatten(0, 1) for part in parts])


def accuracy(logits: Tensor, targets: NDArray[np.int64]) -> float:
    """The share that is classified rightly."""
    return float(np.count_nonzero(logits.numpy().argmax(axis=1) == targets) / len(targets))


def modules(weights: Weights, statistics: Statistics) -> nn.Sequential:
    """The network with batch norm as torch's own modules in eval mode, in the weights' type."""
    *hidden, output = weights.linear
    parts: list[nn.Module] = []
    for linear, (gamma, beta), (mean, var) in zip(hidden, weights.scales, statistics, strict=True):
        norm = nn.BatchNorm1d(len(gamma), EPS, dtype=gamma.dtype)
        state = {"weight": gamma, "bias": beta, "running_mean": mean, "running_var": var}
        norm.load_state_dict(state, strict=False)  # it counts no batches
        parts += [_linear(linear), norm, nn.ReLU()]
    return nn.Sequential(*parts, _linear(output)).to(output.weight.dtype).eval()


def folded_modules(linear: list[Affine]) -> nn.Sequential:
    """The network that batch norm is folded into, as torch's own modules."""
    *hidden, output = linear
    parts = [part for each in hidden for part in (_linear(each), nn.ReLU())]
    return nn.Sequential(*parts, _linear(output)).to(output.weight.dtype).eval()


def _linear(affine: Affine) -> nn.Linear:
    linear: nn.Linear = nn.utils.skip_init(nn.Linear, *affine.weight.shape[::-1])  # type: ignore[no-untyped-call]
    linear.weight, linear.bias = nn.Parameter(affine.weight), nn.Parameter(affine.bias)
    return linear
