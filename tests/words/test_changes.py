"""The list of changes: in order, a movement of a hand in one line, bounded."""

import pytest

from bnviz.snapshot import Change
from bnviz.words import changes
from bnviz.words.changes import MOST, NEAR


def gamma(step, before, now):
    return Change(step, {"gamma": before}, {"gamma": now})


def test_without_changes_it_says_so():
    assert changes([]) == "No knob has been turned yet."


def test_changes_stand_the_newest_first_by_label_with_their_steps():
    log = [gamma(3, 1.0, 2.0), Change(500, {"eps": 1e-5, "affine": "held"}, {"eps": 0.1, "affine": "learned"})]
    assert changes(log).split("\n") == [
        "step 500: γ and β are held → learned",
        "step 500: ε 1e-05 → 0.1",
        "step 3: γ 1 → 2",
    ]


def test_a_drag_is_one_line_from_its_first_value_to_its_last():
    log = [Change(10, {"gamma": 1.0, "affine": "learned"}, {"gamma": 1.1, "affine": "held"})]
    log += [gamma(10 + k, 1 + k / 10, 1.1 + k / 10) for k in range(1, 6)]
    assert changes(log).split("\n") == ["step 10: γ and β are learned → held", "steps 10–15: γ 1 → 1.6"]


@pytest.mark.parametrize(("later", "lines"), [(NEAR, 1), (NEAR + 1, 2)])
def test_changes_far_apart_are_two(later, lines):
    assert len(changes([gamma(7, 1.0, 2.0), gamma(7 + later, 2.0, 3.0)]).split("\n")) == lines


def test_there_and_back_within_a_step_is_nothing_and_over_steps_is_said():
    assert changes([gamma(7, 1.0, 2.0), gamma(7, 2.0, 1.0)]) == "No knob has been turned yet."
    assert changes([gamma(7, 1.0, 2.0), gamma(9, 2.0, 1.0)]) == "steps 7–9: γ moved and put back to 1"


def test_what_did_not_change_is_not_listed():
    assert "β" not in changes([Change(1, {"gamma": 1.0, "beta": 0.0}, {"gamma": 2.0, "beta": 0.0})])


def test_the_list_is_bounded_and_says_what_it_leaves_out():
    lines = changes([gamma(100 * k, k, k + 1) for k in range(MOST + 3)]).split("\n")
    assert len(lines) == MOST + 1
    assert lines[0].startswith(f"step {100 * (MOST + 2)}:")
    assert lines[-1] == "and 3 before these"
