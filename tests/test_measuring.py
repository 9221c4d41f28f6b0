"""The numbers of a site, γ, β and gain, running against batch statistics, chance, and where it was not finite first."""

import copy
import math
from collections import Counter

import numpy as np
import pytest
import torch

from bnviz import Trainer, registry
from bnviz.measuring import Scales, first_nonfinite
from bnviz.normalizers.group import groups_of
from bnviz.normalizers.instance import channel_size
from bnviz.snapshot import SITES

ALL = tuple(registry.entries("normalizers"))
each_four = pytest.mark.parametrize("arms", [ALL[:4], ALL[4:]], ids="-".join)
RUNNING = ("batch", "mean_only", "variance_only")


def double(config):
    return Trainer(config, dtype=torch.float64)


# ---------------------------------------------------------------------- γ, β and gain


def normalizer_inputs(trainer, run, running):
    """For each layer the values (group, example, unit) that reach its normalizer in plain torch, from the probe."""
    found = [[] for _ in run.normalizers]
    network, size = copy.deepcopy(run), min(trainer.config.batch_size, 256)
    for normalizer, kept in zip(network.normalizers, found, strict=True):
        normalizer.register_forward_pre_hook(lambda _, inputs, kept=kept: kept.append(inputs[0].detach()))
    network.network.train(not running)
    for start in range(0, 256 - size + 1, size):
        network.network(network.test_inputs[start : start + size])
    return [torch.stack(groups).numpy() for groups in found]


def spread_over_blocks(values, blocks):
    """√(σ² + ε) without ε: the variance of each example over each of the blocks of its units, for every unit."""
    cut = values.reshape(*values.shape[:2], blocks, -1)
    return np.repeat(cut.var(axis=3), values.shape[2] // blocks, axis=2)


VARIANCES = {  # what the divisor's root is taken of, without ε, shape (group, example, unit)
    "batch": lambda v: np.broadcast_to(v.var(axis=1, keepdims=True), v.shape),
    "variance_only": lambda v: np.broadcast_to(v.var(axis=1, keepdims=True), v.shape),
    "layer": lambda v: spread_over_blocks(v, 1),
    "rms": lambda v: np.broadcast_to((v**2).mean(axis=2, keepdims=True), v.shape),
    "group": lambda v: spread_over_blocks(v, groups_of(v.shape[2])),
    "instance": lambda v: spread_over_blocks(v, v.shape[2] // channel_size(v.shape[2])),
}


@pytest.mark.parametrize("statistics", ["batch", "running"])
@pytest.mark.parametrize("placement", ["before", "after"])
@each_four
def test_gamma_beta_and_gain_are_those_of_plain_torch(small, plain_run, arms, placement, statistics):
    eps = 1e-2
    trainer = double(
        small(normalizers=arms, placement=placement, activation="tanh", statistics=statistics, eps=eps, init="gain")
    )
    runs = [plain_run(trainer, arm) for arm in arms]
    trainer.advance(12)
    snapshot = trainer.snapshot(fields=Scales._fields)
    for index, (arm, run) in enumerate(zip(arms, runs, strict=True)):
        for _ in range(12):
            run.step()
        inputs = normalizer_inputs(trainer, run, running=statistics == "running")
        for layer, (normalizer, values) in enumerate(zip(run.normalizers, inputs, strict=True)):
            found = {name: snapshot.values[name][index, layer] for name in Scales._fields}
            for name, part in (("gamma", "weight"), ("beta", "bias")):
                parameter = getattr(normalizer, part, None)
                numbers = np.array([math.nan]) if parameter is None else parameter.detach().numpy()
                assert found[f"{name}_mean"] == pytest.approx(sum(numbers) / len(numbers), rel=1e-7, nan_ok=True)
                assert found[f"{name}_std"] == pytest.approx(np.std(numbers), rel=1e-7, nan_ok=True)
            if arm == "none":
                assert math.isnan(found["gain_mean"])
                assert math.isnan(found["gain_std"])
                continue
            divisor = 1.0
            if arm in VARIANCES:
                variance = VARIANCES[arm](values)
                if statistics == "running" and arm in RUNNING:
                    variance = normalizer.running_var.numpy()
                divisor = np.sqrt(variance + eps)
            gains = np.broadcast_to(normalizer.weight.detach().numpy() / divisor, values.shape)
            assert found["gain_mean"] == pytest.approx(gains.mean(), rel=1e-7)
            assert found["gain_std"] == pytest.approx(gains.std(), rel=1e-7)


def test_the_gain_is_what_a_small_change_of_one_value_is_multiplied_by_in_evaluation_mode(small):
    """There the statistics stand still by themselves, so that the derivative is the gain."""
    trainer = double(small(normalizers=("batch",), statistics="running"))
    trainer.advance(12)
    snapshot = trainer.snapshot(fields=("gain_mean", "gain_std"))
    for layer, normalizer in enumerate(trainer.networks["batch"].normalizers):
        still = copy.deepcopy(normalizer).eval()
        values = torch.zeros(1, 16, dtype=torch.float64)
        gains = ((still(values + 1e-6) - still(values - 1e-6)) / 2e-6).detach().numpy()
        assert snapshot.gain_mean[0, layer] == pytest.approx(gains.mean(), rel=1e-8)
        assert snapshot.gain_std[0, layer] == pytest.approx(gains.std(), rel=1e-8)


def test_held_gamma_and_beta_have_no_spread_and_the_gain_follows_at_once(small):
    trainer = double(small(normalizers=("batch", "layer")))
    trainer.advance(5)
    trainer.change(gamma=1.0, beta=0.5, affine="held")
    before = trainer.snapshot(fields=Scales._fields)
    trainer.change(gamma=3.0)
    after = trainer.snapshot(fields=Scales._fields)
    np.testing.assert_array_equal(after.gamma_mean, 3)
    np.testing.assert_array_equal(after.beta_mean, 0.5)
    np.testing.assert_array_equal([after.gamma_std, after.beta_std], 0)
    np.testing.assert_allclose(after.gain_mean[:, 0], 3 * before.gain_mean[:, 0], rtol=1e-12)


# ---------------------------------------------------------------------- running against batch statistics


@pytest.mark.parametrize("steps", [0, 12])
@pytest.mark.parametrize("placement", ["before", "after"])
def test_running_statistics_are_compared_with_those_of_the_whole_probe_unit_by_unit(small, plain_run, placement, steps):
    arms = (*RUNNING, "layer")
    trainer = double(
        small(normalizers=arms, placement=placement, activation="tanh", batch_size=24, momentum=0.2, eps=1e-2)
    )  # with a smaller ε a division without centring drives tanh to its ends, where a unit has hardly any spread
    runs = [plain_run(trainer, arm) for arm in arms]
    trainer.advance(steps)
    snapshot = trainer.snapshot(fields=("running_mean_gap", "running_std_ratio"))
    for index, run in enumerate(runs[:-1]):
        for _ in range(steps):
            run.step()
        for layer, values in enumerate(normalizer_inputs(trainer, run, running=False)):
            kept, gaps, logs = run.normalizers[layer], [], []
            for unit in range(16):
                ours = values[:, :, unit].ravel()
                assert len(ours) == 240
                std = math.sqrt(sum((ours - ours.mean()) ** 2) / (len(ours) - 1))
                gaps.append((kept.running_mean[unit].item() - ours.mean()) / std)
                logs.append(math.log(math.sqrt(kept.running_var[unit].item()) / std))
            gap = math.sqrt(sum(gap**2 for gap in gaps) / 16)
            assert snapshot.running_mean_gap[index, layer] == pytest.approx(gap, rel=1e-7)
            assert snapshot.running_std_ratio[index, layer] == pytest.approx(math.exp(sum(logs) / 16), rel=1e-7)
    assert np.isnan(snapshot.running_mean_gap[-1]).all()
    assert np.isnan(snapshot.running_std_ratio[-1]).all()


def test_dead_units_have_no_part_in_the_comparison(small):
    trainer = double(small(normalizers=("batch",), placement="after", width=4))
    trainer.advance(5)
    layer = trainer.networks["batch"].layers[0]
    whole = trainer.snapshot(fields=("running_mean_gap",)).running_mean_gap[0, 0]
    with torch.no_grad():
        layer.linear.bias[1] = -1000
        layer.linear.weight[1] = 0
    snapshot = trainer.snapshot(fields=("dead", "running_mean_gap", "running_std_ratio"))
    assert snapshot.dead[0, 0] >= 0.25
    assert 0 < snapshot.running_mean_gap[0, 0] != whole
    assert np.isfinite([snapshot.running_mean_gap[0, 0], snapshot.running_std_ratio[0, 0]]).all()
    with torch.no_grad():
        layer.linear.bias.fill_(-1000)
        layer.linear.weight.fill_(0)
    snapshot = trainer.snapshot(fields=("dead", "running_mean_gap", "running_std_ratio"))
    assert snapshot.dead[0, 0] == 1
    assert np.isnan([snapshot.running_mean_gap[0, 0], snapshot.running_std_ratio[0, 0]]).all()


# ---------------------------------------------------------------------- the numbers of a site


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_shares_of_what_is_outside_not_finite_dead_or_saturated_are_those_of_loops(small, activation):
    trainer = double(small(normalizers=("none", "batch"), activation=activation, input_scale=50, init="gain"))
    with torch.no_grad():
        trainer.networks["none"].layers[1].linear.bias[3] = torch.nan
    snapshot = trainer.snapshot()
    flat = {"relu": lambda _: False, "tanh": lambda h: abs(h) > 0.97, "sigmoid": lambda h: h < 0.03 or h > 0.97}
    for index, arm in enumerate(("none", "batch")):
        network = trainer.networks[arm]
        for site in SITES:
            low, high = snapshot.edges[site][[0, -1]]
            values = trainer._held_out.probe(network, trainer.config, [site])[site]
            for layer, layer_values in enumerate(values):
                numbers = layer_values.ravel().tolist()
                shares = {
                    "below": sum(math.isfinite(v) and v < low for v in numbers),
                    "above": sum(math.isfinite(v) and v > high for v in numbers),
                    "lost": sum(not math.isfinite(v) for v in numbers),
                }
                for name, count in shares.items():
                    assert getattr(snapshot, name)[site][index, layer] == count / len(numbers)
        for layer, units in enumerate(trainer._held_out.probe(network, trainer.config, SITES)["activation"]):
            dead = np.mean([all(v <= 0 for v in unit) for unit in units.T.tolist()])
            saturated = np.mean([flat[activation](v) for v in units.ravel().tolist()])
            assert snapshot.dead[index, layer] == pytest.approx(dead if activation == "relu" else np.nan, nan_ok=True)
            expected = np.nan if activation == "relu" else saturated
            assert snapshot.saturated[index, layer] == pytest.approx(expected, nan_ok=True)
    assert snapshot.lost["pre_activation"][0].tolist() == [0, 1 / 16, 1]
    assert snapshot.lost["pre_activation"][1].tolist() == [0, 0, 0]


# ---------------------------------------------------------------------- chance


@pytest.mark.parametrize("dataset", ["digits", "spirals"])
def test_chance_is_the_share_of_the_most_frequent_class(small, plain_run, dataset):
    trainer = Trainer(small(dataset=dataset))
    targets = plain_run(trainer, "none").test_targets.tolist()
    assert trainer._held_out.chance == Counter(targets).most_common(1)[0][1] / len(targets)


# ---------------------------------------------------------------------- where it was not finite first


def set_weight(value):
    def spoil(layer):
        layer.linear.weight.data[0, 0] = value

    return spoil


def set_gamma(value):
    def spoil(layer):
        layer.normalizer.weight.data.fill_(value)

    return spoil


def overflow(layer):
    layer.linear.weight.data.fill_(3e38)


def nearly_overflow(layer):
    """Every value is finite, and their sum over the batch is not."""
    layer.linear.weight.data.fill_(0)
    layer.linear.bias.data.fill_(3e38)


def infinite_activation(layer):
    layer.activation = layer.activation_in_place = lambda values: values / 0


SPOILED = {
    "a weight": (set_weight(math.nan), "layer 2, its weights"),
    "γ": (set_gamma(math.inf), "layer 2, its weights"),
    "the linear map": (overflow, "layer 2, after the linear map"),
    "the mean": (nearly_overflow, "layer 2, after normalization, before γ and β"),
    "the product with γ": (set_gamma(3e38), "layer 2, after normalization, γ and β"),
    "the activation": (infinite_activation, "layer 2, after the activation"),
}


@pytest.mark.parametrize(("spoil", "place"), SPOILED.values(), ids=SPOILED)
def test_the_first_place_that_is_not_finite_is_named_and_stands_in_the_ledger(small, spoil, place):
    trainer = Trainer(small(normalizers=("batch",), activation="identity"))
    trainer.advance(3)
    spoil(trainer.networks["batch"].layers[1])
    trainer.advance(2)
    assert trainer.diverged == {"batch": (4, place)}
    assert f"step 4, first in {place};" in trainer.snapshot(fields=("ledger",)).ledger


def test_weights_come_before_values_and_layers_in_their_order(small):
    trainer = Trainer(small(normalizers=("none",)))
    first, second, third = trainer.networks["none"].layers
    overflow(first)
    set_weight(math.nan)(third)
    inputs = torch.ones(4, 2)
    assert first_nonfinite(trainer.networks["none"], inputs) == "layer 3, its weights"
    set_weight(math.inf)(second)
    assert first_nonfinite(trainer.networks["none"], inputs) == "layer 2, its weights"


@pytest.mark.parametrize(("bias", "place"), [(math.inf, "output"), (3e38, "the loss")])
def test_logits_and_the_loss_come_last(small, bias, place):
    trainer = Trainer(small(normalizers=("none",)))
    trainer.networks["none"].output.bias.data[:] = torch.tensor([bias, -bias])
    trainer.advance()
    assert trainer.diverged == {"none": (1, place)}
    assert "the the" not in trainer.snapshot(fields=("ledger",)).ledger
