"""Agreement: the package's NumPy reference beside torch's ``BatchNorm1d`` on one batch, in float64."""

import numpy as np
import torch
from torch import nn

from bnviz.normalizers import batch
from bnviz.transform.arithmetic import Steps
from bnviz.transform.draws import Floats
from bnviz.transform.words import say


def differences(steps: Steps, output_gradient: Floats) -> dict[str, float]:
    """The largest absolute difference between the two in y, dL/dx, dL/dγ and dL/dβ.

    Raises ValueError, torch's own, for a batch of one example.
    """
    module = nn.BatchNorm1d(1, eps=steps.eps, dtype=torch.float64)
    nn.init.constant_(module.weight, steps.gamma)
    nn.init.constant_(module.bias, steps.beta)
    inputs = torch.from_numpy(steps.x[:, None].copy()).requires_grad_()
    outputs = module(inputs)
    outputs.backward(torch.from_numpy(output_gradient[:, None].copy()))
    assert inputs.grad is not None
    assert module.weight.grad is not None
    assert module.bias.grad is not None

    gamma = np.array([steps.gamma])
    found = batch.reference_backward(steps.x[:, None], gamma, steps.eps, output_gradient[:, None])
    pairs = {
        "y": (steps.y, outputs.detach()[:, 0]),
        "dL/dx": (found[0][:, 0], inputs.grad[:, 0]),
        "dL/dγ": (found[1], module.weight.grad),
        "dL/dβ": (found[2], module.bias.grad),
    }
    return {name: float(np.abs(ours - theirs.numpy()).max()) for name, (ours, theirs) in pairs.items()}


def words(steps: Steps, output_gradient: Floats) -> str:
    """The differences in words; of a batch of one, what torch says."""
    try:
        found = differences(steps, output_gradient)
    except ValueError as refused:
        return f"PyTorch refuses a batch of one in training: “{refused}”. The formula itself gives y = β."
    listed = ", ".join(f"{say(value, 2)} in {name}" for name, value in found.items())
    return (
        f"On these {len(steps.x)} values the functions above and torch.nn.BatchNorm1d differ by at most {listed}. "
        "Numbers of 64 bits have 16 digits."
    )
