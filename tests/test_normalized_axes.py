"""Which values share a mean: by hand against torch in float64, and against what is told of companions."""

import numpy as np
import pytest
import torch

from bnviz.normalized_axes import by_hand, by_torch, companions

NORMS = ("batch", "layer", "instance", "group")
MAPS = np.random.default_rng(0).normal(2, 3, (6, 4, 5, 3)) * np.arange(1, 5)[:, None, None]


@pytest.mark.parametrize("norm", NORMS)
def test_by_hand_is_as_torchs_module(norm):
    module = {
        "batch": torch.nn.BatchNorm2d(4), "layer": torch.nn.LayerNorm((4, 5, 3)),
        "instance": torch.nn.InstanceNorm2d(4), "group": torch.nn.GroupNorm(2, 4),
    }[norm].double()  # fmt: skip
    expected = module(torch.from_numpy(MAPS)).detach().numpy()
    for found in (by_hand(norm, MAPS), by_torch(norm, MAPS)):
        np.testing.assert_allclose(found, expected, atol=1e-13)


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
