"""The scale that a normalizer divides by: a difference of two x̂ times it is the difference of the inputs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bnviz import normalizers, registry

NAMES = list(registry.entries("normalizers"))


def by_unit(values):
    """(group and unit, example): what is normalized by the statistics of a batch."""
    return values.transpose(1, 2).flatten(0, 1)


def by_example(values):
    return values.flatten(0, 1)


def by_cut(values, size):
    """(group, example and cut, unit): neighbouring units, ``size`` of them."""
    return values.flatten().reshape(-1, size)


CUTS = {6: (2, 6), 7: (7, 7), 8: (2, 4), 9: (3, 9), 12: (3, 4)}  # width: units in a group, in a channel
SETS = {  # values that share their centre and their scale, one set a row
    "none": lambda values: values.flatten()[None],
    "batch": by_unit, "mean_only": by_unit, "variance_only": by_unit,
    "layer": by_example, "rms": by_example,
    "group": lambda values: by_cut(values, CUTS[values.shape[2]][0]),
    "instance": lambda values: by_cut(values, CUTS[values.shape[2]][1]),
}  # fmt: skip


def make(name, width, eps):
    """A normalizer in float64 that has seen a batch."""
    module = normalizers.make(name, width).double()
    module.eps = eps
    module(torch.randn(8, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 3 + 1)
    return module


def assert_scale(module, groups, running, sets):
    normalized, scale = module.normalized(groups, running), module.scale(groups, running)
    assert torch.broadcast_shapes(scale.shape, groups.shape) == groups.shape
    assert (scale > 0).all()
    inputs, normalized, scale = (sets(x.contiguous()) for x in (groups, normalized, scale.expand_as(groups)))
    assert torch.equal(scale, scale[:, :1].expand_as(scale))
    differences = (normalized - normalized[:, :1]) * scale
    torch.testing.assert_close(differences, inputs - inputs[:, :1], rtol=1e-9, atol=1e-9 * inputs.abs().max().item())


@pytest.mark.parametrize("eps", [1e-8, 1e-3, 10.0])
@pytest.mark.parametrize("width", CUTS)
@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_differences_of_the_normalized_times_the_scale_are_those_of_the_inputs(name, running, width, eps):
    groups = torch.from_numpy(np.random.default_rng(0).normal(1, 5, size=(3, 6, width)))
    assert_scale(make(name, width, eps), groups, running, SETS[name])


@pytest.mark.parametrize("name", NAMES)
@given(size=st.integers(2, 9), spread=st.floats(1e-3, 1e3), mean=st.floats(-10, 10), seed=st.integers(0, 2**32))
def test_so_they_are_for_inputs_of_any_size(name, size, spread, mean, seed):
    groups = torch.from_numpy(np.random.default_rng(seed).normal(mean, spread, size=(2, size, 8)))
    assert_scale(make(name, 8, 1e-5), groups, False, SETS[name])


@pytest.mark.parametrize("name", ["batch", "variance_only"])
def test_a_group_of_one_is_divided_by_the_root_of_epsilon(name):
    scale = make(name, 8, 0.25).scale(torch.ones(3, 1, 8, dtype=torch.float64), running=False)
    assert torch.equal(scale, torch.full((3, 1, 8), 0.5, dtype=torch.float64))


@pytest.mark.parametrize("name", ["batch", "variance_only"])
def test_running_statistics_give_the_same_scale_to_whoever_is_measured(name):
    module = make(name, 8, 0.25)
    scales = [module.scale(torch.full((2, 3, 8), fill, dtype=torch.float64), running=True) for fill in (0.0, 100.0)]
    assert torch.equal(*scales)
    torch.testing.assert_close(scales[0], (module.running_var + 0.25).sqrt())
