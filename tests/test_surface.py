"""The decision surface against torch's own evaluation mode, cell by cell."""

import copy

import numpy as np
import pytest
import torch

from bnviz import Trainer
from bnviz.networks import build
from bnviz.surface import CELLS, Plane

FIELDS = ("surface", "surface_x", "surface_y", "point_x", "point_y", "point_class")
ARMS = ("none", "batch", "layer", "variance_only")


def logits_by_cell(network, plane_x, plane_y, scale=1.0, shift=0.0):
    """Logits (y, x, class) in evaluation mode, all cells as one list of points."""
    points = [[x * scale + shift, y * scale + shift] for y in plane_y for x in plane_x]
    with torch.no_grad():
        logits = copy.deepcopy(network).eval()(torch.tensor(points, dtype=torch.float64))
    return logits.reshape(len(plane_y), len(plane_x), -1).numpy()


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (2.0, -0.5)])
def test_with_two_classes_it_is_the_probability_of_the_second_in_evaluation_mode(small, scale, shift):
    config = small(normalizers=ARMS, input_scale=scale, input_shift=shift, learning_rate=0.5)
    trainer = Trainer(config, dtype=torch.float64)
    trainer.advance(60)
    snapshot = trainer.snapshot(fields=FIELDS)
    assert (snapshot.surface.dtype, snapshot.surface.shape) == (np.uint8, (4, CELLS, CELLS))
    for index, arm in enumerate(ARMS):
        logits = logits_by_cell(trainer.networks[arm], snapshot.surface_x, snapshot.surface_y, scale, shift)
        probability = 1 / (1 + np.exp(logits[..., 0] - logits[..., 1]))
        np.testing.assert_array_equal(snapshot.surface[index], np.round(255 * probability))
        assert len(np.unique(snapshot.surface[index])) > 20


@pytest.mark.parametrize(("classes", "seed"), [(3, 0), (5, 3)])  # three classes at least are decided for
@pytest.mark.parametrize("arm", ["none", "batch"])
def test_with_more_classes_it_is_the_class_decided_for_spread_evenly(small, classes, seed, arm):
    generator = torch.Generator().manual_seed(seed)
    config = small(normalizers=(arm,), init="gain", init_gain=2)
    network = build(config, 2, classes, generator, torch.float64)[arm]
    points = torch.randn(300, 2, generator=generator, dtype=torch.float64)
    plane = Plane(points, torch.arange(300) % classes, classes)
    decided = logits_by_cell(network, plane.x, plane.y).argmax(2)
    assert len(np.unique(decided)) >= 3
    np.testing.assert_array_equal(plane.surface(network, config), np.round(255 * decided / (classes - 1)))


def test_the_grid_reaches_a_little_beyond_the_held_out_points(small, plain_run):
    trainer = Trainer(small(), dtype=torch.float64)
    points = plain_run(trainer, "none").test_inputs.numpy()
    snapshot = trainer.snapshot(fields=FIELDS)
    for column, along in enumerate((snapshot.surface_x, snapshot.surface_y)):
        low, high = points[:, column].min(), points[:, column].max()
        edge = 0.08 * (high - low)
        np.testing.assert_allclose(along, np.linspace(low - edge, high + edge, CELLS), rtol=1e-12)


def test_the_points_are_the_first_held_out_ones_with_their_classes(small, plain_run):
    trainer = Trainer(small(noise=0.5, input_scale=7), dtype=torch.float64)
    run = plain_run(trainer, "none")
    snapshot = trainer.snapshot(fields=FIELDS)
    np.testing.assert_array_equal(snapshot.point_x, run.test_inputs[:256, 0])
    np.testing.assert_array_equal(snapshot.point_y, run.test_inputs[:256, 1])
    np.testing.assert_array_equal(snapshot.point_class, run.test_targets[:256])
    few = Plane(run.test_inputs[:10], run.test_targets[:10], 2)
    assert [len(value) for value in few.points.values()] == [10, 10, 10]


def test_cells_whose_outputs_are_not_finite_are_in_the_middle_and_the_others_as_they_are(small):
    config = small(normalizers=("none",), depth=1, activation="identity")
    network = build(config, 2, 2, torch.Generator().manual_seed(0), torch.float64)["none"]
    state = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    state["layers.0.linear.weight"][0, 0] = 1e308
    state["output.weight"][1, 0] = 4  # 4e308 · x is infinite from |x| = 0.45 on
    network.load_state_dict(state)
    plane = Plane(torch.tensor([[-1.0, -1.0], [1.0, 1.0]], dtype=torch.float64), torch.tensor([0, 1]), 2)
    finite = np.abs(plane.x) < np.finfo(float).max / 1e308 / 4
    assert 10 < finite.sum() < CELLS - 10
    expected = np.where(finite, np.where(plane.x > 0, 255, 0), 128)
    np.testing.assert_array_equal(plane.surface(network, config), np.tile(expected, (CELLS, 1)))


def test_a_network_that_is_not_finite_at_all_has_a_surface_without_features(small):
    trainer = Trainer(small())
    torch.nn.init.constant_(trainer.networks["none"].layers[0].linear.weight, torch.nan)
    surface = trainer.snapshot(fields=("surface",)).surface
    assert (surface[0] == 128).all()
    assert (surface[1] != 128).any()


def test_inputs_that_are_no_points_of_the_plane_have_none(small):
    snapshot = Trainer(small(dataset="digits")).snapshot(fields=FIELDS)
    assert (snapshot.surface.shape, snapshot.surface.dtype) == ((2, 0, 0), np.uint8)
    assert [len(snapshot.values[name]) for name in FIELDS[1:]] == [0] * 5
