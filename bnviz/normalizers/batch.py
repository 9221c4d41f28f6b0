"""Batch norm.

Each unit is centred and scaled by its mean and variance over the examples of the batch.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bnviz.normalizers import Passes


class Normalizer(nn.BatchNorm1d):
    """torch's own ``BatchNorm1d``: biased variance forward, unbiased in the running estimate.

    y = γ (x − μ) / √(σ² + ε) + β, with μ and σ² over the examples of the batch, for each unit.

    Source: Ioffe & Szegedy 2015, algorithm 1, arXiv:1502.03167.
    """

    min_batch = 2
    running_statistics = True

    def moments(self, inputs: Tensor, running: bool) -> tuple[Tensor, Tensor]:
        """μ and σ² of each group of inputs (group, example, unit), or with ``running`` those of training."""
        if running:
            assert self.running_mean is not None
            assert self.running_var is not None
            return self.running_mean, self.running_var
        mean = inputs.mean(1, keepdim=True)
        biased_var = (inputs - mean).square().mean(1, keepdim=True)
        return mean, biased_var

    def normalized(self, inputs: Tensor, running: bool) -> Tensor:
        """x̂ of inputs (group, example, unit); a group of one has no variance and gives 0."""
        if running:
            mean, var = self.moments(inputs, running)
            return (inputs - mean) / (var + self.eps).sqrt()
        centred = inputs - inputs.mean(1, keepdim=True)
        return centred / (centred.square().mean(1, keepdim=True) + self.eps).sqrt()

    def scale(self, inputs: Tensor, running: bool) -> Tensor:
        """√(σ² + ε) of each unit in each group, or with ``running`` of each unit."""
        _, var = self.moments(inputs, running)
        return (var + self.eps).sqrt()

    def passes(self) -> Passes:
        """ATen's batch norm, which also moves the running statistics, and its backward pass."""
        weight, bias, mean, var, batches = (
            self.weight, self.bias, self.running_mean, self.running_var, self.num_batches_tracked
        )  # fmt: skip
        assert batches is not None
        aten_backward = torch.ops.aten.native_batch_norm_backward.default

        def forward(inputs: Tensor) -> tuple[Tensor, tuple[Any, ...]]:
            assert self.momentum is not None
            batches.add_(1)
            outputs, *kept = torch.native_batch_norm(inputs, weight, bias, mean, var, True, self.momentum, self.eps)
            return outputs, (inputs, *kept)

        def backward(gradient: Tensor, kept: tuple[Any, ...]) -> tuple[Tensor, ...]:
            inputs, *moments = kept
            found: tuple[Tensor, ...] = aten_backward(
                gradient, inputs, weight, mean, var, *moments, True, self.eps, (True, True, True)
            )
            return found

        return Passes(forward, backward)


class Part(Normalizer):
    """What has only a part of batch norm's arithmetic and all of its statistics.

    y = γ x̂ + β, where a subclass gives x̂ in its ``normalized``. Running statistics are kept as ``BatchNorm1d`` keeps
    them: r ← (1 − m) r + m · (mean or unbiased variance of the batch), with momentum m.
    """

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (example, unit); in training the running statistics move.

        Raises ValueError in training for a batch of one example, which has no variance.
        """
        if self.training:
            self._gather(inputs)
        return self.normalized(inputs[None], running=not self.training)[0] * self.weight + self.bias

    @torch.no_grad()
    def _gather(self, inputs: Tensor) -> None:
        if len(inputs) < self.min_batch:
            raise ValueError(
                f"statistics of a batch need {self.min_batch} examples or more in training, "
                f"got inputs of shape {tuple(inputs.shape)}: use a larger batch"
            )
        unbiased_var, mean = torch.var_mean(inputs, 0)
        for kept, new in ((self.running_mean, mean), (self.running_var, unbiased_var)):
            assert kept is not None
            assert self.momentum is not None
            kept.lerp_(new, self.momentum)
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1


def reference(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], beta: NDArray[np.float64], eps: float
) -> NDArray[np.float64]:
    """The output y for inputs (example, unit): mean and biased variance over the examples."""
    mean = inputs.mean(axis=0)
    biased_var = ((inputs - mean) ** 2).mean(axis=0)
    normalized = (inputs - mean) / np.sqrt(biased_var + eps)
    return np.asarray(gamma * normalized + beta)


def reference_backward(
    inputs: NDArray[np.float64], gamma: NDArray[np.float64], eps: float, output_gradient: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """dL/d inputs (example, unit), dL/dγ and dL/dβ (unit,), from dL/dy (example, unit).

    dβ = Σ dy, dγ = Σ dy x̂, dx = γ / (m s) · (m dy − dβ − x̂ dγ), with s = √(σ² + ε) and sums over the m examples.

    Source: Ioffe & Szegedy 2015, section 3, arXiv:1502.03167, whose six equations this is, with the sums carried out.
    """
    mean = inputs.mean(axis=0)
    biased_var = ((inputs - mean) ** 2).mean(axis=0)
    spread = np.sqrt(biased_var + eps)
    normalized = (inputs - mean) / spread
    beta_gradient = output_gradient.sum(axis=0)
    gamma_gradient = (output_gradient * normalized).sum(axis=0)
    examples = len(inputs)
    input_gradient = (gamma / (examples * spread)) * (
        examples * output_gradient - beta_gradient - normalized * gamma_gradient
    )
    return input_gradient, gamma_gradient, beta_gradient
