"""Batch norm of values (N, C), sequences (N, C, L) and maps (N, C, H, W): the reference against torch, in float64.

Every place of a sequence or a map is one more example of its channel. So the reference, which knows (example, unit),
is that of all three: the places are put beside the examples.
"""

import numpy as np
import pytest
import torch
from torch import nn

from bnviz.normalizers.batch import reference, reference_backward

CHANNELS = 3
PLACES = {"values": (), "sequences": (7,), "maps": (4, 5)}
MODULES = {"values": nn.BatchNorm1d, "sequences": nn.BatchNorm1d, "maps": nn.BatchNorm2d}
STEPS = 6


def drawn(layout, examples=6, seed=0):
    generator = np.random.default_rng(seed)
    spread = np.arange(1.0, CHANNELS + 1).reshape(CHANNELS, *[1] * len(PLACES[layout]))
    return generator.normal(2, 3, (examples, CHANNELS, *PLACES[layout])) * spread


def rows(values):
    """(example and place, channel)."""
    return np.moveaxis(values, 1, -1).reshape(-1, values.shape[1])


def placed(found, shape):
    """The inverse of ``rows``."""
    examples, channels, *places = shape
    return np.moveaxis(found.reshape(examples, *places, channels), -1, 1)


def module_of(layout, eps=1e-5, momentum=0.1):
    """The module of torch with γ and β drawn, which are also given."""
    gamma, beta = np.random.default_rng(1).normal(1, 0.5, (2, CHANNELS))
    module = MODULES[layout](CHANNELS, eps, momentum, dtype=torch.float64)
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(gamma))
        module.bias.copy_(torch.from_numpy(beta))
    return module, gamma, beta


def assert_forward_and_backward(layout, inputs, eps):
    module, gamma, beta = module_of(layout, eps)
    sent, leaf = drawn(layout, len(inputs), seed=9), torch.tensor(inputs, requires_grad=True)
    outputs = module(leaf)
    expected = torch.autograd.grad(outputs, [leaf, module.weight, module.bias], torch.from_numpy(sent))
    found = placed(reference(rows(inputs), gamma, beta, eps), inputs.shape)
    np.testing.assert_allclose(found, outputs.detach().numpy(), rtol=1e-11, atol=1e-11)
    input_gradient, *others = reference_backward(rows(inputs), gamma, eps, rows(sent))
    for mine, theirs in zip((placed(input_gradient, inputs.shape), *others), expected, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("eps", [1e-8, 1e-5, 1.0])
@pytest.mark.parametrize("examples", [2, 6, 64])
@pytest.mark.parametrize("layout", PLACES)
def test_forward_and_backward_are_torchs(layout, examples, eps):
    assert_forward_and_backward(layout, drawn(layout, examples), eps)


@pytest.mark.parametrize("momentum", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("layout", PLACES)
def test_running_statistics_and_evaluation_after_some_steps(layout, momentum):
    """As r ← (1 − momentum) r + momentum · (mean or unbiased variance), over all examples and places of a channel."""
    module, gamma, beta = module_of(layout, momentum=momentum)
    mean, var = np.zeros(CHANNELS), np.ones(CHANNELS)
    for step in range(STEPS):
        inputs = drawn(layout, 4 + step, seed=step)
        module(torch.from_numpy(inputs))
        mean = (1 - momentum) * mean + momentum * rows(inputs).mean(axis=0)
        var = (1 - momentum) * var + momentum * rows(inputs).var(axis=0, ddof=1)
    np.testing.assert_allclose(module.running_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(module.running_var, var, rtol=1e-12)
    inputs = drawn(layout, seed=50)
    evaluated = module.eval()(torch.from_numpy(inputs)).detach().numpy()
    expected = placed(gamma * (rows(inputs) - mean) / np.sqrt(var + 1e-5) + beta, inputs.shape)
    np.testing.assert_allclose(evaluated, expected, rtol=1e-11, atol=1e-11)
    alone = module(torch.from_numpy(inputs[:1])).detach().numpy()
    np.testing.assert_allclose(alone, expected[:1], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("layout", ["sequences", "maps"])
def test_one_example_alone_has_a_variance_over_its_places(layout):
    assert_forward_and_backward(layout, drawn(layout, examples=1), 1e-5)


@pytest.mark.parametrize("layout", PLACES)
def test_one_value_alone_is_refused_by_torch_and_is_beta_to_the_reference(layout):
    module, gamma, beta = module_of(layout)
    value = drawn(layout, examples=1)[tuple([slice(None)] * 2 + [slice(1)] * len(PLACES[layout]))]
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        module(torch.from_numpy(value))
    np.testing.assert_array_equal(reference(rows(value), gamma, beta, 1e-5), [beta])


@pytest.mark.parametrize("layout", PLACES)
def test_the_scale_of_a_channel_is_not_seen_and_neither_is_a_bias(layout):
    inputs, (_, gamma, beta) = rows(drawn(layout)), module_of(layout)
    sent, scale = rows(drawn(layout, seed=9)), np.array([0.01, 3.0, 200.0])
    moved = scale * inputs + np.array([5.0, -2.0, 1.0])
    np.testing.assert_allclose(reference(moved, gamma, beta, 0), reference(inputs, gamma, beta, 0), atol=1e-11)
    gradient, moved_gradient = (reference_backward(x, gamma, 0, sent)[0] for x in (inputs, moved))
    np.testing.assert_allclose(moved_gradient, gradient / scale, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose((moved_gradient * scale).sum(axis=0), 0, atol=1e-11)
