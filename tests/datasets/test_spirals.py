import numpy as np
import pytest

from bnviz.datasets import spirals


@pytest.fixture(scope="module")
def data():
    return spirals.load(np.random.default_rng(0))


def test_spirals_are_2000_points_of_two_classes_in_the_plane(data):
    assert (data.train_inputs.shape, data.test_inputs.shape, data.classes) == ((1500, 2), (500, 2), 2)
    assert np.bincount(np.concatenate([data.train_targets, data.test_targets])).tolist() == [1000, 1000]


def test_a_neighbour_tells_the_class_and_a_line_does_not(data):
    distance = np.linalg.norm(data.test_inputs[:, None] - data.train_inputs[None], axis=2)
    nearest = data.train_targets[distance.argmin(axis=1)]
    assert (nearest == data.test_targets).mean() > 0.95
    design = np.column_stack([data.train_inputs, np.ones(1500)])
    line = np.linalg.lstsq(design, 2 * data.train_targets - 1, rcond=None)[0]
    assert ((design @ line > 0) == data.train_targets).mean() < 0.75
