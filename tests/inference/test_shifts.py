"""Shifts of images: turns, and what multiplies and is added."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bnviz.inference.shifts import Shift, rotation

IMAGES = torch.rand(3, 64, generator=torch.Generator().manual_seed(0)).double()
NOISE = torch.randn(3, 64, generator=torch.Generator().manual_seed(1)).double()


@pytest.mark.parametrize("quarters", [-1, 0, 1, 2, 4])
def test_quarter_turns_move_whole_pixels(quarters):
    turned = (IMAGES @ rotation(90 * quarters).t()).reshape(3, 8, 8)
    np.testing.assert_allclose(turned, np.rot90(IMAGES.reshape(3, 8, 8), quarters, axes=(1, 2)), atol=1e-12)


def by_hand(image, degrees):
    """Bilinear interpolation where each pixel comes from, pixel by pixel."""
    angle, found = np.deg2rad(degrees), np.zeros((8, 8))
    for row in range(8):
        for column in range(8):
            down, right = row - 3.5, column - 3.5
            r, c = (
                down * np.cos(angle) + right * np.sin(angle) + 3.5,
                right * np.cos(angle) - down * np.sin(angle) + 3.5,
            )
            for i in range(8):
                for j in range(8):
                    found[row, column] += max(0, 1 - abs(r - i)) * max(0, 1 - abs(c - j)) * image[i, j]
    return found


@pytest.mark.parametrize("degrees", [-75, 5, 30])
def test_other_turns_interpolate(degrees):
    turned = (IMAGES @ rotation(degrees).t())[0].reshape(8, 8)
    np.testing.assert_allclose(turned, by_hand(IMAGES[0].reshape(8, 8).numpy(), degrees), atol=1e-12)


@given(st.floats(0.1, 3), st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1))
def test_gain_offset_contrast_and_noise(gain, offset, contrast, noise):
    shifted = Shift(gain, offset, contrast, noise=noise).apply(IMAGES, NOISE)
    expected = gain * (0.5 + contrast * (IMAGES - 0.5)) + offset + noise * NOISE
    np.testing.assert_allclose(shifted, expected, atol=1e-12)


def test_contrast_of_minus_one_exchanges_black_and_white():
    np.testing.assert_allclose(Shift(contrast=-1).apply(IMAGES, NOISE), 1 - IMAGES, atol=1e-12)


def test_no_shift_is_none():
    assert Shift().is_none
    assert Shift().apply(IMAGES, NOISE) is IMAGES
    assert not any(Shift(**{name: 0.3}).is_none for name in ("gain", "offset", "contrast", "rotation", "noise"))
    assert Shift(gain=2, contrast=0.5, offset=-0.5).is_none  # these undo each other
