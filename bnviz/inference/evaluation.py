"""Evaluation: the trained networks' outputs with statistics that are stored, re-estimated, or each batch's own."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bnviz.convolution.convnet import Block, ConvNet
from bnviz.inference.folding import Affine, Moments, Scale, fold
from bnviz.networks import Layer, Network

EPS = 1e-5

Statistics = list[Moments]  # of the hidden layers, the first one first


class Weights:
    """A network's weights as they stand: ``linear`` of all layers, the output last; ``scales`` of the hidden ones.

    Without a normalizer, or with one that has no γ and β, there are no ``scales``.
    The hidden layers of a ``ConvNet`` are its convolutions.
    """

    def __init__(self, network: Network | ConvNet, dtype: torch.dtype = torch.float32) -> None:
        hidden, scales = _layers(network)
        self.linear = [_affine(layer, dtype) for layer in (*hidden, network.output)]
        self.scales = [Scale(*_affine(scale, dtype)) for scale in scales if scale.weight is not None]

    def folded(self, statistics: Statistics) -> list[Affine]:
        """The linear maps of the network that batch norm with these statistics is folded into."""
        *hidden, output = self.linear
        parts = zip(hidden, self.scales, statistics, strict=True)
        return [*(fold(linear, scale, moments, EPS) for linear, scale, moments in parts), output]


def _layers(network: Network | ConvNet) -> tuple[list[nn.Module], list[nn.Module]]:
    """The hidden layers, linear or convolutions, and the normalizers behind them."""
    if isinstance(network, ConvNet):
        blocks = [cast(Block, block) for block in network.blocks]
        return [block.convolution for block in blocks], [block.normalizer for block in blocks]
    layers = [cast(Layer, layer) for layer in network.layers]
    return [layer.linear for layer in layers], [layer.normalizer for layer in layers]


def _affine(module: nn.Module, dtype: torch.dtype) -> Affine:
    """A copy of a module's weight and bias."""
    return Affine(*(cast(Tensor, part).detach().to(dtype, copy=True) for part in (module.weight, module.bias)))


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

    Layer by layer: what a layer is given is normalized already by the statistics found so far. As in train mode the
    variances are biased, Σ(x − μ)² / size.
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
def one_pass(weights: Weights, inputs: Tensor) -> Statistics:
    """What torch stores after one pass in train mode over all inputs as one batch: means and unbiased variances."""
    _, found = re_estimated(weights, inputs)
    unbiased = len(inputs) / (len(inputs) - 1)
    return [Moments(mean, var * unbiased) for mean, var in found]


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
    return share(right(logits, targets))


def right(logits: Tensor, targets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the examples are classified rightly, (example,)."""
    return np.asarray(logits.numpy().argmax(axis=1) == targets)


def share(found: NDArray[np.bool_]) -> float:
    """The share of those that are true."""
    return np.count_nonzero(found) / len(found)
