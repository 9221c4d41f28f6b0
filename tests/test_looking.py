"""Looking: what is not asked for is not computed, what several fields need is computed once, and no trace is left."""

import numpy as np
import pytest

from bnviz import Trainer, measuring
from bnviz.backpropagation import Explicit
from bnviz.measuring import HeldOut, Scales
from bnviz.networks import Network
from bnviz.snapshot import FIELDS, GHOSTS, OVER_TIME, SITES, TEXT_FIELDS, checked_fields
from bnviz.surface import Plane

GRADIENTS = ("gradient_rms", "update_ratio")
RECORDED = ("train_loss", "recent_loss", "drift", "ghost", "changes", *OVER_TIME[:2], *OVER_TIME[5:])
ONE_EACH = {"probe": 2, "Histogram": 8, "gradients": 2, "accuracy": 1, "running_accuracy": 1, "scales": 2, "surface": 2}
COSTS = {  # of two arms: calls of each instrument; all others are not called at all
    **{(name,): {} for name in (*RECORDED, "surface_x", "point_class")},
    RECORDED: {},
    **{(name,): {"gradients": 2} for name in GRADIENTS},
    GRADIENTS: {"gradients": 2},
    **{(name,): {"scales": 2} for name in Scales._fields},
    Scales._fields: {"scales": 2},
    ("test_accuracy",): {"accuracy": 1},
    ("test_accuracy", "test_accuracy_running", "accuracy_history", "accuracy_running_history"): {
        "accuracy": 1, "running_accuracy": 1
    },
    ("surface", "point_x", "surface_x"): {"surface": 2},
    ("mean", "std"): {"probe": 2},
    ("percentiles",): {"probe": 2, "Histogram": 8},
    ("dead", "saturated", "mean/activation"): {"probe": 2},
    ("density/activation",): {"probe": 2, "Histogram": 2},
    ("density", "underflow", "overflow", "nonfinite", "profile", "below", "above", "lost", "distance"): {
        "probe": 2, "Histogram": 8
    },
    ("words",): {"probe": 2, "accuracy": 1, "gradients": 2},
    ("words", "ledger", "gradient_rms", "test_accuracy", "std/affine_output"): {
        "probe": 2, "Histogram": 2, "accuracy": 1, "gradients": 2
    },
    ("ledger",): {"probe": 2, "Histogram": 2},
    FIELDS: ONE_EACH,
}  # fmt: skip


@pytest.fixture(scope="module")
def trainer(small):
    trainer = Trainer(small(placement="after", sgd_momentum=0.5, optimizer="adam", learning_rate=0.01))
    trainer.advance(13)
    trainer.change(gamma=1.5)
    return trainer


@pytest.fixture
def calls(monkeypatch):
    """How often each instrument has been used."""
    counted = {}

    def count(owner, name):
        original = getattr(owner, name)

        def counting(*arguments, **named):
            counted[name] = counted.get(name, 0) + 1
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    for owner, name in (
        (Explicit, "gradients"), (HeldOut, "probe"), (HeldOut, "accuracy"), (HeldOut, "running_accuracy"),
        (HeldOut, "scales"), (Plane, "surface"), (measuring, "Histogram"),
    ):  # fmt: skip
        count(owner, name)
    return counted


@pytest.mark.parametrize(("fields", "cost"), COSTS.items(), ids=lambda value: "+".join(value)[:60])
def test_only_what_is_asked_for_is_computed_and_only_once(trainer, calls, fields, cost):
    trainer.snapshot(fields)
    assert calls == cost


def test_what_is_recorded_or_fixed_costs_no_pass_through_a_network(trainer, monkeypatch):
    def refuse(*arguments, **named):
        raise AssertionError("a network was asked")

    for owner, name in ((Network, "measure"), (Network, "forward"), (Explicit, "gradients")):
        monkeypatch.setattr(owner, name, refuse)
    taken = trainer.snapshot((*RECORDED, "point_x", "point_y", "point_class", "surface_x", "surface_y"))
    assert "gamma_mean" not in taken.values
    with pytest.raises(AssertionError, match="a network was asked"):
        trainer.snapshot(("gamma_mean",))


def test_a_pass_for_one_site_serves_all_and_each_number_is_made_when_asked_for(trainer, calls):
    trainer.snapshot([f"mean/{site}" for site in SITES])
    assert calls == {"probe": 2}


def test_nothing_of_a_look_is_left_for_the_next(trainer, calls):
    for _ in range(3):
        trainer.snapshot(("gradient_rms", "density/activation"))
    assert calls == {"gradients": 6, "probe": 6, "Histogram": 6}


def test_what_one_look_has_measured_serves_all_its_snapshots(trainer, calls):
    look = trainer.look()
    first = look.snapshot(checked_fields(FIELDS))
    assert calls == ONE_EACH
    for path, value in first.values.items():
        again = look.snapshot((path,)).values[path]
        np.testing.assert_array_equal(value, again)
        if path not in TEXT_FIELDS:
            again.fill(7)  # what was handed out is nobody else's
    for path, value in look.snapshot(checked_fields(FIELDS)).values.items():
        np.testing.assert_array_equal(value, first.values[path])
    assert calls == ONE_EACH


def test_a_look_measures_a_site_once_more_for_a_number_that_it_has_not_made(trainer, calls):
    look = trainer.look()
    look.snapshot(("mean/activation", "density/activation"))
    look.snapshot(("std/activation", "density/activation"))
    assert calls == {"probe": 4, "Histogram": 2}


@pytest.mark.parametrize("path", sorted(set(FIELDS) - set(TEXT_FIELDS)))
def test_looking_leaves_all_that_is_kept_as_it_was_and_what_was_handed_out_is_nobody_elses(trainer, path):
    before = trainer.save()
    first = trainer.snapshot((path,)).values[path]
    expected = first.copy()
    first.fill(7)
    assert trainer.save() == before
    np.testing.assert_array_equal(trainer.snapshot((path,)).values[path], expected)


@pytest.mark.parametrize("name", TEXT_FIELDS)
def test_so_it_is_for_words(trainer, name):
    before = trainer.save()
    assert trainer.snapshot((name,)).values[name] == trainer.snapshot((name,)).values[name] != ""
    assert trainer.save() == before


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ((), {}), (("drift", "profile/activation"), {}), (("ghost/affine_output",), {"probe": 2, "Histogram": 8}),
        (("signal_ghost", "gradient_rms_ghost"), {"probe": 2, "gradients": 2}),
        (tuple(GHOSTS), {"probe": 2, "Histogram": 8, "gradients": 2}),
    ],
    ids="+".join,
)  # fmt: skip
def test_of_a_ghost_only_what_is_looked_at_is_computed_and_the_rest_is_not_drawn(small, calls, fields, cost):
    trainer = Trainer(small())
    trainer.advance(3)
    now = trainer.snapshot(GHOSTS.values()).values
    calls.clear()
    trainer.mark_ghost(fields=fields)
    assert calls == cost
    trainer.advance(3)
    found = trainer.snapshot(GHOSTS)
    assert found.ghost_step == 3
    for name, path in GHOSTS.items():
        brought = name.startswith("ghost/") and "ghost/affine_output" in fields  # one site brings the others
        if name in fields or brought:
            np.testing.assert_array_equal(found.values[name], now[path])
            continue
        nothing = np.full_like(now[path], 0 if name.startswith("ghost/") else np.nan)
        np.testing.assert_array_equal(found.values[name], nothing, strict=True)


def test_marking_a_ghost_and_taking_a_checkpoint_move_nothing_else(small, assert_identical):
    marked, other = (Trainer(small(sgd_momentum=0.5)) for _ in range(2))
    for one in (marked, other):
        one.advance(7)
    before = marked.checkpoint()
    assert marked.checkpoint() == before
    marked.mark_ghost()
    for one in (marked, other):
        one.advance(7)
    other.record.ghost = marked.record.ghost
    assert_identical(marked, other)
