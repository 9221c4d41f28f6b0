"""Which values share a mean: by hand against torch in float64, and against what is told of companions."""

import numpy as np
import pytest
import torch
from torch import nn

from bnviz.convolution.normalized_axes import by_hand, by_torch, companions

NORMS = ("batch", "layer", "instance", "group")
MAPS = np.random.default_rng(0).normal(2, 3, (6, 4, 5, 3)) * np.arange(1, 5)[:, None, None]


LAYOUTS = {"values": MAPS[:, :, 0, 0], "sequences": MAPS[:, :, :, 0], "maps": MAPS, "one map": MAPS[:1]}
BY_RANK = {2: (nn.BatchNorm1d, None), 3: (nn.BatchNorm1d, nn.InstanceNorm1d), 4: (nn.BatchNorm2d, nn.InstanceNorm2d)}


CASES = [(norm, layout) for norm in NORMS for layout in LAYOUTS if (norm, layout) != ("instance", "values")]


@pytest.mark.parametrize("eps", [1e-5, 1e-8, 0.5])
@pytest.mark.parametrize(("norm", "layout"), CASES)
def test_by_hand_is_as_torchs_module(norm, layout, eps):
    values = LAYOUTS[layout]
    batch_norm, instance_norm = BY_RANK[values.ndim]
    module = {
        "batch": lambda: batch_norm(4, eps), "layer": lambda: nn.LayerNorm(values.shape[1:], eps),
        "instance": lambda: instance_norm(4, eps), "group": lambda: nn.GroupNorm(2, 4, eps),
    }[norm]().double()  # fmt: skip
    expected = module(torch.from_numpy(values)).detach().numpy()
    for found in (by_hand(norm, values, eps), by_torch(norm, values, eps)):
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_single_value_has_nothing_to_share_with_instance_norm():
    assert not by_hand("instance", LAYOUTS["values"]).any()


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("image", "channel"), [(0, 0), (2, 1), (5, 3)])
def test_companions_are_the_maps_whose_change_is_felt(norm, image, channel):
    """A map shares its mean with another exactly when its output changes with the other's values."""
    changed = MAPS.copy()
    changed[image, channel, 0, 0] += 7
    felt = (np.abs(by_hand(norm, changed) - by_hand(norm, MAPS)) > 1e-9).any(axis=(2, 3))
    np.testing.assert_array_equal(companions(norm, 6, 4, image, channel), felt)


def test_a_bias_before_batch_norm_cancels_and_before_the_others_it_need_not():
    bias = np.arange(4.0)[:, None, None]
    np.testing.assert_allclose(by_hand("batch", MAPS + bias), by_hand("batch", MAPS), atol=1e-12)
    assert np.abs(by_hand("layer", MAPS + bias) - by_hand("layer", MAPS)).max() > 0.01
