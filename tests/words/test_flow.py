"""How signal and gradient change from layer to layer, in words: on made-up snapshots, one for each state."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz import Config
from bnviz.gradients import growth
from bnviz.snapshot import Snapshot
from bnviz.words import FLOW_FIELDS, flow
from bnviz.words.flow import RELU_GROWTH, relu_growth_holds
from bnviz.words.phrases import power

NAN, INF = math.nan, math.inf
TANH = Config(activation="tanh", depth=3)
EVEN = [1.0, 1.0, 1.0]


def said(gradient, config=TANH, *, arms=("batch",), step=5, signal=EVEN, weights=(1.0, 9.0, 9.0), std=1.0):
    """What is said of arms with these numbers by layer; one row is taken for all arms."""
    rows = [np.broadcast_to(np.array(values, float), (len(arms), 3)) for values in (gradient, weights, signal)]
    values = {
        "growth": growth(rows[0]), "gradient_rms": rows[0], "weight_gradient": rows[1], "signal": rows[2],
        "mean/activation": 0 * rows[2], "std/activation": np.full((len(arms), 3), std),
    }  # fmt: skip
    assert set(values) == set(FLOW_FIELDS)
    return flow(Snapshot(step, arms, config.knobs, {}, {}, values), config)


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (2.9, "keeps its size: × 1.70 for each layer towards the input, × 2.9 in all."),
        (0.2, "shrinks: × 0.45 for each layer towards the input, × 0.2 in all."),
        (1e-8, "vanishes: × 0.00 for each layer towards the input, × 1.0 · 10⁻⁸ in all."),
        (50, "grows: × 7.07 for each layer towards the input, × 50 in all."),
        (4e6, "explodes: × 2000.00 for each layer towards the input, × 4.0 · 10⁶ in all."),
    ],
)
def test_it_tells_the_factor_of_a_layer_and_of_all(first, words):
    assert said([first, 1, 1]) == f"With batch norm the gradient {words}"


@pytest.mark.parametrize(
    ("gradient", "words"),
    [
        ([NAN, 1, 1], "With batch norm gradients are not finite."),
        ([1, INF, 1], "With batch norm gradients are not finite."),
        ([0, 0, 0], "With batch norm no layer gets any gradient."),
        ([0, 1, 1], "With batch norm the gradient vanishes: at layer 1 it is too small for the numbers of a computer."),
        ([1, 1, 0], "With batch norm the gradient vanishes: at layer 1 it is too small for the numbers of a computer."),
    ],
)
def test_it_tells_what_is_no_number(gradient, words):
    assert said(gradient) == words


@pytest.mark.parametrize(
    ("last", "ending"),
    [
        (1e-3, " The spread between examples shrinks: × 0.001 to the last layer."),
        (50, " The spread between examples grows: × 50 to the last layer."),
        (1e-8, " The last layer tells examples apart by rounding errors at most."),
        (0, " The last layer tells examples apart by rounding errors at most."),
        (0.5, " × 1 in all."),
        (NAN, " × 1 in all."),
    ],
)
def test_it_tells_what_becomes_of_the_signal(last, ending):
    assert said(EVEN, signal=[1, 1, last]).endswith(ending)


def test_with_nothing_but_zeros_no_two_examples_are_told_apart():
    assert said(EVEN, signal=[1, 1, 0], std=0).endswith(" The last layer tells no two examples apart.")


def test_where_the_gradients_of_weights_hide_it_they_are_named():
    hides = " The weights' gradients hide it: that of layer 1 is 1.5 times that of the last layer."
    assert said([1e-6, 1e-3, 1], weights=[1.5, 1, 1]).endswith(hides)
    for gradient, weights in (([1e-6, 1e-3, 1], [5, 1, 1]), ([0.1, 1, 1], EVEN), ([1e-6, 1e-3, 1], [NAN, 1, 1])):
        assert "hide" not in said(gradient, weights=weights)


def test_theory_stands_beside_what_is_measured_at_the_start_of_relu_under_batch_norm():
    relu = Config(depth=3)
    assert "× 1.20 for each layer towards the input (in theory 1.21), × 1.4" in said([1.44, 1.2, 1], relu, step=0)
    others = [(relu, {}), (relu, {"step": 0, "arms": ("none",)}), (TANH, {"step": 0})]
    for config, more in [*others, (Config(depth=3, placement="after"), {"step": 0})]:
        assert "theory" not in said([1.44, 1.2, 1], config, **more)


def test_theory_is_half_of_the_square_over_the_variance_of_a_relu():
    normal = np.random.default_rng(0).standard_normal(2_000_000)
    assert math.sqrt(0.5 / np.maximum(normal, 0).var()) == pytest.approx(RELU_GROWTH, rel=2e-3)
    assert relu_growth_holds(Config())
    for other in ({"normalizers": ("layer",)}, {"activation": "tanh"}, {"placement": "after"}):
        assert not relu_growth_holds(Config(**other))


def test_each_network_has_a_line_and_where_all_are_alike_that_is_said():
    alike = "The gradients grow or shrink about alike: normalization makes no difference to that here."
    one, other, last = said([1.2, 1.1, 1], arms=("none", "batch")).split("\n")
    assert (one[:21], other[:15], last) == ("Without normalization", "With batch norm", alike)
    assert alike not in said([[1.2, 1, 1], [2, 1, 1]], arms=("none", "batch"))
    assert alike not in said([[1.2, 1, 1], [NAN, 1, 1]], arms=("none", "batch"))
    assert alike not in said([0, 0, 0], arms=("none", "batch"))


SIZES = st.lists(st.floats(0, allow_infinity=True) | st.just(NAN), min_size=3, max_size=3)


@given(SIZES, SIZES, SIZES)
def test_of_any_numbers_it_says_something_short(gradient, signal, weights):
    with np.errstate(all="ignore"):
        text = said(gradient, signal=signal, weights=weights)
    assert text.startswith("With batch norm ")
    assert len(text) < 400
    assert "nan" not in text


@pytest.mark.parametrize(
    ("value", "words"),
    [(1, "1"), (0.0384, "0.038"), (0.001, "0.001"), (2412, "2,400"), (3.14e-12, "3.1 · 10⁻¹²"), (9.99e6, "1.0 · 10⁷")],
)
def test_a_number_of_any_size(value, words):
    assert power(value) == words
