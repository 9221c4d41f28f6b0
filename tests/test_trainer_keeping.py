"""Saving and restoring, and what happens when an arm diverges."""

import io
import pickle

import numpy as np
import pytest
import torch

from bnviz import Config, Trainer
from bnviz.snapshot import TEXT_FIELDS

# At this learning rate the plain network diverges within ten steps and batch norm goes on.
DIVERGING = {
    "dataset": "digits", "depth": 6, "width": 64, "activation": "relu", "init": "gain", "batch_size": 64,
    "learning_rate": 3.0, "device": "cpu",
}  # fmt: skip


def diverged(seed=0, normalizers=("none", "batch"), steps=12):
    trainer = Trainer(Config(**DIVERGING, seed=seed, normalizers=normalizers))
    trainer.advance(steps)
    return trainer


# ---------------------------------------------------------------------- save and restore


def trained(config, *course, dtype=torch.float32):
    """A trainer taken through numbers of steps and changes of knobs."""
    trainer = Trainer(config, dtype)
    for move in course:
        trainer.advance(move) if isinstance(move, int) else trainer.change(**move)
    return trainer


COURSES = {
    "at the start": ({}, ()),
    "between two points of the grid": ({}, (13,)),
    "on the grid": ({}, (20,)),
    "in the middle of a pass": ({}, (60,)),
    "with momentum": ({"sgd_momentum": 0.9}, (13,)),
    "with adam": ({"optimizer": "adam", "learning_rate": 0.01}, (13,)),
    "with adam and values set by hand": (
        {"optimizer": "adam", "learning_rate": 0.01}, (7, {"gamma": 2.0, "affine_layer": "2"}, 6)
    ),
    "with adam, changed and not stepped since": ({"optimizer": "adam", "learning_rate": 0.01}, (7, {"gamma": 2.0})),
    "with parts of batch norm": ({"normalizers": ("mean_only", "variance_only", "rms")}, (13,)),
    "with groups of units, adam": ({"normalizers": ("group", "instance"), "optimizer": "adam"}, (13,)),
    "with held values and momentum": ({"sgd_momentum": 0.9, "affine": "held", "gamma": 2, "affine_layer": 2}, (13,)),
    "with values set by hand": ({"sgd_momentum": 0.9}, (7, {"gamma": 2.0, "affine_layer": "2"}, 6)),
    "changed and not stepped since": ({"sgd_momentum": 0.9}, (7, {"gamma": 2.0, "eps": 0.1})),
    "after changes of knobs": (
        {},
        (5, {"batch_size": 20, "learning_rate": 0.3, "momentum": 0.5, "eps": 0.01}, 6,
         {"input_scale": 2, "input_shift": 1, "statistics": "running", "beta": 1, "affine": "held"}, 6,
         {"affine": "learned", "affine_layer": 1}, 3),
    ),
    "while it waits": ({}, (13, {"batch_size": 1})),
    "with noise": ({"noise": 0.5, "dataset": "digits"}, (13,)),
    "with thinned curves": ({"depth": 1, "width": 2, "normalizers": ("none",)}, (900,)),
}  # fmt: skip


@pytest.mark.parametrize(("settings", "course"), COURSES.values(), ids=COURSES)
def test_a_restored_run_goes_on_bit_by_bit(small, assert_identical, settings, course):
    trainer = trained(small(**{"normalizers": ("none", "batch", "layer")} | settings), *course)
    twin = Trainer.restore(trainer.save())
    assert_identical(twin, trainer)
    for steps, knobs in ((7, {"gamma": 1.5}), (10, {"affine": "held"}), (3, {})):
        for one in (twin, trainer):
            one.change(batch_size=24)
            one.advance(steps)
        assert_identical(twin, trainer)
        for one in (twin, trainer):
            one.change(**knobs)


def test_a_restored_run_goes_on_bit_by_bit_after_divergence(assert_identical):
    trainer = diverged()
    twin = Trainer.restore(trainer.save())
    assert twin.diverged == trainer.diverged != {}
    for one in (trainer, twin):
        one.advance(13)
    assert_identical(twin, trainer)


def test_a_run_in_double_precision_is_restored_in_double_precision(small, assert_identical):
    trainer = trained(small(), 13, dtype=torch.float64)
    twin = Trainer.restore(trainer.save())
    for one in (trainer, twin):
        one.advance(20)
    assert twin.networks["batch"].output.weight.dtype == torch.float64
    assert_identical(twin, trainer)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_saved_run_stays_where_it_was_saved(small, assert_identical, optimizer):
    trainer = trained(small(sgd_momentum=0.9, optimizer=optimizer), 13)
    saved = trainer.save()
    trainer.advance(20)
    first, second = Trainer.restore(saved), Trainer.restore(saved)
    first.advance(20)
    assert second.step == 13
    second.advance(20)
    assert_identical(first, trainer)
    assert_identical(second, trainer)


def test_a_restored_run_keeps_its_table(small, assert_identical, own_table):
    trainer = Trainer(small(dataset="table", table=own_table.digest), table=own_table)
    trainer.advance(13)
    twin = Trainer.restore(trainer.save())
    assert twin.table.digest == own_table.digest
    for one in (trainer, twin):
        one.advance(20)
    assert_identical(twin, trainer)
    assert Trainer.restore(twin.save()).table.digest == own_table.digest


class Executed:
    def __reduce__(self):
        return (pytest.fail, ("restoring executed what it was given",))


def test_restoring_executes_nothing():
    state = io.BytesIO()
    torch.save({"config": Executed()}, state)
    with pytest.raises(pickle.UnpicklingError):
        Trainer.restore(state.getvalue())


# ---------------------------------------------------------------------- divergence


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_diverged_arm_names_the_step_and_the_first_layer_that_is_not_finite(plain_run, seed):
    trainer = diverged(seed)
    step, place = trainer.snapshot().diverged["none"]
    assert set(trainer.diverged) == {"none"}

    losses = trainer.snapshot().loss_history[0]
    assert np.isfinite(losses[: step - 1]).all()
    assert not np.isfinite(losses[step - 1 :]).any()

    order = plain_run(trainer, "none")
    for _ in range(step):
        flowing, _ = order.batch()
    finite = []
    for layer in trainer.networks["none"].layers:
        pre_activation = layer.linear(flowing)
        finite.append(bool(pre_activation.isfinite().all()))
        flowing = torch.relu(pre_activation)  # which hides −∞
    assert place == f"layer {1 + finite.index(False)}, after the linear map"


@pytest.mark.parametrize("seed", [0, 1])
def test_the_finite_arm_goes_on_with_the_numbers_it_has_alone(seed):
    together, alone = diverged(seed, steps=25), diverged(seed, ("batch",), steps=25)
    assert not together.finished
    ours, theirs = together.snapshot(), alone.snapshot()
    assert (ours.step, theirs.diverged) == (25, {})
    of_all_arms = ("_steps", "_x", "_y", "_class", *TEXT_FIELDS)
    for name, value in theirs.values.items():
        if not name.endswith(of_all_arms) and not name.startswith("distance/"):
            np.testing.assert_array_equal(ours.values[name][1:], value, err_msg=name)


def test_the_diverged_arm_stands_still_and_is_counted_in_full():
    trainer = diverged()
    before = {name: value.clone() for name, value in trainer.networks["none"].state_dict().items()}
    trainer.advance(10)
    assert all(torch.equal(value, before[name]) for name, value in trainer.networks["none"].state_dict().items())
    snapshot = trainer.snapshot()
    for site in snapshot.density:
        outside = snapshot.underflow[site] + snapshot.overflow[site] + snapshot.nonfinite[site]
        np.testing.assert_array_equal(snapshot.density[site].sum(axis=2) + outside, 256 * 64)
    assert snapshot.nonfinite["affine_output"][0, -1] > 0
    assert np.isnan(snapshot.mean["affine_output"][0, -1])
    assert np.isnan(snapshot.drift[0, -1])
    assert np.isfinite(snapshot.drift[1]).all()


def test_a_run_is_finished_when_all_its_arms_have_diverged():
    assert not diverged(normalizers=("none",), steps=1).finished
    trainer = diverged(normalizers=("none",))
    assert trainer.finished
    trainer.advance(3)
    assert trainer.snapshot().step == 15


def test_a_diverged_arm_is_not_waited_for(small):
    """Weights that are not finite make batch norm diverge in its next step, "layer 1"; then one example is enough."""
    trainer = Trainer(small())
    with torch.no_grad():
        trainer.networks["batch"].layers[0].linear.weight.fill_(torch.nan)
    trainer.advance()
    assert trainer.diverged == {"batch": (1, "layer 1, its weights")}
    trainer.change(batch_size=1)
    assert trainer.waiting is None
    trainer.advance()
    assert np.isfinite(trainer.snapshot().train_loss[0])


@pytest.mark.parametrize(("bad", "loss"), [(torch.inf, np.nan), (-torch.inf, np.inf)])
def test_logits_that_overflow_are_named_the_output_whether_the_loss_is_infinite_or_not_a_number(small, bad, loss):
    trainer = Trainer(small(normalizers=("none",)))
    with torch.no_grad():
        trainer.networks["none"].output.bias[0] = bad
    trainer.advance()
    assert trainer.diverged == {"none": (1, "output")}
    np.testing.assert_array_equal(trainer.snapshot().train_loss, [loss])


def test_the_place_is_found_with_the_statistics_of_the_batch_as_in_training(small):
    trainer = Trainer(small(normalizers=("batch",)))
    with torch.no_grad():
        trainer.networks["batch"].normalizers[0].running_mean.fill_(torch.nan)
        trainer.networks["batch"].output.bias[0] = torch.inf
    trainer.advance()
    assert trainer.diverged == {"batch": (1, "output")}
