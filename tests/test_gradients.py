"""Gradients and the step to come: against a network of plain torch, its autograd and the step of torch.optim."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from bnviz import Trainer, registry
from bnviz.words.flow import RELU_GROWTH

ALL = tuple(registry.entries("normalizers"))
each_four = pytest.mark.parametrize("arms", [ALL[:4], ALL[4:]], ids="-".join)
OPTIMIZERS = {
    "plain": {"learning_rate": 0.05}, "with momentum": {"learning_rate": 0.02, "sgd_momentum": 0.9},
    "adam": {"learning_rate": 0.002, "optimizer": "adam"},
}  # fmt: skip
NETS = {"before": {"activation": "relu"}, "after": {"placement": "after", "activation": "tanh"}}
FIELDS = ("gradient_rms", "update_ratio")
SIZES = ("weight_gradient", "layer_growth", "growth")  # what else is said of the same gradients


def double(config):
    return Trainer(config, dtype=torch.float64)


def backward(run, inputs, targets):
    """The pre-activations of a training batch with their gradients; the weights have theirs too."""
    kept = []

    def keep(module, inputs, outputs):
        outputs.retain_grad()
        kept.append(outputs)

    hooks = [linear.register_forward_hook(keep) for linear in run.linears[:-1]]
    run.optimizer.zero_grad()
    cross_entropy(run.network(inputs), targets).backward()
    for hook in hooks:
        hook.remove()
    return kept


def sizes_of_gradients(pre_activations):
    return [np.sqrt(np.mean(z.grad.numpy() ** 2)) for z in pre_activations]


def ratios_of_step(run):
    """What a step really does to each hidden layer's linear weights, once ``backward`` has been asked."""
    before = [linear.weight.detach().clone().numpy() for linear in run.linears[:-1]]
    run.optimizer.step()
    after = [linear.weight.detach().numpy() for linear in run.linears[:-1]]
    return [np.log10(np.std(now - then) / np.std(then)) for then, now in zip(before, after, strict=True)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
@each_four
def test_they_are_those_of_the_last_batch_in_plain_torch(small, plain_run, arms, net, optimizer):
    """Before the first step, where the batch is the one that comes, and four steps later."""
    trainer = double(small(normalizers=arms, init="gain", eps=1e-3, input_scale=2, input_shift=0.5, **net, **optimizer))
    runs = [plain_run(trainer, arm) for arm in arms]
    start = trainer.snapshot(fields=(*FIELDS, *SIZES))
    trainer.advance(4)
    later = trainer.snapshot(fields=(*FIELDS, *SIZES))
    for index, run in enumerate(runs):
        batches = [run.batch() for _ in range(4)]
        assert_is(start, index, run, batches[0])
        for batch in batches[1:]:
            backward(run, *batch)
            run.optimizer.step()
        assert_is(later, index, run, batches[-1])


def assert_is(snapshot, index, run, batch):
    """The numbers of an arm are those of plain torch, which makes the step."""
    sizes = sizes_of_gradients(backward(run, *batch))
    np.testing.assert_allclose(snapshot.gradient_rms[index], sizes, rtol=1e-7)
    factors = [one / following for one, following in pairwise(sizes)]
    np.testing.assert_allclose(snapshot.layer_growth[index], [*factors, np.nan], rtol=1e-7)
    means = [math.prod(factors[layer:]) ** (1 / len(factors[layer:])) for layer in range(len(factors))]
    np.testing.assert_allclose(snapshot.growth[index], [*means, np.nan], rtol=1e-7)
    norms = [linear.weight.grad.norm() for linear in run.linears[:-1]]
    np.testing.assert_allclose(snapshot.weight_gradient[index], norms, rtol=1e-7)
    np.testing.assert_allclose(snapshot.update_ratio[index], ratios_of_step(run), rtol=1e-7)


def test_knobs_are_in_force_at_once(small, plain_run):
    trainer = double(small(normalizers=("batch",), eps=1e-3))
    run = plain_run(trainer, "batch")
    before = trainer.snapshot(fields=FIELDS)
    trainer.change(learning_rate=1)
    sooner = trainer.snapshot(fields=FIELDS)
    np.testing.assert_array_equal(sooner.gradient_rms, before.gradient_rms)
    np.testing.assert_allclose(sooner.update_ratio, before.update_ratio + 1, rtol=1e-12)
    trainer.change(input_scale=3, input_shift=1, eps=0.1, gamma=0.5, affine="held")
    inputs, targets = run.batch()
    for normalizer in run.normalizers:
        normalizer.eps = 0.1
        torch.nn.init.constant_(normalizer.weight, 0.5)
    run.optimizer.param_groups[0]["lr"] = 1
    snapshot = trainer.snapshot(fields=FIELDS)
    expected = sizes_of_gradients(backward(run, 3 * inputs + 1, targets))
    np.testing.assert_allclose(snapshot.gradient_rms[0], expected, rtol=1e-9)
    np.testing.assert_allclose(snapshot.update_ratio[0], ratios_of_step(run), rtol=1e-9)


@pytest.mark.parametrize("statistics", ["batch", "running"])
def test_they_are_measured_as_training_goes_however_the_probe_is(small, statistics):
    trainer = double(small(statistics=statistics))
    other = double(small())
    for one in (trainer, other):
        one.advance(5)
    for name in FIELDS:
        ours, theirs = (getattr(one.snapshot(fields=(name,)), name) for one in (trainer, other))
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_where_no_gradient_arrives_the_first_step_adds_nothing(small, optimizer):
    trainer = double(small(optimizer=optimizer))
    for network in trainer.networks.values():
        torch.nn.init.zeros_(network.output.weight)
    snapshot = trainer.snapshot(fields=FIELDS)
    np.testing.assert_array_equal(snapshot.gradient_rms, 0)
    np.testing.assert_array_equal(snapshot.update_ratio, -np.inf)


def test_momentum_goes_on_where_no_gradient_arrives(small):
    trainer = double(small(sgd_momentum=0.9, normalizers=("none",)))
    trainer.advance(3)
    network = trainer.networks["none"]
    torch.nn.init.zeros_(network.output.weight)
    snapshot = trainer.snapshot(fields=FIELDS)
    np.testing.assert_array_equal(snapshot.gradient_rms, 0)
    assert np.isfinite(snapshot.update_ratio).all()


def test_what_is_not_finite_gives_no_numbers_in_one_arm_and_leaves_the_other(small):
    trainer, untouched = double(small()), double(small())
    torch.nn.init.constant_(trainer.networks["none"].layers[1].linear.bias, torch.nan)
    snapshot, fine = (one.snapshot(fields=FIELDS) for one in (trainer, untouched))
    for name in FIELDS:
        ours, theirs = getattr(snapshot, name), getattr(fine, name)
        assert np.isnan(ours[0]).all()
        np.testing.assert_array_equal(ours[1], theirs[1])


def test_a_batch_of_one_is_measured_though_batch_norm_cannot_train_on_it(small):
    trainer = double(small(batch_size=1, normalizers=("batch", "layer")))
    snapshot = trainer.snapshot(fields=FIELDS)
    np.testing.assert_array_equal(snapshot.gradient_rms[0], 0)  # x̂ = 0, whatever came in
    assert (snapshot.gradient_rms[1] > 0).all()


def test_of_a_single_layer_nothing_grows(small):
    snapshot = double(small(depth=1)).snapshot(fields=SIZES)
    assert np.isnan(snapshot.growth).all()
    assert np.isnan(snapshot.layer_growth).all()


def test_where_no_gradient_arrives_growth_is_not_known(small):
    trainer = double(small())
    for network in trainer.networks.values():
        torch.nn.init.zeros_(network.output.weight)
    snapshot = trainer.snapshot(fields=SIZES)
    assert np.isnan(snapshot.growth).all()
    np.testing.assert_array_equal(snapshot.weight_gradient, 0)


def test_under_batch_norm_the_gradient_of_wide_relu_layers_grows_as_theory_says(small):
    """Yang et al. 2019, arXiv:1902.08129; not the first layer, whose inputs are no ReLU's."""
    wide = {"depth": 8, "width": 256, "batch_size": 512, "init": "gain", "dataset": "digits"}
    snapshot = Trainer(small(normalizers=("batch",), **wide)).snapshot(fields=("layer_growth",))
    assert snapshot.layer_growth[0, 1:-1].mean() == pytest.approx(RELU_GROWTH, rel=0.02)


def test_under_batch_norm_growth_does_not_know_the_size_of_the_starting_weights(small):
    found = [
        double(small(normalizers=("none", "batch"), depth=6, init="gain", init_gain=gain, eps=1e-8, activation="tanh"))
        .snapshot(fields=("growth",)).growth for gain in (1, 20)
    ]  # fmt: skip
    np.testing.assert_allclose(found[1][1], found[0][1], rtol=1e-4)
    assert found[1][0, 0] > 2 * found[0][0, 0]
