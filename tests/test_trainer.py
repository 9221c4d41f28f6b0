"""A trainer's run against the same run in plain torch, in float64; batches of one; what the opening shows."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from bnviz import Config, Trainer, registry

ALL = tuple(registry.entries("normalizers"))
ARMS = (ALL[:4], ALL[4:])  # as many as one run can have
each_four = pytest.mark.parametrize("arms", ARMS, ids="-".join)
OPTIMIZERS = {
    "plain": {"learning_rate": 0.05}, "with momentum": {"learning_rate": 0.02, "sgd_momentum": 0.9},
    "adam": {"learning_rate": 0.002, "optimizer": "adam"},
}  # fmt: skip
NETS = [  # every activation, placement and init at least once
    ("relu", "before", "torch"), ("relu", "after", "gain"), ("tanh", "before", "gain"), ("tanh", "after", "torch"),
    ("sigmoid", "before", "gain"), ("gelu", "after", "gain"), ("identity", "before", "torch"),
]  # fmt: skip


def double(config):
    return Trainer(config, dtype=torch.float64)


def losses_of(trainer, steps):
    """The loss of every arm at each of the next steps, (arm, step)."""
    found = []
    for _ in range(steps):
        trainer.advance()
        found.append(trainer.snapshot(fields=("train_loss",)).train_loss)
    return np.array(found).T


def assert_same_network(network, plain):
    """Weights, running statistics, and the output and gradients on a batch, in training and in evaluation."""
    network, reference = copy.deepcopy(network), copy.deepcopy(plain.network)
    inputs, targets = plain.test_inputs[:40], plain.test_targets[:40]
    for mode in (False, True):  # evaluation first: training moves the running statistics
        outputs, expected = network.train(mode)(inputs), reference.train(mode)(inputs)
        torch.testing.assert_close(outputs, expected, rtol=1e-7, atol=1e-9)
        for logits in (outputs, expected):
            cross_entropy(logits, targets).backward()
    ours, theirs = ([m for m in net.modules() if list(m.parameters(recurse=False))] for net in (network, reference))
    for one, other in zip(sorted(ours, key=kind), sorted(theirs, key=kind), strict=True):
        assert one.state_dict().keys() == other.state_dict().keys()
        for name, value in one.state_dict().items():
            torch.testing.assert_close(value, other.state_dict()[name], rtol=1e-7, atol=1e-9, msg=name)
        for mine, its in zip(one.parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(mine.grad, its.grad, rtol=1e-7, atol=1e-9)


def kind(module):
    """Linear maps first, normalizers then: their order within a layer differs with the placement."""
    return not isinstance(module, nn.Linear)


# ---------------------------------------------------------------------- the engine against torch


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("net", NETS, ids="-".join)
@each_four
def test_a_run_is_that_of_plain_torch(small, plain_run, arms, net, optimizer):
    activation, placement, init = net
    trainer = double(
        small(
            normalizers=arms, activation=activation, placement=placement, init=init,
            batch_size=400, momentum=0.3, eps=1e-3, **optimizer,
        )
    )  # fmt: skip
    plain = [plain_run(trainer, arm) for arm in arms]
    for arm, run in zip(arms, plain, strict=True):
        assert_same_network(trainer.networks[arm], run)
    losses = losses_of(trainer, 8)  # 1500 examples: three batches a pass
    np.testing.assert_allclose(losses, [[run.step() for _ in range(8)] for run in plain], rtol=1e-9)
    for arm, run in zip(arms, plain, strict=True):
        assert_same_network(trainer.networks[arm], run)


@pytest.mark.parametrize(
    ("arms", "steps"),  # a pass over the digits has 21 batches
    [
        (("none", "batch", "layer", "group"), 25), (("rms", "mean_only", "variance_only"), 25),
        (("instance",), 12),  # by then a change of 1e-15 in a weight has grown to 3e-12 in the loss, by 25 to 2e-6
    ],
)  # fmt: skip
def test_the_opening_run_is_that_of_plain_torch(plain_run, arms, steps):
    trainer = double(Config(normalizers=arms, device="cpu"))
    plain = [plain_run(trainer, arm) for arm in arms]
    losses = losses_of(trainer, steps)
    np.testing.assert_allclose(losses, [[run.step() for _ in range(steps)] for run in plain], rtol=1e-8)
    for arm, run in zip(arms, plain, strict=True):
        assert_same_network(trainer.networks[arm], run)


def test_scale_and_shift_of_the_inputs_are_those_of_plain_torch(small, plain_run):
    trainer = double(small(input_scale=3, input_shift=-0.5))
    plain = [plain_run(trainer, arm) for arm in trainer.networks]
    expected = [[run.step() for _ in range(10)] for run in plain]
    np.testing.assert_allclose(losses_of(trainer, 10), expected, rtol=1e-9)


@pytest.mark.parametrize("optimizer", [OPTIMIZERS["with momentum"], OPTIMIZERS["adam"]], ids=["momentum", "adam"])
@pytest.mark.parametrize(("arm", "part"), [("batch", "weight"), ("batch", "bias"), ("rms", "weight")])
def test_gamma_and_beta_set_by_hand_start_anew_and_the_rest_goes_on(small, plain_run, arm, part, optimizer):
    trainer = double(small(normalizers=(arm,), **optimizer))
    run = plain_run(trainer, arm)
    losses_of(trainer, 6)
    for _ in range(6):
        run.step()
    trainer.change(**{"weight": {"gamma": 2.0}, "bias": {"beta": -1.0}}[part], affine_layer=2)
    parameter = getattr(run.normalizers[1], part)
    del run.optimizer.state[parameter]
    nn.init.constant_(parameter, {"weight": 2.0, "bias": -1.0}[part])
    np.testing.assert_allclose(losses_of(trainer, 6)[0], [run.step() for _ in range(6)], rtol=1e-9)
    assert_same_network(trainer.networks[arm], run)


def test_held_gamma_and_beta_are_those_of_parameters_that_torch_does_not_train(small, plain_run):
    trainer = double(small(normalizers=("layer",), gamma=1.5, beta=0.25, affine="held"))
    run = plain_run(trainer, "layer")
    for normalizer in run.normalizers:
        nn.init.constant_(normalizer.weight, 1.5)
        nn.init.constant_(normalizer.bias, 0.25)
        normalizer.requires_grad_(False)
    np.testing.assert_allclose(losses_of(trainer, 10)[0], [run.step() for _ in range(10)], rtol=1e-9)


def test_single_precision_is_the_default_and_follows_double_for_a_while(small):
    trainer = Trainer(small())
    assert all(p.dtype == torch.float32 for network in trainer.networks.values() for p in network.parameters())
    np.testing.assert_allclose(losses_of(trainer, 5), losses_of(double(small()), 5), rtol=1e-4)


@pytest.mark.parametrize(("dataset", "placement"), [("digits", "before"), ("spirals", "after")])
@pytest.mark.parametrize("optimizer", [{"sgd_momentum": 0.5}, {"optimizer": "adam", "learning_rate": 0.01}], ids=str)
@each_four
def test_each_arm_learns(dataset, optimizer, placement, arms):
    config = Config(
        dataset=dataset, depth=2, width=32, normalizers=arms, init="gain", placement=placement, device="cpu",
        **optimizer,
    )  # fmt: skip
    trainer = Trainer(config)
    trainer.advance(300)
    chance = {"digits": 0.1, "spirals": 0.5}[dataset]
    assert (trainer.snapshot(fields=("test_accuracy",)).test_accuracy > chance + 0.1).all()


# ---------------------------------------------------------------------- a batch of one


def test_torch_refuses_a_batch_of_one_and_so_does_the_trainer_in_words(small):
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        nn.BatchNorm1d(3)(torch.zeros(1, 3))
    trainer = Trainer(small(batch_size=1))
    said = (
        "A batch of 1 has no variance, so “Batch norm” cannot train on it: "
        "more than one value per unit is needed. Choose a batch size of 2 or more."
    )
    assert trainer.waiting == said
    with pytest.raises(ValueError, match="no variance") as refused:
        trainer.advance()
    assert str(refused.value) == said


@pytest.mark.parametrize("arm", ["mean_only", "variance_only"])
def test_the_parts_of_batch_norm_wait_too_and_go_by_the_label_that_the_menu_has(small, arm):
    trainer = Trainer(small(batch_size=1, normalizers=("none", arm)))
    assert f"so “{registry.entries('normalizers')[arm].label}” cannot train on it" in trainer.waiting
    trainer.change(batch_size=2)
    assert trainer.waiting is None
    trainer.advance(2)


def test_a_run_that_waited_goes_on_as_if_it_had_not(small, assert_identical):
    waited, straight = Trainer(small()), Trainer(small())
    waited.advance(7)
    waited.change(batch_size=1)
    with pytest.raises(ValueError, match="batch size of 2 or more"):
        waited.advance(5)
    assert waited.snapshot().step == 7
    waited.change(batch_size=32)
    assert waited.waiting is None
    waited.advance(8)
    straight.advance(15)
    assert_identical(waited, straight)


@pytest.mark.parametrize("arm", ["batch", "mean_only"])
def test_a_batch_of_one_is_measured_as_beta(small, arm):
    trainer = double(small(batch_size=1, beta=0.5, affine="held", normalizers=(arm,)))
    snapshot = trainer.snapshot()
    np.testing.assert_array_equal(snapshot.mean["normalized"], 0)
    np.testing.assert_array_equal(snapshot.mean["affine_output"], 0.5)
    np.testing.assert_array_equal(snapshot.std["affine_output"], 0)
    assert snapshot.std["pre_activation"][0, 0] > 0
    assert np.isfinite(snapshot.test_accuracy).all()


@pytest.mark.parametrize("normalizers", [("none",), ("layer",), ("none", "rms", "group", "instance")])
def test_without_batch_norm_a_batch_of_one_is_trained_on_as_torch_does(small, plain_run, normalizers):
    trainer = double(small(batch_size=1, normalizers=normalizers))
    assert trainer.waiting is None
    expected = [[run.step() for _ in range(20)] for run in (plain_run(trainer, arm) for arm in normalizers)]
    np.testing.assert_allclose(losses_of(trainer, 20), expected, rtol=1e-9)


# ---------------------------------------------------------------------- what the opening shows


@pytest.mark.parametrize("seed", range(4))
def test_after_100_steps_of_the_opening_batch_norm_has_learned_and_the_plain_network_has_not(seed):
    trainer = Trainer(Config(seed=seed, device="cpu"))
    drifts = []
    for _ in range(10):
        trainer.advance(10)
        drifts.append(trainer.snapshot(fields=("drift",)).drift[:, -1])
    plain, batch = trainer.snapshot(fields=("test_accuracy",)).test_accuracy
    assert batch > 0.9
    assert plain < 0.5
    plain_drift, batch_drift = np.mean(drifts, axis=0)
    assert plain_drift > 1.5 * batch_drift


@pytest.mark.parametrize("dataset", ["digits", "spirals"])
def test_an_untrained_network_guesses(dataset):
    accuracy = Trainer(Config(dataset=dataset, device="cpu")).snapshot(fields=("test_accuracy",)).test_accuracy
    chance = {"digits": 0.1, "spirals": 0.5}[dataset]
    assert (np.abs(accuracy - chance) < 0.15).all()


def test_the_trainer_says_where_it_trains():
    assert (Trainer(Config(device="cpu")).device.type, Trainer(Config(device="cpu")).device_note) == ("cpu", "")
    missing = f"cuda:{min(torch.cuda.device_count(), 7)}"
    trainer = Trainer(Config(device=missing))
    assert trainer.device.type == "cpu"
    assert trainer.device_note.startswith(f"The device {missing} is not there")
    trainer.advance()
    assert math.isfinite(trainer.snapshot().train_loss[0])
