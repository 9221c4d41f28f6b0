"""Words for what the knobs do: they name what was measured."""

import re

import numpy as np
import pytest

from bnviz.transform import backward, bound, mates, walk
from bnviz.transform.arithmetic import Steps, Terms
from bnviz.transform.words import bracketed, say


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.125, "−0.125"), (1020.4, "1,020"), (1e-5, "1e−5"), (3.14159, "3.14"), (-2.5e-9, "−2.5e−9"),
     (1e7, "1e7"), (999.6, "1,000"), (0.1, "0.1"), (float("inf"), "∞"), (float("nan"), "no number")],
)  # fmt: skip
def test_numbers_read_as_in_a_calculation(value, text):
    assert say(value) == text


def test_a_negative_number_after_an_operator_has_brackets():
    assert (bracketed(-2.0), bracketed(2.0)) == ("(−2)", "2")


def steps_of(x=(1.0, 2.0, 6.0), gamma=1.5, beta=1.0, eps=1e-5):
    return Steps(np.array(x), gamma, beta, eps)


def numbers_in(text):
    return [float(found) for found in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?", text.replace("−", "-"))]


def test_the_calculation_has_the_values_own_numbers():
    lines = walk.cell(steps_of(), 2).split("\n")
    assert lines[0] == "Example 3 of 3: x = 6"
    assert lines[1] == "1. μ = Σx / m = 9 / 3 = 3"
    assert lines[2] == "2. σ² = Σ(x − μ)² / m = 14 / 3 = 4.67"
    assert lines[3].endswith("= 3 / 2.16 = 1.39")
    assert lines[4] == "4. y = γ x̂ + β = 1.5 × 1.39 + 1 = 3.08"


def test_what_the_knobs_do():
    assert "1.5 / 2.16 = 0.694" in walk.said(steps_of())
    assert "mean 1, and β is 1; spread 1.5" in walk.said(steps_of())
    assert "in reverse order" in walk.said(steps_of(gamma=-1.0))
    assert "a batch of one".casefold() in walk.said(steps_of(x=(2.0,))).casefold()
    assert "no gradient" in walk.said(steps_of(gamma=0.0))
    assert "= 0.211 in place of 1" in walk.said(steps_of(eps=100.0))
    assert "x̂ is −1 and 1" in walk.said(steps_of(x=(2.0, 5.0)))


def test_what_moved():
    before, after = steps_of(x=(1.0, 2.0, 6.0)), steps_of(x=(1.0, 5.0, 6.0))
    text = mates.words(before, after, 1)
    assert "from 2 to 5" in text
    assert "from 3 to 4" in text  # the mean
    assert "the other 2, and yet all of their outputs moved" in text
    assert "stands where it was" in mates.words(before, before, 1)
    assert "no batch-mates" in mates.words(steps_of(x=(1.0,)), steps_of(x=(3.0,)), 0)


def test_the_bound_and_the_share_between_0_and_1():
    text = bound.words(steps_of(x=(0.0, 0.0, 0.0, 8.0)))
    assert "√(4 − 1) = 1.73; here the largest is 1.73, 100%" in text
    assert "0% of these x̂ lie between 0 and 1, 75% are negative" in text
    assert "34% lie there" in text


def test_what_is_taken_away_from_the_gradient():
    steps = steps_of()
    sent = np.array([1.0, -1.0, 3.0])
    terms = Terms(steps.normalized, sent)
    text = backward.words(steps, terms, 0, 1.0)
    removed = ((sent - terms.total) ** 2).sum() / (sent**2).sum()
    assert f"take away {100 * removed:.0f}%" in text
    assert "with the sum 3 in units" in text
    assert "Nothing is left" in backward.words(steps, Terms(steps.normalized, np.ones(3)), 0, 1.0)
    assert "0.25 in this network" in backward.words(steps, terms, 0, 0.25)
