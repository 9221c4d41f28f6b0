"""Parameters in one tensor: the module's are views of it, and what is trained lies in few stretches."""

import pytest
import torch

from bnviz.networks import build
from bnviz.parameters import Parameters


def laid_out(small, normalizer="batch", **settings):
    network = build(small(normalizers=(normalizer,), **settings), 5, 3, torch.Generator().manual_seed(0))[normalizer]
    return network, Parameters(network)


def test_the_parameters_keep_their_values_and_are_views_of_one_tensor_from_then_on(small):
    before = {name: value.clone() for name, value in laid_out(small)[0].state_dict().items()}
    network, parameters = laid_out(small)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert len(parameters.values) == sum(parameter.numel() for parameter in network.parameters())
    parameters.values.zero_()
    assert not any(parameter.any() for parameter in network.parameters())
    network.load_state_dict(before)
    for name, parameter in network.named_parameters():
        assert torch.equal(parameters.part(parameters.values, name), parameter)
        assert parameters.part(parameters.values, name).data_ptr() == parameter.data_ptr()


def test_linear_maps_come_first_then_every_gamma_then_every_beta(small):
    network, parameters = laid_out(small)
    order = sorted(dict(network.named_parameters()), key=lambda n: parameters.part(parameters.values, n).data_ptr())
    kinds = ["normalizer.weight" in name or 2 * ("normalizer.bias" in name) for name in order]
    assert kinds == [0] * 8 + [1] * 3 + [2] * 3
    flat = torch.arange(len(parameters.values))
    affine = torch.cat([parameters.part(flat, name) for name in order if "normalizer" in name])
    assert torch.equal(flat[-len(affine) :], affine)
    assert parameters.affine_gradients.data_ptr() == parameters.gradients[-len(affine) :].data_ptr()


@pytest.mark.parametrize(("normalizer", "held", "stretches"), [
    ("none", (), 1), ("batch", (), 1), ("batch", (1, 2, 3), 1), ("batch", (2,), 3), ("batch", (3,), 2),
    ("rms", (1,), 2),
])  # fmt: skip
def test_trained_are_those_that_require_a_gradient_in_few_stretches(small, normalizer, held, stretches):
    network, parameters = laid_out(small, normalizer)
    for layer in held:
        network.layers[layer - 1].normalizer.requires_grad_(False)
    parameters.note_trained()
    assert len(parameters.trained) == stretches
    trained = torch.zeros(len(parameters.values), dtype=torch.bool)
    for place, values, gradients in parameters.trained:
        trained[place] = True
        assert values.data_ptr() == parameters.values[place].data_ptr()
        assert gradients.data_ptr() == parameters.gradients[place].data_ptr()
    for name, parameter in network.named_parameters():
        assert (parameters.part(trained, name) == parameter.requires_grad).all()


def test_a_network_stands_at_other_values_for_a_while_also_when_that_fails(small):
    network, parameters = laid_out(small)
    now, others = parameters.values.clone(), torch.rand_like(parameters.values)
    with parameters.standing_at(others):
        assert torch.equal(network.output.weight, parameters.part(others, "output.weight"))
    assert torch.equal(parameters.values, now)
    with pytest.raises(RuntimeError, match="shape"), parameters.standing_at(others):
        network.output(torch.zeros(1))
    assert torch.equal(parameters.values, now)
