import itertools

import numpy as np
import pytest

from bnviz import Config, datasets, registry

NAMES = list(registry.entries("datasets"))
ARRAYS = ("train_inputs", "train_targets", "test_inputs", "test_targets")


def load(seed=0, **settings):
    return datasets.load(Config(**settings), np.random.default_rng(seed))


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_numbered_standardized_and_split(name):
    data = load(dataset=name)
    assert data.train_inputs.dtype == data.test_inputs.dtype == np.float32
    assert data.train_targets.dtype == data.test_targets.dtype == np.int64
    assert data.train_inputs.shape == (len(data.train_targets), data.features)
    assert data.test_inputs.shape == (len(data.test_targets), data.features)
    assert set(data.train_targets) == set(data.test_targets) == set(range(data.classes))
    np.testing.assert_allclose(data.train_inputs.mean(0, np.float64), 0, atol=1e-6)
    assert (data.train_inputs.std(0, dtype=np.float64) < 1 + 1e-5).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_the_generator_alone_decides(name, noise):
    one, same, other = (load(seed, dataset=name, noise=noise) for seed in (3, 3, 4))
    for array in ARRAYS:
        np.testing.assert_array_equal(getattr(one, array), getattr(same, array))
    assert not np.array_equal(one.train_inputs, other.train_inputs)


@pytest.mark.parametrize("name", NAMES)
def test_noise_has_the_spread_asked_for_and_moves_no_example_to_another_place(name):
    clean, noisy = load(dataset=name), load(dataset=name, noise=0.5)
    np.testing.assert_array_equal(noisy.train_targets, clean.train_targets)
    np.testing.assert_array_equal(noisy.test_targets, clean.test_targets)
    for part in ("train_inputs", "test_inputs"):
        added = getattr(noisy, part) - getattr(clean, part)
        assert getattr(noisy, part).dtype == np.float32
        assert added.std() == pytest.approx(0.5, rel=0.1)
        assert abs(added.mean()) < 0.05


@pytest.mark.parametrize("name", NAMES)
def test_noise_is_drawn_for_every_example_and_every_seed_anew(name):
    draws = []
    for seed in (3, 4):
        clean, noisy = load(seed, dataset=name), load(seed, dataset=name, noise=0.5)
        draws += [getattr(noisy, part)[:100] - getattr(clean, part)[:100] for part in ("train_inputs", "test_inputs")]
    for one, other in itertools.combinations(draws, 2):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.5


def test_a_split_standardizes_by_the_training_examples_and_loses_none():
    inputs = np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [10.0, 5.0]])
    targets = np.array([0, 1, 2, 3, 4])
    data = datasets.split(inputs, targets, test=2, floor=0.5, generator=np.random.default_rng(0))
    assert sorted([*data.train_targets, *data.test_targets]) == [0, 1, 2, 3, 4]
    assert data.classes == 5
    train = [inputs[target, 0] for target in data.train_targets]
    mean = sum(train) / 3
    std = (sum((x - mean) ** 2 for x in train) / 3) ** 0.5
    for standardized, its_targets in ((data.train_inputs, data.train_targets), (data.test_inputs, data.test_targets)):
        expected = [(inputs[target, 0] - mean) / (std + 0.5) for target in its_targets]
        np.testing.assert_allclose(standardized[:, 0], expected, rtol=1e-6)
        np.testing.assert_array_equal(standardized[:, 1], 0)
