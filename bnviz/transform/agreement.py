"""Agreement: the package's NumPy reference beside torch's ``BatchNorm1d`` on one batch, in float64."""

import numpy as np
import torch
from torch import nn

from bnviz.normalizers import batch
from bnviz.transform.arithmetic import Steps
from bnviz.transform.draws import Floats
from bnviz.transform.words import say


def by_torch(steps: Steps, output_gradient: Floats) -> tuple[torch.Tensor, ...]:
    """y, dL/dx, dL/dγ and dL/dβ of one unit; ValueError, torch's own, for a batch of one example."""
    module = nn.BatchNorm1d(1, eps=steps.eps, dtype=torch.float64)
    nn.init.constant_(module.weight, steps.gamma)
    nn.init.constant_(module.bias, steps.beta)
    inputs = torch.tensor(steps.x[:, None], requires_grad=True)
    outputs = module(inputs)
    sent = torch.tensor(output_gradient[:, None])
    return outputs, *torch.autograd.grad(outputs, [inputs, module.weight, module.bias], sent)


def differences(steps: Steps, output_gradient: Floats) -> dict[str, float]:
    """The largest absolute difference between the two in y, dL/dx, dL/dγ and dL/dβ.

    Raises ValueError, torch's own, for a batch of one example.
    """
    gamma = np.array([steps.gamma])
    backward = batch.reference_backward(steps.x[:, None], gamma, steps.eps, output_gradient[:, None])
    ours = (steps.y[:, None], *backward)
    pairs = zip(("y", "dL/dx", "dL/dγ", "dL/dβ"), ours, by_torch(steps, output_gradient), strict=True)
    return {name: float(np.abs(mine - theirs.detach().numpy()).max()) for name, mine, theirs in pairs}


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
