"""Both ways to the gradients against plain torch and its autograd, in float64, and side by side in one run."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from bnviz import Trainer, registry
from bnviz.backpropagation import ByAutograd, Explicit
from bnviz.config import FIELDS
from bnviz.normalizers import batch

ALL = tuple(registry.entries("normalizers"))
OPTIONS = {name: list(FIELDS[name].range.options()) for name in ("activation", "placement")}
NETS = list(itertools.product(*OPTIONS.values()))
OPTIMIZERS = {  # and how far rounding may take them apart: Adam divides what should be 0, such as 1e-16, by 1e-8
    "sgd": ({"learning_rate": 0.05, "sgd_momentum": 0.9}, 1e-13),
    "adam": ({"learning_rate": 0.002, "optimizer": "adam"}, 1e-9),
}


@pytest.fixture(scope="module")
def tiny(small):
    """A trainer in float64 of two narrow layers."""
    quick = {"depth": 2, "width": 8, "batch_size": 16, "examples": 100, "eps": 1e-3, "init": "gain"}
    return lambda **settings: Trainer(small(**(quick | settings)), dtype=torch.float64)


def named(run):
    """The parameters of the plain run by the names that they have in a trainer's network, with their gradients."""
    found = {}
    for number, linear in enumerate(run.linears):
        name = "output" if number == len(run.normalizers) else f"layers.{number}.linear"
        found |= {f"{name}.{part}": parameter for part, parameter in linear.named_parameters()}
    for number, normalizer in enumerate(run.normalizers):
        found |= {f"layers.{number}.normalizer.{part}": value for part, value in normalizer.named_parameters()}
    return found


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("net", NETS, ids="-".join)
@pytest.mark.parametrize("arms", [ALL[:4], ALL[4:]], ids="-".join)
def test_losses_gradients_and_steps_are_those_of_autograd(tiny, plain_run, arms, net, optimizer):
    settings, apart = optimizer
    trainer = tiny(normalizers=arms, **dict(zip(OPTIONS, net, strict=True)), **settings)
    assert all(isinstance(way, Explicit) for way in trainer._backpropagation.values())
    for arm in arms:
        run, parameters = plain_run(trainer, arm), trainer._parameters[arm]
        ours = dict(trainer.networks[arm].named_parameters())
        for _ in range(3):
            inputs, targets = run.batch()
            run.optimizer.zero_grad()
            loss = cross_entropy(run.network(inputs), targets)
            loss.backward()
            assert trainer._backpropagation[arm](inputs, targets) == pytest.approx(loss.item(), rel=1e-12)
            for name, theirs in named(run).items():
                gradient = parameters.part(parameters.gradients, name)
                torch.testing.assert_close(gradient, theirs.grad, rtol=1e-9, atol=apart, msg=name)
            run.optimizer.step()
            trainer._optimizers[arm].step(trainer.config.learning_rate, trainer.config.sgd_momentum)
            for name, theirs in named(run).items():
                torch.testing.assert_close(ours[name], theirs, rtol=1e-9, atol=apart, msg=name)


@pytest.mark.parametrize("batch_size", [1, 7])
def test_the_batch_may_have_any_size_and_another_one_at_each_step(tiny, plain_run, batch_size):
    trainer = tiny(normalizers=("none", "layer"))
    run = plain_run(trainer, "layer")
    expected = [run.step() for _ in range(2)]
    trainer.advance(2)
    trainer.change(batch_size=batch_size)
    run.config = trainer.config
    expected += [run.step() for _ in range(2)]
    trainer.advance(2)
    np.testing.assert_allclose(trainer.record.losses["loss"][:, 1], expected, rtol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_a_normalizer_without_passes_trains_by_autograd_beside_the_others(tiny, monkeypatch, activation):
    """Whatever is looked at on the way: what was made in inference mode must not get into autograd."""
    both = {"normalizers": ("none", "batch"), "activation": activation, "sgd_momentum": 0.5}
    explicit = tiny(**both)
    monkeypatch.delattr(batch.Normalizer, "passes")
    mixed = tiny(**both)
    assert [type(way) for way in mixed._backpropagation.values()] == [Explicit, ByAutograd]
    for steps, knobs in ((13, {"gamma": 2.0, "affine": "held"}), (9, {"affine": "learned"}), (3, {})):
        for trainer in (explicit, mixed):
            for _ in range(steps):
                trainer.advance()
                trainer.snapshot(fields=("gradient_rms", "update_ratio", "test_accuracy", "gain_mean", "profile"))
            trainer.change(**knobs)
        for name, value in explicit.networks["batch"].state_dict().items():
            torch.testing.assert_close(mixed.networks["batch"].state_dict()[name], value, rtol=1e-8, atol=1e-10)
    restored = Trainer.restore(mixed.save())
    for trainer in (mixed, restored):
        trainer.advance(11)
    for name, value in mixed.networks["batch"].state_dict().items():
        assert torch.equal(restored.networks["batch"].state_dict()[name], value)


def test_nothing_that_outlives_a_step_was_made_in_inference_mode(tiny):
    trainer = tiny(normalizers=("none", "batch", "rms", "variance_only"), optimizer="adam")
    trainer.advance(12)
    trainer.snapshot()
    kept = [trainer._batch]
    for arm, network in trainer.networks.items():
        parameters = trainer._parameters[arm]
        kept += [*network.state_dict().values(), parameters.values, parameters.gradients]
        kept += trainer._optimizers[arm].save().values()
    assert not any(tensor.is_inference() for tensor in kept)


@pytest.mark.parametrize("way", [Explicit, ByAutograd])
@pytest.mark.parametrize("spoiled", ["none", "batch"])
def test_where_the_loss_is_not_finite_the_gradients_are_left_as_they_were(tiny, way, spoiled):
    trainer = tiny()
    network, parameters = trainer.networks[spoiled], trainer._parameters[spoiled]
    torch.nn.init.constant_(network.output.bias, torch.nan)
    parameters.gradients.fill_(0.25)
    inputs, targets = torch.ones(4, 2, dtype=torch.float64), torch.tensor([0, 1, 0, 1])
    assert not np.isfinite(way(network, parameters)(inputs, targets))
    assert (parameters.gradients == 0.25).all()
