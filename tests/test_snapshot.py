import copy
import pickle

import numpy as np
import pytest

from bnviz import Trainer
from bnviz.config import FIELDS as CONFIG_FIELDS
from bnviz.snapshot import (
    FIELDS,
    LAYER_FIELDS,
    PLAIN_FIELDS,
    SITE_FIELDS,
    SITES,
    TEXT_FIELDS,
    axes,
    checked_fields,
)  # fmt: skip

ACTIVATIONS = list(CONFIG_FIELDS["activation"].range.options())


@pytest.fixture(scope="module")
def trainer(small):
    trainer = Trainer(small(normalizers=("none", "batch", "layer")))
    trainer.advance(12)
    return trainer


@pytest.fixture(scope="module")
def snapshot(trainer):
    return trainer.snapshot()


# ---------------------------------------------------------------------- axes


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_site_has_an_axis_around_zero(small, activation):
    found = axes(small(activation=activation))
    assert tuple(found) == SITES
    assert all(0 in axis.edges for axis in found.values())


@pytest.mark.parametrize(("activation", "low", "high"), [("tanh", -1, 1), ("sigmoid", 0, 1)])
def test_the_axis_of_a_bounded_activation_is_its_range(small, activation, low, high):
    edges = axes(small(activation=activation))["activation"].edges
    assert (edges[0], edges[-1]) == (low, high)


# ---------------------------------------------------------------------- which fields


def test_all_fields_are_asked_for_by_asking_for_none():
    assert checked_fields(None) == set(FIELDS)
    assert len(FIELDS) == len(PLAIN_FIELDS) + len(SITE_FIELDS) * len(SITES)


@pytest.mark.parametrize(
    ("asked", "paths"),
    [
        ((), set()),
        (("drift",), {"drift"}),
        (("mean",), {f"mean/{site}" for site in SITES}),
        (("mean/activation", "drift"), {"mean/activation", "drift"}),
    ],
)
def test_a_field_of_sites_stands_for_all_its_sites(asked, paths):
    assert checked_fields(asked) == paths


@pytest.mark.parametrize("name", ["", "loss", "density/", "density/middle", "/activation", "Drift", None, 3])
def test_an_unknown_field_is_refused_with_the_fields_there_are(name):
    with pytest.raises(ValueError, match=r"^a snapshot has no field '.*'; fields are train_loss, .*, distance$"):
        checked_fields([name])


@pytest.mark.parametrize("path", FIELDS)
def test_a_field_asked_for_alone_is_made_alone_and_as_among_the_others(trainer, snapshot, path):
    alone = trainer.snapshot(fields=(path,))
    assert list(alone.values) == [path]
    np.testing.assert_array_equal(alone.values[path], snapshot.values[path], strict=True)


def test_only_the_axes_of_the_sites_asked_for_are_given(trainer):
    assert set(trainer.snapshot(fields=("mean/activation",)).edges) == {"activation"}
    assert trainer.snapshot(fields=("drift",)).edges == {}


# ---------------------------------------------------------------------- shapes and attributes


def test_a_snapshot_tells_step_arms_and_knobs(trainer, snapshot):
    assert (snapshot.step, snapshot.arms) == (12, ("none", "batch", "layer"))
    assert snapshot.knobs == trainer.config.knobs
    assert snapshot.diverged == {}


def test_all_fields_are_made(snapshot):
    assert set(snapshot.values) == set(FIELDS)


def test_numbers_are_shaped_arm_layer_bin(snapshot):
    arms, depth = 3, 3
    for name in ("train_loss", "test_accuracy", "test_accuracy_running"):
        assert getattr(snapshot, name).shape == (arms,)
    assert snapshot.drift.shape == (arms, depth)
    for site in SITES:
        bins = len(snapshot.edges[site]) - 1
        for name in SITE_FIELDS:
            last = {"density": (bins,), "profile": (bins,), "ghost": (bins,), "percentiles": (3,)}.get(name, ())
            assert getattr(snapshot, name)[site].shape == (arms, depth, *last)
    for name in (*LAYER_FIELDS, "signal_ghost", "gradient_rms_ghost"):
        assert getattr(snapshot, name).shape == (arms, depth)
    rows = len(snapshot.grid_steps)
    assert snapshot.grid_steps.tolist() == snapshot.percentile_steps.tolist() == [0, 10]
    assert snapshot.drift_history.shape == (arms, depth, rows)
    assert snapshot.density_history.shape == (arms, rows, len(snapshot.edges["affine_output"]) - 1)
    assert snapshot.percentile_history.shape == (arms, 3, rows)
    assert snapshot.surface.shape == (arms, len(snapshot.surface_y), len(snapshot.surface_x))
    assert len(snapshot.point_x) == len(snapshot.point_y) == len(snapshot.point_class) == 256
    assert all(isinstance(getattr(snapshot, name), str) for name in TEXT_FIELDS)
    assert snapshot.loss_history.shape == (arms, len(snapshot.loss_steps))
    assert snapshot.accuracy_history.shape == (arms, len(snapshot.accuracy_steps))
    assert snapshot.accuracy_running_history.shape == (arms, len(snapshot.accuracy_steps))


def test_before_the_first_step_there_is_no_loss_and_a_snapshot_all_the_same(small):
    snapshot = Trainer(small()).snapshot()
    assert np.isnan(snapshot.train_loss).all()
    assert (snapshot.loss_steps.shape, snapshot.loss_history.shape) == ((0,), (2, 0))
    assert snapshot.accuracy_steps.tolist() == [0]
    assert snapshot.density["activation"].sum() > 0


def test_profile_below_and_above_are_those_of_the_density(small):
    trainer = Trainer(small(normalizers=("none",), input_scale=50))
    snapshot = trainer.snapshot()
    assert snapshot.above["pre_activation"].min() > 0
    for site in SITES:
        counts, under, over = snapshot.density[site], snapshot.underflow[site], snapshot.overflow[site]
        pile = axes(trainer.config)[site].pile
        others = counts if pile is None else np.delete(counts, pile, axis=2)
        peaks = np.maximum(others.max(axis=2, keepdims=True), 1)
        np.testing.assert_allclose(snapshot.profile[site], np.minimum(255 * counts / peaks, 255), atol=1)
        total = counts.sum(axis=2) + under + over + snapshot.nonfinite[site]
        np.testing.assert_array_equal(snapshot.below[site], under / total)
        np.testing.assert_array_equal(snapshot.above[site], over / total)


def test_a_field_that_was_not_asked_for_says_how_to_ask_for_it(trainer):
    snapshot = trainer.snapshot(fields=("train_loss",))
    for name in ("drift", "density"):
        with pytest.raises(AttributeError) as refused:
            getattr(snapshot, name)
        assert (
            str(refused.value) == f"this snapshot was taken without '{name}'; ask for it: snapshot(fields=('{name}',))"
        )


def test_a_field_that_does_not_exist_is_no_attribute(snapshot):
    with pytest.raises(AttributeError, match=r"^a snapshot has no field 'losses'$"):
        snapshot.losses  # noqa: B018


def test_a_snapshot_can_be_copied_and_sent(snapshot):
    for twin in (copy.deepcopy(snapshot), pickle.loads(pickle.dumps(snapshot))):
        assert twin.step == snapshot.step
        np.testing.assert_array_equal(twin.drift, snapshot.drift)


def test_a_snapshot_stays_as_it_was_while_training_goes_on(small):
    trainer = Trainer(small())
    trainer.advance(10)
    taken = trainer.snapshot()
    kept = copy.deepcopy(taken.values)
    trainer.change(gamma=3)
    trainer.advance(10)
    for name, value in taken.values.items():
        np.testing.assert_array_equal(value, kept[name], err_msg=name)
    assert taken.knobs["gamma"] == 1
