import numpy as np
import pytest

from bnviz import Config, datasets


@pytest.fixture(scope="module")
def data():
    return datasets.load(Config(dataset="digits"), np.random.default_rng(0))


def test_digits_are_1347_to_train_on_and_450_held_out_of_ten_classes(data):
    assert (data.train_inputs.shape, data.test_inputs.shape, data.classes) == ((1347, 64), (450, 64), 10)


def test_a_pixel_that_hardly_varies_stays_small_and_a_lively_one_has_spread_one(data):
    spread = data.train_inputs.std(0)
    assert spread.min() == 0  # a corner pixel that is always white
    assert np.median(spread) == pytest.approx(1, abs=0.05)


def test_a_seed_shuffles_and_standardizes_as_ever(data):
    """Written out in one piece: links that name a seed must go on showing the same networks."""
    from sklearn.datasets import load_digits

    images, targets = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(1797)
    train = images[order[450:]]
    expected = (images[order] - train.mean(0)) / (train.std(0) + 0.1)
    np.testing.assert_allclose(np.concatenate([data.test_inputs, data.train_inputs]), expected, rtol=1e-6)
    np.testing.assert_array_equal(np.concatenate([data.test_targets, data.train_targets]), targets[order])
