import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.fields import Choice, Digest, Field, Number, Several, listed, number_text

SLIDER = Number(-5, 5, step=0.1)
COUNT = Number(1, 50, integer=True)
STOPS = (0.01, 0.03, 0.1, 0.3, 1.0)
LOG = Number(0.01, 1, stops=STOPS)
COLOUR = Choice(lambda: {"red": "Red", "blue": "Blue", "3": "layer 3"})
COLOURS = Several(lambda: {"red": "Red", "blue": "Blue", "green": "Green"}, most=2)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2), Fraction(4, 2)])
def test_a_number_is_taken_in_its_own_type_whatever_kind_of_number_it_came_as(value):
    assert (SLIDER.check(value), type(SLIDER.check(value))) == (2.0, float)
    assert (COUNT.check(value), type(COUNT.check(value))) == (2, int)


@pytest.mark.parametrize("value", [True, "1", None, [1], {}, 1j, Decimal(1), math.nan, math.inf, -math.inf])
def test_a_number_refuses_what_is_no_finite_number(value):
    with pytest.raises(ValueError, match="must be a finite number, got "):
        SLIDER.check(value)


@pytest.mark.parametrize("value", [10**400, Fraction(-(10**400))], ids=["int", "fraction"])
def test_a_number_too_large_for_a_float_is_refused_as_any_other(value):
    with pytest.raises(ValueError, match="must "):
        SLIDER.check(value)


@pytest.mark.parametrize(
    ("allowed", "value", "message"),
    [
        (SLIDER, 5.1, "must lie between -5 and 5, got 5.1"),
        (SLIDER, -6, "must lie between -5 and 5, got -6"),
        (LOG, 0, "must lie between 0.01 and 1, got 0"),
        (COUNT, 2.5, "must be a whole number, got 2.5"),
        (COLOUR, "green", "must be one of red, blue, 3, got 'green'"),
        (COLOUR, True, "must be one of red, blue, 3, got True"),
        (COLOUR, ["red"], "must be one of red, blue, 3, got ['red']"),
        (COLOURS, ("red", "pink"), "must be taken from red, blue, green, got 'pink'"),
        (COLOURS, (["red"],), "must be taken from red, blue, green, got ['red']"),
        (COLOURS, (), "must be between 1 and 2 different names, got ()"),
        (COLOURS, ("red", "red"), "must be between 1 and 2 different names, got ('red', 'red')"),
        (COLOURS, ["red", "blue", "green"], "must be between 1 and 2 different names, got ('red', 'blue', 'green')"),
    ],
)
def test_a_refusal_states_the_rule_and_the_value(allowed, value, message):
    with pytest.raises(ValueError, match="must") as refused:
        allowed.check(value)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("allowed", "value", "nearest"),
    [
        (SLIDER, "1.5", 1.5),
        (SLIDER, "1.53", 1.5),
        (SLIDER, "0.3000001", 0.3),
        (SLIDER, "7", 5),
        (SLIDER, "-1e999", -5),
        (SLIDER, 10**400, "default"),
        (SLIDER, "nan", "default"),
        (SLIDER, True, "default"),
        (SLIDER, None, "default"),
        (SLIDER, "a lot", "default"),
        (COUNT, "2.6", 3),
        (COUNT, "-3", 1),
        (COUNT, "inf", 50),
        (LOG, "0", 0.01),
        (LOG, "-4", 0.01),
        (LOG, "0.019", 0.03),  # nearer to 0.01 by difference, to 0.03 by ratio
        (LOG, "99", 1.0),
        (COLOUR, "blue", "blue"),
        (COLOUR, 3, "3"),
        (COLOUR, "Blue", "default"),
        (COLOUR, [], "default"),
        (COLOURS, ("pink", "blue", "blue", None), ("blue",)),
        (COLOURS, "green", ("green",)),
        (COLOURS, ["green", "blue", "red"], ("green", "blue")),
        (COLOURS, (), "default"),
    ],
)
def test_a_value_is_mended_to_the_nearest_allowed_one_or_the_default(allowed, value, nearest):
    assert allowed.nearest(value, "default") == nearest


@given(st.floats(allow_nan=False) | st.floats(-6, 6))
def test_no_place_of_a_linear_slider_is_nearer_than_the_nearest(value):
    places = [tenths / 10 for tenths in range(-50, 51)]
    mended = SLIDER.nearest(value, 0)
    assert mended in places
    assert SLIDER.nearest(mended, 0) == SLIDER.check(mended) == mended
    assert all(abs(value - mended) <= abs(value - place) + 1e-9 for place in places)


@given(st.floats(1e-6, 1e6))
def test_no_stop_is_nearer_by_ratio_than_the_nearest(value):
    mended = LOG.nearest(value, 0)
    assert mended in STOPS

    def ratio(stop):
        return max(stop / value, value / stop)

    assert all(ratio(mended) <= ratio(stop) * (1 + 1e-12) for stop in STOPS)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_reads_back_as_the_same_number(value):
    assert float(number_text(value)) == value
    assert SLIDER.text(value) == [number_text(value)]


@pytest.mark.parametrize(("value", "text"), [(0.1, "0.1"), (1e-5, "1e-05"), (64, "64"), (999_999, "999999")])
def test_the_text_of_a_number_is_short(value, text):
    assert number_text(value) == text


def test_the_last_of_several_strings_wins_where_one_value_is_meant():
    assert SLIDER.parse(["1", "2"]) == "2"
    assert COLOUR.parse(["red", "blue"]) == "blue"
    assert COLOURS.parse(["red", "blue"]) == ("red", "blue")


def test_names_are_written_one_string_each():
    assert COLOUR.text("red") == ["red"]
    assert COLOURS.text(("red", "blue")) == ["red", "blue"]


def test_a_field_of_no_or_several_names_tells_none_from_junk():
    shown = Several(COLOURS.options, most=2, fewest=0)
    assert shown.check(()) == ()
    assert shown.parse(shown.text(())) == ()
    assert shown.nearest(shown.parse([""]), ("red",)) == ()
    assert shown.nearest(shown.parse(["pink"]), ("red",)) == ("red",)
    with pytest.raises(ValueError, match="must be between 0 and 2 different names"):
        shown.check(("red", "blue", "green"))


def test_a_single_name_stands_for_a_list_of_one():
    assert COLOURS.check("red") == ("red",)
    assert COLOURS.check(["red", "blue"]) == ("red", "blue")


def test_a_number_can_be_a_name():
    assert COLOUR.check(3) == "3"


def test_a_field_puts_its_name_before_the_refusal_and_mends_to_its_default():
    field = Field(name="shift", default=0.5, label="Shift", help="Moves.", range=SLIDER)
    assert field.check(1) == 1.0
    assert (field.nearest("9"), field.nearest("x")) == (5, 0.5)
    with pytest.raises(ValueError, match=r"^shift must lie between -5 and 5, got 9$"):
        field.check(9)


@pytest.mark.parametrize(("count", "text"), [(1, "a"), (3, "a, b, c"), (12, "a, b, c, d, e, f, g, h, i, j, k, l")])
def test_a_list_of_names_is_given_in_full(count, text):
    assert listed(dict.fromkeys("abcdefghijklmnop"[:count], "")) == text


def test_a_long_list_of_names_is_shortened_in_the_middle():
    assert listed(dict.fromkeys("abcdefghijklm", "")) == "a, b, c, …, m"


# ---------------------------------------------------------------------- fingerprints, and what a field goes with


@pytest.mark.parametrize("value", ["", "0123456789abcdef" * 2])
def test_a_fingerprint_is_taken_and_written_as_it_is(value):
    assert Digest().check(value) == Digest().nearest(value, "default") == value
    assert Digest().parse(Digest().text(value)) == value


@pytest.mark.parametrize("value", [None, 0, "0" * 31, "0" * 32 + "\n", "G" * 32, "A" * 32, ["0" * 32], "💥" * 32])
def test_what_is_no_fingerprint_is_refused_and_mended_to_the_default(value):
    with pytest.raises(ValueError, match=r"^must be 32 hexadecimal digits or empty, got "):
        Digest().check(value)
    assert Digest().nearest(value, "default") == "default"


def test_the_last_fingerprint_wins():
    assert Digest().parse(["a", "b"]) == "b"
    assert Digest().parse([]) is None


def test_a_field_matters_where_the_others_have_one_of_the_values_it_goes_with():
    field = Field("f", 1, "F", "F.", COUNT, only_with=(("kind", lambda: ("a", "b")), ("size", lambda: {3})))
    assert field.matters({"kind": "a", "size": 3})
    assert field.matters({"kind": "b", "size": 3})
    for values in ({"kind": "c", "size": 3}, {"kind": "a", "size": 2}, {"kind": "a"}, {}):
        assert not field.matters(values)


def test_a_choice_of_one_does_not_matter():
    assert not Field("f", "a", "F", "F.", Choice(lambda: {"a": "A"})).matters({})


def test_a_fingerprint_alone_is_not_in_links():
    assert not Field("f", "", "F", "F.", Digest()).linked
    for allowed in (SLIDER, COUNT, LOG, COLOUR, COLOURS):
        assert Field("f", 1, "F", "F.", allowed).linked
