"""The ledger of what was not finite, on made-up snapshots and on a run that diverges."""

import numpy as np

from bnviz import Config, Trainer
from bnviz.snapshot import Snapshot
from bnviz.words import LEDGER_FIELDS, ledger


def made(lost, diverged=None, step=300):
    values = {"lost/affine_output": np.array(lost, float)}
    return Snapshot(step, ("none", "batch"), Config().knobs, diverged or {}, {}, values)


def test_while_all_is_finite():
    finite = np.zeros((2, 3))
    assert ledger(made(finite)) == "Everything has been finite so far, in 300 steps."
    assert ledger(made(finite, step=1)) == "Everything has been finite so far, in 1 step."


def test_one_line_for_each_arm():
    lost = [[0, 0.25, 1], [0, 0, 0]]
    assert ledger(made(lost, {"none": (14, "layer 2, after the linear map")})).split("\n") == [
        "Without normalization: step 14, first in layer 2, after the linear map; "
        "2 of 3 layers hold values that are not finite now",
        "With batch norm: every loss was finite; 0 of 3 layers hold values that are not finite now",
    ]


def test_values_may_be_lost_while_every_loss_is_finite():
    _, batch = ledger(made([[0, 0, 0], [0, 0, 0.01]])).split("\n")
    assert batch == "With batch norm: every loss was finite; 1 of 3 layers hold values that are not finite now"


def test_a_loss_may_be_lost_while_every_layer_is_finite():
    plain, _ = ledger(made(np.zeros((2, 3)), {"none": (7, "the loss")})).split("\n")
    assert plain == (
        "Without normalization: step 7, first in the loss; 0 of 3 layers hold values that are not finite now"
    )


def test_the_output_has_its_article():
    assert "step 7, first in the output; 0 of 3 layers" in ledger(made(np.zeros((2, 3)), {"none": (7, "output")}))


def test_a_run_that_diverges():
    trainer = Trainer(Config(init="gain", learning_rate=10.0, device="cpu"))
    trainer.advance(10)
    snapshot = trainer.snapshot(LEDGER_FIELDS)
    step, place = snapshot.diverged["none"]
    finite = np.isfinite(trainer.snapshot(("std",)).std["affine_output"][0])
    assert not finite.all()
    assert ledger(snapshot).split("\n")[0] == (
        f"Without normalization: step {step}, first in {place}; "
        f"{np.count_nonzero(~finite)} of 6 layers hold values that are not finite now"
    )
