import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import wasserstein_distance

from bnviz import statistics
from bnviz.statistics import Axis

AXES = (Axis(first=-40, bins=80, power=3), Axis(first=0, bins=64, power=6), Axis(first=3, bins=1, power=0))
HUGE = 1e38


def awkward_values(axis, dtype):
    """Rows of values of which many are edges or next to one, infinite, huge, tiny or not a number."""
    edges = axis.edges.astype(dtype)
    next_to_edges = np.concatenate([np.nextafter(edges, dtype(side)) for side in (-np.inf, np.inf)])
    special = np.array([np.inf, -np.inf, np.nan, HUGE, -HUGE, 1e-38, -1e-38, 0.0, -0.0], dtype)
    value = st.sampled_from(np.concatenate([edges, next_to_edges, special]).tolist()) | st.floats(width=32)
    shape = arrays.array_shapes(min_dims=2, max_dims=2, max_side=12)
    return arrays.arrays(dtype, shape, elements=value)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("axis", AXES, ids=str)
@given(data=st.data())
def test_density_counts_every_value_where_it_lies(axis, dtype, data):
    values = data.draw(awkward_values(axis, dtype))
    found = statistics.density(values, axis)
    edges = axis.edges
    for row, counts, under, over, nonfinite in zip(
        values, found.counts, found.underflow, found.overflow, found.nonfinite, strict=True
    ):
        numbers = [float(value) for value in row if math.isfinite(value)]
        inside = [value for value in numbers if edges[0] <= value <= edges[-1]]
        np.testing.assert_array_equal(counts, np.histogram(inside, edges)[0])
        by_hand = [sum(low <= v < high for v in inside) for low, high in itertools.pairwise(edges)]
        by_hand[-1] += inside.count(edges[-1])
        assert counts.tolist() == by_hand
        assert under == sum(value < edges[0] for value in numbers)
        assert over == sum(value > edges[-1] for value in numbers)
        assert nonfinite == len(row) - len(numbers)
        assert counts.sum() + under + over + nonfinite == len(row)


def test_the_edges_of_an_axis_are_exact():
    np.testing.assert_array_equal(Axis(first=-2, bins=5, power=2).edges, [-0.5, -0.25, 0, 0.25, 0.5, 0.75])


def test_density_counts_in_whole_numbers_and_keeps_rows_apart():
    found = statistics.density(np.array([[3.0, 3.5, 9.0], [np.nan, -1.0, 4.0]]), Axis(first=3, bins=1, power=0))
    assert (found.counts.dtype, found.counts.tolist()) == (np.int64, [[2], [1]])
    assert (found.underflow.tolist(), found.overflow.tolist(), found.nonfinite.tolist()) == ([0, 1], [1, 0], [0, 1])


def test_a_profile_has_its_peak_at_one_and_an_empty_row_at_zero():
    counts = np.array([[[1, 4, 2], [0, 0, 0]], [[7, 7, 0], [0, 0, 1]]])
    expected = [[[0.25, 1, 0.5], [0, 0, 0]], [[1, 1, 0], [0, 0, 1]]]
    assert statistics.profile(counts).dtype == np.float32
    np.testing.assert_array_equal(statistics.profile(counts), expected)


@given(arrays.arrays(np.float32, (3, 7), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_moments_are_the_mean_and_the_root_of_the_mean_square_about_it(values):
    mean, std = statistics.moments(values)
    for row, its_mean, its_std in zip(values.tolist(), mean, std, strict=True):
        expected = math.fsum(row) / len(row)
        spread = math.sqrt(math.fsum((value - expected) ** 2 for value in row) / len(row))
        size = max(map(abs, row))
        assert its_mean == pytest.approx(expected, rel=1e-12, abs=1e-12 * size)
        assert its_std == pytest.approx(spread, rel=1e-9, abs=1e-12 * size)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_moments_of_a_row_with_a_value_that_is_not_finite_are_not_numbers(bad):
    mean, std = statistics.moments(np.array([[1.0, 2.0, 3.0], [1.0, bad, 3.0]]))
    np.testing.assert_array_equal(mean, [2, np.nan])
    np.testing.assert_array_equal(np.isnan(std), [False, True])


SIZES = st.integers(1, 9)
NUMBERS = st.floats(-100, 100)


@given(st.data(), SIZES, SIZES)
def test_wasserstein_is_that_of_scipy_for_equal_and_unequal_sizes(data, n, m):
    before = np.sort(data.draw(arrays.arrays(np.float64, (2, n), elements=NUMBERS)))
    now = np.sort(data.draw(arrays.arrays(np.float64, (2, m), elements=NUMBERS)))
    expected = [wasserstein_distance(*pair) for pair in zip(before, now, strict=True)]
    np.testing.assert_allclose(statistics.wasserstein(before, now), expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("size", [5, 7])
def test_wasserstein_of_a_shift_is_the_shift(size):
    values = np.sort(np.random.default_rng(0).normal(size=(3, 5)))
    repeated = np.sort(np.repeat(values, 7, axis=1)) if size == 7 else values
    np.testing.assert_allclose(statistics.wasserstein(values, repeated + 2.5), 2.5, rtol=1e-12)


def naive_drift(before, now):
    """Unit by unit from the definition: W1 in units of the spread over both, floored at a hundredth of the layer's."""
    everything = [float(value) for value in [*before.ravel(), *now.ravel()]]
    terms = []
    for unit_before, unit_now in zip(before, now, strict=True):
        own_spread = np.std([*unit_before.tolist(), *unit_now.tolist()])
        spread = max(own_spread, np.std(everything) / 100)
        terms.append(wasserstein_distance(unit_before, unit_now) / spread)
    return sum(terms) / len(terms)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "m"), [(20, 20), (20, 12), (7, 20)])
@pytest.mark.parametrize("seed", range(3))
def test_drift_is_that_of_a_loop_over_units(n, m, seed, dtype):
    generator = np.random.default_rng(seed)
    scale = generator.lognormal(0, 3, size=(6, 1))  # so different that the floor holds for some units
    before = np.sort(scale * generator.normal(size=(6, n))).astype(dtype)
    now = np.sort(scale * generator.normal(0.3, 1.2, size=(6, m))).astype(dtype)
    assert statistics.drift(before, now) == pytest.approx(naive_drift(before, now), rel=1e-9)


def test_a_unit_without_spread_counts_in_hundredths_of_the_layers():
    before = np.array([[-1.0, 1.0], [0.0, 0.0]])
    now = before + np.array([[0.0], [1e-9]])
    assert statistics.drift(before, now) == pytest.approx(0.5 * 1e-9 / (math.sqrt(0.5) / 100), rel=1e-6)


@pytest.mark.parametrize("values", [np.array([[-1.0, 0.0, 4.0], [2.0, 2.0, 2.0]]), np.zeros((2, 3))])
def test_what_has_not_moved_has_no_drift(values):
    assert statistics.drift(values, values) == 0
    assert statistics.drift(values, np.repeat(values, 2, axis=1)) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("scale", "shift"), [(3.0, 0.0), (0.25, -8.0)])
def test_drift_has_no_unit(scale, shift):
    generator = np.random.default_rng(0)
    before, now = (np.sort(generator.normal(size=(4, 30))) for _ in range(2))
    drift = statistics.drift(before, now)
    assert drift > 0
    assert statistics.drift(scale * before + shift, scale * now + shift) == pytest.approx(drift, rel=1e-9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_drift_is_not_a_number_where_a_value_is_not_finite(bad):
    fine, broken = np.array([[0.0, 1.0]]), np.array([[0.0, bad]])
    assert math.isnan(statistics.drift(fine, broken))
    assert math.isnan(statistics.drift(broken, fine))


def test_the_largest_numbers_of_single_precision_are_measured_without_overflow():
    most = np.finfo(np.float32).max
    values = np.array([[-most, most, most, -most]], np.float32)
    assert statistics.moments(values)[1][0] == pytest.approx(float(most))
    assert statistics.drift(np.sort(values), np.sort(values / 2)) > 0
    assert statistics.density(values, AXES[0]).overflow.tolist() == [2]
