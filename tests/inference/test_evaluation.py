"""Outputs under stored, re-estimated and each batch's own statistics, against torch's modules in float64."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from bnviz.inference import estimates
from bnviz.inference.evaluation import (
    EPS,
    Weights,
    accuracy,
    in_batches,
    layer_norm,
    plain,
    re_estimated,
)  # fmt: skip
from bnviz.inference.folding import Moments
from bnviz.inference.shifts import Shift

DOUBLE = torch.float64


def sequence(network, make):
    """A network of this package as plain modules in float64, with ``make(normalizer)`` for each normalizer."""
    parts = []
    for layer in network.layers:
        parts += [copy.deepcopy(layer.linear), make(layer.normalizer), nn.ReLU()]
    return nn.Sequential(*parts, copy.deepcopy(network.output)).double()


def batch_norm(normalizer, momentum=1.0):
    norm = nn.BatchNorm1d(normalizer.num_features, EPS, momentum)
    norm.weight.data.copy_(normalizer.weight)
    norm.bias.data.copy_(normalizer.bias)
    return norm


@pytest.fixture(scope="module")
def inputs(full):
    return full.look().trained.examples.inputs.double()


@pytest.fixture
def batch(full):
    """Batch norm's network as torch's modules, in train mode, with momentum 1."""
    return sequence(full.trainer.networks["batch"], batch_norm).train()


def close(one, other, atol=1e-11):
    torch.testing.assert_close(one, other, rtol=0, atol=atol)


@torch.no_grad()
def test_without_normalization_and_with_layer_norm(full, inputs):
    plain_network, layer_network = (full.trainer.networks[arm] for arm in ("none", "layer"))
    found = plain(Weights(plain_network, DOUBLE).linear, inputs)
    close(found, sequence(plain_network, lambda _: nn.Identity())(inputs))
    found = layer_norm(Weights(layer_network, DOUBLE), inputs)
    close(found, sequence(layer_network, copy.deepcopy)(inputs))


@torch.no_grad()
def test_re_estimated_statistics_are_those_of_a_batch_of_all(full, inputs, batch):
    logits, statistics = re_estimated(Weights(full.trainer.networks["batch"], DOUBLE), inputs)
    close(logits, batch(inputs))
    count = len(inputs)
    norms = [part for part in batch if isinstance(part, nn.BatchNorm1d)]
    for norm, (mean, var) in zip(norms, statistics, strict=True):
        close(mean, norm.running_mean)
        close(var, norm.running_var * (count - 1) / count)


@torch.no_grad()
@pytest.mark.parametrize("size", [2, 32, 449])
def test_statistics_of_the_first_examples_serve_all(full, inputs, batch, size):
    logits, statistics = re_estimated(Weights(full.trainer.networks["batch"], DOUBLE), inputs, size)
    close(logits[:size], batch(inputs[:size]))
    close(logits, plain(Weights(full.trainer.networks["batch"], DOUBLE).folded(statistics), inputs), atol=1e-9)


@torch.no_grad()
def test_stored_statistics_folded_and_not(full, inputs, batch):
    batch(full.look().trained.examples.train_inputs.double())  # gathers, with momentum 1
    weights = Weights(full.trainer.networks["batch"], DOUBLE)
    statistics = [(part.running_mean, part.running_var) for part in batch if isinstance(part, nn.BatchNorm1d)]
    moments = [Moments(*pair) for pair in statistics]
    expected = batch.eval()(inputs)
    close(plain(weights.folded(moments), inputs), expected)
    linear = full.look().trained.linear
    close(linear.modules(weights, moments)(inputs), expected)
    close(linear.folded_modules(weights.folded(moments))(inputs), expected)


@pytest.mark.parametrize("momentum", [0.01, 0.1, 1.0])
def test_running_statistics_and_eval_outputs_after_some_steps_are_torchs_own(full, inputs, momentum):
    """In float64, while the weights move from step to step."""
    network = copy.deepcopy(full.trainer.networks["batch"]).double().train()
    for norm in network.normalizers:
        norm.reset_running_stats()
        norm.momentum = momentum
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    targets = torch.from_numpy(full.look().trained.examples.targets)
    means, unbiased_vars = [], []
    for first in range(0, 400, 20):
        batch = slice(first, first + 20)
        _, found = re_estimated(Weights(network, DOUBLE), inputs[batch])
        means.append(np.stack([mean.numpy() for mean, _ in found]))
        unbiased_vars.append(np.stack([var.numpy() * 20 / 19 for _, var in found]))
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(inputs[batch]), targets[batch]).backward()
        optimizer.step()
    running = [
        torch.from_numpy(estimates.average(np.stack(part), momentum, start))
        for part, start in ((means, estimates.START_MEAN), (unbiased_vars, estimates.START_VAR))
    ]
    for layer, norm in enumerate(network.normalizers):
        close(running[0][layer], norm.running_mean)
        close(running[1][layer], norm.running_var)
    stored = [Moments(*of) for of in zip(*running, strict=True)]
    with torch.no_grad():
        close(plain(Weights(network, DOUBLE).folded(stored), inputs), network.eval()(inputs), atol=1e-9)


@torch.no_grad()
@pytest.mark.parametrize("size", [2, 8, 64, 128, 450])
def test_train_mode_takes_each_batch_as_it_comes(full, batch, size):
    inputs = full.look().trained.examples.inputs
    found = in_batches(full.trainer.networks["batch"], inputs, size)
    expected = torch.cat([batch(part.double()) for part in inputs.split(size)])
    torch.testing.assert_close(found.double(), expected, rtol=1e-3, atol=1e-3)  # float32


@pytest.mark.parametrize("shift", [Shift(0.3, 0.7), Shift(3), Shift(offset=-1), Shift(contrast=0.2)])
def test_a_positive_scale_and_any_summand_are_undone(full, inputs, shift):
    assert shift.is_undone
    weights = Weights(full.trainer.networks["batch"], DOUBLE)
    before, after = (re_estimated(weights, images, eps=1e-30)[0] for images in (inputs, shift.apply(inputs, inputs)))
    close(after, before, atol=1e-9)


@pytest.mark.parametrize("shift", [Shift(contrast=-1), Shift(rotation=30), Shift(noise=0.3)])
def test_other_shifts_are_not(full, inputs, shift):
    assert not shift.is_undone
    weights = Weights(full.trainer.networks["batch"], DOUBLE)
    before, after = (re_estimated(weights, images)[0] for images in (inputs, shift.apply(inputs, inputs.flip(0))))
    assert (before - after).abs().max() > 1


def test_scales_are_those_of_the_normalizers_and_none_without(full):
    found = {arm: len(Weights(network).scales) for arm, network in full.trainer.networks.items()}
    assert found == {"none": 0, "batch": 3, "layer": 3}


def test_accuracy_counts():
    logits = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    assert accuracy(logits, np.array([0, 0, 1])) == pytest.approx(2 / 3)
