"""Each normalizer against the same made of torch's own modules, in float64: outputs, gradients, running statistics."""

from types import SimpleNamespace

import pytest
import torch

from bnviz import normalizers, registry
from bnviz.config import MAX_WIDTH

NAMES = list(registry.entries("normalizers"))
WIDTHS = (2, 3, 4, 5, 7, 8, 9, 12, 16, 61, 64)
STEPS = 5


@pytest.fixture
def twins(plain_normalizers):
    """Makes a normalizer and its twin, with the same γ and β drawn at random."""

    def make(name, width, eps=1e-5, momentum=0.1):
        ours = normalizers.make(name, width).double()
        ours.eps = eps
        if ours.running_statistics:
            ours.momentum = momentum
        theirs = plain_normalizers[name](SimpleNamespace(width=width, eps=eps, momentum=momentum)).double()
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for parameter in ours.parameters():
                parameter.normal_(generator=generator)
        theirs.load_state_dict(ours.state_dict())
        return ours, theirs

    return make


def batch(size, width, seed):
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(size, width, generator=generator, dtype=torch.float64) + 1


def passed(module, inputs):
    """The output of a module and the gradients of its inputs, γ and β, for the same gradient of the output."""
    inputs = inputs.clone().requires_grad_()
    outputs = module(inputs)
    weights = batch(*inputs.shape, seed=99)
    return outputs, *torch.autograd.grad((outputs * weights).sum(), [inputs, *module.parameters()])


def assert_same(ours, theirs):
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_gradients_in_training_and_in_evaluation(twins, name, width):
    ours, theirs = twins(name, width)
    for step in range(STEPS):
        inputs = batch(2 + step, width, seed=step)
        assert_same(passed(ours, inputs), passed(theirs, inputs))
    inputs = batch(3, width, seed=50)
    assert_same(passed(ours.eval(), inputs), passed(theirs.eval(), inputs))


@pytest.mark.parametrize("eps", [1e-8, 0.1, 10.0])
@pytest.mark.parametrize("momentum", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_of_the_batches_after_some_steps(twins, name, momentum, eps):
    ours, theirs = twins(name, 8, eps, momentum)
    for step in range(STEPS):
        inputs = batch(6, 8, seed=step)
        assert_same(passed(ours, inputs), passed(theirs, inputs))
        kept, expected = ours.state_dict(), theirs.state_dict()
        assert kept.keys() == expected.keys()
        assert_same(kept.values(), expected.values())
    assert ours.running_statistics == ("num_batches_tracked" in kept)
    assert kept.get("num_batches_tracked", STEPS) == STEPS
    for module in (ours, theirs):
        module.eval()
    assert_same(passed(ours, inputs), passed(theirs, inputs))
    assert_same(ours.state_dict().values(), expected.values())  # evaluation keeps nothing


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_one_example_alone(twins, name, width):
    ours, theirs = twins(name, width)
    inputs = batch(1, width, seed=0)
    if ours.min_batch == 1:
        assert_same(passed(ours, inputs), passed(theirs, inputs))
    else:
        for module in (ours, theirs):
            with pytest.raises(ValueError, match=r"more than 1 value|2 examples or more"):
                module(inputs)
        assert_same([ours.running_mean, ours.running_var], [torch.zeros(width).double(), torch.ones(width).double()])
    assert_same(passed(ours.eval(), inputs), passed(theirs.eval(), inputs))


@pytest.mark.parametrize(
    ("width", "groups"), [(2, 1), (3, 1), (4, 2), (6, 3), (7, 1), (8, 4), (9, 3), (10, 2), (64, 4)]
)
def test_group_norm_has_up_to_four_equal_groups_of_more_than_one_unit(width, groups):
    assert normalizers.make("group", width).num_groups == groups


@pytest.mark.parametrize(("width", "size"), [(2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (8, 4), (9, 9), (15, 5), (64, 4)])
def test_instance_norm_has_channels_of_four_units_or_the_next_divisor_of_the_width(width, size):
    assert normalizers.make("instance", width).num_groups == width // size


@pytest.mark.parametrize("name", ["group", "instance"])
def test_at_no_width_is_a_unit_normalized_by_itself_alone(name):
    for width in range(2, MAX_WIDTH + 1):
        assert normalizers.make(name, width).num_groups <= width // 2
