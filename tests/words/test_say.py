"""The line that says what is to be seen, on made-up snapshots: one for each state, and any numbers whatever."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz import Config, registry
from bnviz.snapshot import Snapshot
from bnviz.words import FIELDS, LONGEST, say

NAN, INF = math.nan, math.inf
CHANCE = 0.1
NORMALIZERS = sorted(registry.entries("normalizers"))


def made(accuracy, arms=("none", "batch"), *, step=300, diverged=None, loss=0.5, drift=NAN, **layers):
    """A snapshot of three layers in which nothing is remarkable but what is given: numbers for each arm."""

    def rows(value):
        return np.broadcast_to(np.asarray(value, float), (len(arms), 3)).copy()

    deepest = np.broadcast_to(np.asarray(drift, float), len(arms))
    values = {
        "test_accuracy": np.array(accuracy, float),
        "recent_loss": np.broadcast_to(np.asarray(loss, float), len(arms)).copy(),
        "drift": np.column_stack([np.full((len(arms), 2), 9.0), deepest]),
        "std/affine_output": rows(layers.pop("spread", 1)),
        "gradient_rms": rows(layers.pop("gradient", 1)),
        "dead": rows(layers.pop("dead", NAN)),
        "saturated": rows(layers.pop("saturated", NAN)),
    }
    assert not layers
    assert set(values) == set(FIELDS)
    return Snapshot(step, tuple(arms), Config().knobs, diverged or {}, {}, values)


def said(*args, **values):
    return say(made(*args, **values), CHANCE, None)


def test_while_the_run_waits_it_says_why():
    assert say(made([NAN, NAN], step=0), CHANCE, "A batch of 1 has no variance.") == "A batch of 1 has no variance."


# ---------------------------------------------------------------------- before the first step


@pytest.mark.parametrize(
    ("last", "ending"),
    [
        (0.02, "shrinks by a factor of 50 without normalization, and it stays within a factor of 3 with batch norm."),
        (70, "grows by a factor of 70 without normalization, and it stays within a factor of 3 with batch norm."),
        (0, "shrinks to nothing without normalization, and it stays within a factor of 3 with batch norm."),
        (2.9, "stays within a factor of 3 without normalization and with batch norm."),
        (0.34, "stays within a factor of 3 without normalization and with batch norm."),
        (NAN, "stays within a factor of 3 with batch norm."),
    ],
)
def test_at_the_start_it_tells_the_change_of_spread(last, ending):
    text = said([0.1, 0.1], step=0, spread=[[1, 5, last], [1, 1, 1]])
    assert text == f"Nothing has been learned yet. From layer 1 to layer 3 the spread of the values {ending}"


def test_at_the_start_without_any_spread_there_is_nothing_to_tell():
    assert said([0.1, 0.1], step=0, spread=0) == "Nothing has been learned yet."


# ---------------------------------------------------------------------- diverged


def test_when_all_diverged():
    text = said([NAN, NAN], diverged={"none": (14, "layer 3"), "batch": (90, "output")})
    assert text == (
        "Training ended where the loss was not finite: without normalization at step 14, with batch norm at step 90. "
        "Nothing trains any more."
    )


def test_when_one_diverged_the_other_is_told_of():
    text = said([NAN, 0.95], diverged={"none": (14, "layer 3")}, loss=[NAN, 0.12], drift=[NAN, 0.04])
    assert text == (
        "Training ended where the loss was not finite: without normalization at step 14. "
        "With batch norm 95% of the held-out examples are right, and the training loss is 0.12. "
        "In ten steps the deepest layer drifted by 0.04 with batch norm."
    )


def test_a_diverged_arm_is_not_compared_even_if_its_outputs_are_finite():
    text = said([0.9, 0.1], diverged={"batch": (14, "layer 3")})
    assert "without normalization 90%" in text.lower()
    assert "10%" not in text


def test_outputs_that_are_not_finite_before_the_loss_is():
    text = said([NAN, 0.95])
    assert text.startswith("Some outputs are not finite: without normalization. With batch norm 95%")


# ---------------------------------------------------------------------- learning


def test_a_single_arm():
    text = said([0.95], arms=("batch",), loss=0.12, drift=0.04)
    assert text == (
        "With batch norm 95% of the held-out examples are right, and the training loss is 0.12. "
        "In ten steps the deepest layer drifted by 0.04 with batch norm."
    )


def test_a_single_arm_that_guesses():
    assert "11% of the held-out examples are right, hardly better than guessing (10%)" in said([0.11], arms=("none",))


def test_neither_better_than_guessing():
    text = said([0.11, 0.09])
    assert text == (
        "Neither network is much better than guessing (10%): 11% right without normalization, 9% right with batch norm."
    )


@pytest.mark.parametrize("arms", [("none", "batch"), ("batch", "none")])
def test_one_far_ahead_of_one_that_guesses(arms):
    accuracy = {"none": 0.11, "batch": 0.95}
    assert said([accuracy[arm] for arm in arms], arms=arms) == (
        "With batch norm 95% of the held-out examples are right; without normalization 11%, "
        "hardly better than guessing (10%)."
    )


def test_one_ahead_by_more_than_five_points():
    assert said([0.82, 0.95]) == (
        "With batch norm 95% of the held-out examples are right, without normalization 82%: 13 points fewer."
    )
    assert said([0.95, 0.82]).startswith("Without normalization 95%")


def test_one_slightly_ahead():
    assert said([0.92, 0.96]) == (
        "Slightly ahead: with batch norm 96% of the held-out examples are right, without normalization 92%."
    )


def test_no_difference_needs_like_accuracy_and_like_drift_well_above_chance():
    assert said([0.95, 0.96], drift=[0.04, 0.05]) == (
        "Equally accurate, and drifting alike: with batch norm 96% of the held-out examples are right, "
        "without normalization 95%. "
        "The deepest layers drift about alike: 0.04 without normalization, 0.05 with batch norm."
    )
    for others in ({"drift": [0.04, 0.07]}, {"drift": NAN}):
        assert said([0.95, 0.96], **others).startswith("About equally accurate:")
    assert said([0.2, 0.21], drift=[0.04, 0.05]).startswith("About equally accurate:")


def test_of_three_or_more_the_best_and_the_worst():
    arms = ("none", "batch", "layer")
    assert said([0.11, 0.95, 0.97], arms=arms) == (
        "Of 3 networks; best with layer norm: 97% of the held-out examples are right; "
        "worst without normalization: 11%, hardly better than guessing (10%)."
    )
    assert said([0.96, 0.955, 0.97], arms=arms).startswith("3 networks, about equally accurate; best with layer norm")
    assert said([0.1, 0.1, 0.12], arms=arms) == "None of the 3 networks is much better than guessing (10%)."


# ---------------------------------------------------------------------- drift


def test_less_drift_with_batch_norm_is_told_without_praise():
    text = said([0.82, 0.95], drift=[0.35, 0.052], loss=[0.6, 0.2])
    assert text.endswith("The deepest layer drifts less with batch norm: 0.052 against 0.35.")


def test_less_drift_without_batch_norm_comes_with_what_else_was_measured():
    assert said([0.95, 0.97], drift=[0.002, 0.04], loss=[0.004, 0.1]).endswith(
        "Now the deepest layer drifts less without normalization: 0.002 against 0.04; "
        "that network's training loss is 0.004, so little is left to learn."
    )
    assert said([0.1, 0.95], drift=[0.002, 0.04], loss=[2.3, 0.1]).endswith(
        "less without normalization: 0.002 against 0.04; but that network is hardly better than guessing."
    )
    assert said([0.8, 0.95], drift=[0.002, 0.04]).endswith("less without normalization: 0.002 against 0.04.")


def test_less_drift_with_batch_norm_is_qualified_in_the_same_way():
    assert said([0.9, 0.13], drift=[0.16, 0.006], loss=[0.6, 2.3]).endswith(
        "; but that network is hardly better than guessing."
    )
    assert said([0.9, 0.97], drift=[0.16, 0.03], loss=[0.6, 0.01]).endswith("so little is left to learn.")


def test_both_stand_still():
    text = said([0.95, 0.98], drift=[0.004, 0.0])
    assert text.endswith(
        "The distributions of both deepest layers stand still (drift 0.004 without normalization, 0 with batch norm)."
    )


def test_drift_compares_the_plain_arm_with_batch_norm_or_the_first_two():
    drifts = {"layer": 0.9, "batch": 0.05, "none": 0.3}
    text = said([0.5] * 3, arms=tuple(drifts), drift=list(drifts.values()))
    assert text.endswith("less with batch norm: 0.05 against 0.3.")
    text = said([0.5] * 2, arms=("layer", "batch"), drift=[0.9, 0.05])
    assert text.endswith("less with batch norm: 0.05 against 0.9.")


# ---------------------------------------------------------------------- gradients and units


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        (1e-5, "Without normalization layer 3 gets 100,000 times the gradient of layer 1."),
        (7e-4, "Without normalization layer 3 gets 1,400 times the gradient of layer 1."),
        (1e-9, "Without normalization layer 3 gets over a million times the gradient of layer 1."),
        (0, "Without normalization no gradient reaches layer 1."),
    ],
)
def test_vanished_gradients(first, sentence):
    assert said([0.1, 0.95], gradient=[[first, 0.1, 1], [1, 1, 1]]).endswith(sentence)


@pytest.mark.parametrize("gradient", [[0.02, 0.1, 1], [0, 0, 0], [5, 1, 0.001], [NAN, 1, 1], [1e-9, 1, INF]])
def test_gradients_that_did_not_vanish(gradient):
    assert "gradient" not in said([0.1, 0.95], gradient=[gradient, [1, 1, 1]])


def test_layers_that_are_mostly_dead_or_saturated():
    text = said([0.1, 0.95], dead=[[0.1, 0.7, 0.6], [0.5, 0.5, 0.5]])
    assert text.endswith("Without normalization, in layer 2, 70% of the units are dead.")
    text = said([0.1, 0.95], saturated=[[NAN] * 3, [0.1, 0.2, 0.8]])
    assert text.endswith("With batch norm, in layer 3, 80% of the activations are saturated.")
    assert "dead" not in said([0.1, 0.95], dead=0.5)


# ---------------------------------------------------------------------- any snapshot whatever


def any_number(most=None):
    return st.one_of(st.floats(0, most), st.sampled_from([NAN, INF, -INF, 0.0]))


@st.composite
def snapshots(draw):
    arms = tuple(draw(st.lists(st.sampled_from(NORMALIZERS), min_size=1, max_size=4, unique=True)))
    depth, shares = draw(st.integers(1, 4)), any_number(1)

    def numbers(shape, elements):
        flat = draw(st.lists(elements, min_size=math.prod(shape), max_size=math.prod(shape)))
        return np.array(flat).reshape(shape)

    layers = (len(arms), depth)
    values = {
        "test_accuracy": numbers(layers[:1], shares),
        "recent_loss": numbers(layers[:1], any_number()),
        **{name: numbers(layers, any_number()) for name in ("drift", "std/affine_output", "gradient_rms")},
        **{name: numbers(layers, shares) for name in ("dead", "saturated")},
    }
    diverged = {arm: (draw(st.integers(1, 10**9)), "layer 1") for arm in arms if draw(st.booleans())}
    return Snapshot(draw(st.integers(0, 10**9)), arms, Config().knobs, diverged, {}, values)


@given(snapshots(), st.floats(0, 1))
def test_there_is_always_something_to_say_in_words_and_in_brief(snapshot, chance):
    text = say(snapshot, chance, None)
    assert 0 < len(text) <= LONGEST
    assert text[0].isupper()
    assert text.endswith(".")
    assert "nan" not in text.lower()
    assert "inf" not in text.lower()
    assert text.count(". ") <= 2


@given(snapshots(), st.floats(0, 1))
def test_it_promises_no_cause(snapshot, chance):
    """Less drift is never given as the reason for better learning."""
    assert not {"because", "thanks", "therefore", "causes"} & set(say(snapshot, chance, None).split())


@pytest.mark.parametrize("arm", NORMALIZERS)
def test_an_arm_is_named_by_its_label_within_a_sentence(arm):
    text = said([0.9], arms=(arm,))
    label = registry.entries("normalizers")[arm].label
    assert text.lower().startswith("without normalization " if arm == "none" else f"with {label.lower()} ")
