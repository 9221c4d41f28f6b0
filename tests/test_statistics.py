import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import wasserstein_distance

from bnviz import statistics
from bnviz.histogram import Histogram
from bnviz.statistics import Axis

AXES = (Axis(first=-40, bins=80, power=3), Axis(first=0, bins=64, power=6), Axis(first=3, bins=1, power=0))
HUGE = 1e38


def test_the_edges_of_an_axis_are_exact():
    np.testing.assert_array_equal(Axis(first=-2, bins=5, power=2).edges, [-0.5, -0.25, 0, 0.25, 0.5, 0.75])


def test_a_profile_has_its_peak_at_255_and_an_empty_row_at_zero_and_loses_nothing():
    counts = np.array([[[1, 4, 2], [0, 0, 0]], [[7, 7, 0], [0, 1, 10**6]]])
    expected = [[[64, 255, 128], [0, 0, 0]], [[255, 255, 0], [0, 1, 255]]]
    assert statistics.profile(counts).dtype == np.uint8
    np.testing.assert_array_equal(statistics.profile(counts), expected)


def test_a_pile_does_not_hide_the_other_bins():
    counts = np.array([[1000, 10, 5], [0, 10, 5], [7, 0, 0]])
    assert statistics.profile(counts, pile=0).tolist() == [[255, 255, 128], [0, 255, 128], [255, 0, 0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 256])
def test_percentiles_are_those_of_numpy(count, dtype):
    values = np.random.default_rng(0).lognormal(0, 3, (4, 5, count)).astype(dtype)
    found = statistics.percentiles(np.sort(values))
    assert found.shape == (4, 5, 3)
    expected = np.percentile(values.astype(np.float64), [15, 50, 85], axis=-1)
    np.testing.assert_allclose(found, np.moveaxis(expected, 0, -1), rtol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_percentiles_of_what_is_not_finite_are_not_numbers(bad):
    found = statistics.percentiles(np.sort([[1.0, bad, 3.0], [1.0, 2.0, 3.0]]))
    assert np.isnan(found).tolist() == [[True] * 3, [False] * 3]


@given(st.data())
def test_distances_are_wasserstein_ones_to_within_a_bin_and_exact_for_values_in_the_middles_of_bins(data):
    axis = Axis(first=-8, bins=16, power=2)
    middles = (axis.edges[:-1] + axis.edges[1:]) / 2
    # at most as far out as the outermost bins, whose middles lie half a bin from where the outside counts
    places = data.draw(arrays.arrays(np.int64, (3, 2, 20), elements=st.integers(0, 15)))
    values = middles[places]
    counted = Histogram(values.reshape(6, 20), axis).density
    parts = statistics.Density(*(part.reshape(3, 2, *part.shape[1:]) for part in vars(counted).values()))
    found = statistics.distances(parts, axis)
    for arm, layer in itertools.product(range(3), range(2)):
        expected = wasserstein_distance(values[arm, layer], values[0, layer])
        assert found[arm, layer] == pytest.approx(expected, abs=1e-12)


def test_distances_count_what_lies_outside_at_the_ends_and_are_no_numbers_where_something_is_not_finite():
    axis = Axis(first=-2, bins=4, power=1)
    values = np.array([[-0.75, -0.75], [50.0, 50.0], [np.nan, 0.1]])
    counted = Histogram(values, axis).density
    parts = statistics.Density(*(part.reshape(3, 1, *part.shape[1:]) for part in vars(counted).values()))
    assert statistics.distances(parts, axis)[:2].tolist() == [[0], [2.0]]  # from the bin of −1 to −0.5, to the end at 1
    assert np.isnan(statistics.distances(parts, axis)[2, 0])


def test_dead_units_are_those_that_no_example_wakes():
    generator = np.random.default_rng(0)
    values = np.maximum(generator.normal(-1.5, 1, (3, 6, 40)), 0)
    by_hand = [np.mean([all(x <= 0 for x in layer[:, unit]) for unit in range(40)]) for layer in values]
    assert statistics.dead(values, "relu").tolist() == by_hand
    assert 0 < by_hand[0] < 1
    assert np.isnan(statistics.dead(values, "tanh")).all()


@pytest.mark.parametrize(
    ("activation", "flat"), [("tanh", lambda h: abs(h) > 0.97), ("sigmoid", lambda h: h < 0.03 or h > 0.97)]
)
def test_saturated_values_lie_in_the_flat_ends(activation, flat):
    low = -1 if activation == "tanh" else 0
    values = np.random.default_rng(0).uniform(low, 1, (3, 8, 50))
    by_hand = [np.mean([flat(h) for h in layer.ravel()]) for layer in values]
    np.testing.assert_allclose(statistics.saturated(values, activation), by_hand, atol=1e-12)
    assert np.isnan(statistics.saturated(values, "relu")).all()


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


@given(arrays.arrays(np.float32, (2, 5, 3), elements=st.floats(-1e6, 1e6, width=32)))
def test_the_signal_is_what_each_unit_differs_by_between_examples(values):
    for layer, found in zip(values.astype(np.float64), statistics.signal(values), strict=True):
        of_units = [np.std(unit) for unit in layer.T]
        assert found == pytest.approx(math.sqrt(math.fsum(std**2 for std in of_units) / 3), rel=1e-9, abs=1e-9)


def test_units_that_differ_among_each_other_alone_are_no_signal_and_what_is_not_finite_is_none():
    alike = np.broadcast_to(np.arange(4.0), (7, 4))
    assert statistics.signal(np.stack([alike, np.where(alike == 2, np.nan, alike)])).tolist() == [
        0,
        pytest.approx(np.nan, nan_ok=True),
    ]


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


def drift(before, now):
    return statistics.drift(statistics.sample(before), statistics.sample(now))


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
    assert drift(before, now) == pytest.approx(naive_drift(before, now), rel=1e-9)


def test_a_unit_without_spread_counts_in_hundredths_of_the_layers():
    before = np.array([[-1.0, 1.0], [0.0, 0.0]])
    now = before + np.array([[0.0], [1e-9]])
    assert drift(before, now) == pytest.approx(0.5 * 1e-9 / (math.sqrt(0.5) / 100), rel=1e-6)


@pytest.mark.parametrize("values", [np.array([[-1.0, 0.0, 4.0], [2.0, 2.0, 2.0]]), np.zeros((2, 3))])
def test_what_has_not_moved_has_no_drift(values):
    assert drift(values, values) == 0
    assert drift(values, np.repeat(values, 2, axis=1)) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("scale", "shift"), [(3.0, 0.0), (0.25, -8.0)])
def test_drift_has_no_unit(scale, shift):
    generator = np.random.default_rng(0)
    before, now = (np.sort(generator.normal(size=(4, 30))) for _ in range(2))
    moved = drift(before, now)
    assert moved > 0
    assert drift(scale * before + shift, scale * now + shift) == pytest.approx(moved, rel=1e-9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_drift_is_not_a_number_where_a_value_is_not_finite(bad):
    fine, broken = np.array([[0.0, 1.0]]), np.array([[0.0, bad]])
    assert math.isnan(drift(fine, broken))
    assert math.isnan(drift(broken, fine))


def test_the_largest_numbers_of_single_precision_are_measured_without_overflow():
    most = np.finfo(np.float32).max
    values = np.array([[-most, most, most, -most]], np.float32)
    assert statistics.moments(values)[1][0] == pytest.approx(float(most))
    assert drift(np.sort(values), np.sort(values / 2)) > 0
    assert Histogram(values, AXES[0]).density.overflow.tolist() == [2]
