"""Where batches come from: distributions, and a layer of a network in training."""

import numpy as np
import pytest
import torch
from torch import nn

from bnviz.sources.transform import LAYERS, STEPS, UNITS, Config
from bnviz.transform import draws, learning

DISTRIBUTIONS = [name for name in Config.fields()["values"].range.options() if name != "network"]


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_larger_batch_holds_the_smaller_one(name):
    small, large = (draws.drawn(name, 3, size, 1.0, 2.0) for size in (5, 40))
    np.testing.assert_array_equal(small.values, large.values[:5])
    assert small.pool.shape == (draws.POOL,)
    assert np.sqrt((small.gradient**2).mean()) == pytest.approx(1)


@pytest.mark.parametrize("name", [name for name in DISTRIBUTIONS if name != "one_apart"])
def test_distributions_have_mean_0_and_spread_1(name):
    values = np.concatenate([draws.drawn(name, number, draws.POOL, 0.0, 1.0).values for number in range(1, 60)])
    assert values.mean() == pytest.approx(0, abs=0.02)
    assert values.std() == pytest.approx(1, abs=0.1)


def test_other_numbers_give_other_batches_and_the_same_number_the_same():
    one, other, again = (draws.drawn("normal", number, 8, 0.0, 1.0).values for number in (1, 2, 1))
    assert not np.isclose(one, other).any()
    np.testing.assert_array_equal(one, again)


def plain(network, inputs, targets, layer):
    """What a layer hands to its batch norm, and what comes back to it, in a network of torch's own modules."""
    modules = []
    for each in network.layers:
        linear, norm = nn.Linear(each.linear.in_features, UNITS), nn.BatchNorm1d(UNITS)
        linear.load_state_dict(each.linear.state_dict())
        norm.load_state_dict(each.normalizer.state_dict())
        modules.append(nn.Sequential(linear, norm, nn.ReLU()))
    output = nn.Linear(UNITS, network.output.out_features)
    output.load_state_dict(network.output.state_dict())
    twin = nn.Sequential(*modules, output).double().train()
    for mine, theirs in zip(twin.parameters(), network.parameters(), strict=False):
        assert mine.dtype == theirs.dtype == torch.float64
    for mine, each in zip(modules, network.layers, strict=True):  # in 64 bits, which loading has cut
        mine[0].load_state_dict(each.linear.state_dict())
        mine[1].load_state_dict(each.normalizer.state_dict())
    output.load_state_dict(network.output.state_dict())
    kept = {}

    def keep(module, given, made):
        made.retain_grad()
        kept["x"], kept["y"] = given[0], made

    hook = modules[layer - 1][1].register_forward_hook(keep)
    nn.functional.cross_entropy(twin(inputs), targets).backward()
    hook.remove()
    return kept["x"].detach().numpy(), kept["y"].grad.numpy()


@pytest.mark.parametrize(("step", "layer", "size"), [(0, 1, 16), (100, 2, 7), (STEPS, LAYERS, 64)])
def test_a_layers_values_and_gradients_are_those_of_torchs_own_modules(step, layer, size):
    values, gradients = learning.taken(step, layer, 5, size)
    networks, inputs, targets = learning.course()
    chosen = np.random.default_rng(5).permutation(len(inputs))[:size]
    x, sent = plain(networks[step // 10], inputs[chosen], targets[chosen], layer)
    np.testing.assert_allclose(values, x, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(gradients, sent, rtol=1e-8, atol=1e-13)


def test_the_network_learns():
    networks, inputs, targets = learning.course()
    losses = []
    with torch.no_grad():
        for network in (networks[0], networks[-1]):
            logits = network.logits(inputs[None], False)[0]
            losses.append(float(nn.functional.cross_entropy(logits, targets)))
    assert losses[1] < losses[0] / 10


def test_a_unit_is_one_of_a_layers_and_a_batch_of_one_is_possible():
    found = learning.batch(50, 2, 3, 1, 12)
    values, gradients = learning.taken(50, 2, 1, 12)
    np.testing.assert_array_equal(found.values, values[:, 2])
    np.testing.assert_allclose(found.gradient * found.arrived, gradients[:, 2], rtol=1e-12)
    alone = learning.batch(50, 2, 3, 1, 1)
    assert np.isfinite(alone.values).all()
    assert np.isfinite(alone.gradient).all()
