import numpy as np
import pytest

from bnviz.datasets import digits


def test_digits_are_1347_to_train_on_and_450_held_out_of_ten_classes():
    data = digits.load(np.random.default_rng(0))
    assert (data.train_inputs.shape, data.test_inputs.shape, data.classes) == ((1347, 64), (450, 64), 10)


def test_a_pixel_that_hardly_varies_stays_small_and_a_lively_one_has_spread_one():
    spread = digits.load(np.random.default_rng(0)).train_inputs.std(0)
    assert spread.min() == 0  # a corner pixel that is always white
    assert np.median(spread) == pytest.approx(1, abs=0.05)
