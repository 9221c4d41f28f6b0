"""Histograms: every value where it lies, and percentiles that are exact though few values are sorted."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bnviz import statistics
from bnviz.histogram import Histogram
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
    found = Histogram(values, axis).density
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


def test_density_counts_in_whole_numbers_and_keeps_rows_apart():
    found = Histogram(np.array([[3.0, 3.5, 9.0], [np.nan, -1.0, 4.0]]), Axis(first=3, bins=1, power=0)).density
    assert (found.counts.dtype, found.counts.tolist()) == (np.int64, [[2], [1]])
    assert (found.underflow.tolist(), found.overflow.tolist(), found.nonfinite.tolist()) == ([0, 1], [1, 0], [0, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("axis", AXES, ids=str)
@given(data=st.data())
def test_percentiles_are_those_of_the_values_in_order(axis, dtype, data):
    values = data.draw(awkward_values(axis, dtype))
    found = Histogram(values, axis).percentiles()
    np.testing.assert_array_equal(found, statistics.percentiles(np.sort(values)), strict=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 2, 3, 5000])
def test_percentiles_of_many_values_are_those_of_numpy(count, dtype):
    """Also where most of them lie outside the axis, in a single bin or point, far apart, or as far as numbers go."""
    values = np.tile(np.random.default_rng(0).normal(size=count), (8, 1))
    values[1] += 100
    values[2] = np.maximum(values[2], 0)
    values[3] *= 1e-4
    values[4] *= 1e-42
    values[5] = np.exp(20 * values[5])
    values[6, : count // 10] = 3e38
    values[7] = np.where(values[7] > 0, 3e38, -3e38) * (1 - np.abs(values[7]) / 10)
    values = values.astype(dtype)
    expected = np.percentile(values.astype(np.float64), [15, 50, 85], axis=1).T
    np.testing.assert_allclose(Histogram(values, AXES[0]).percentiles(), expected, rtol=1e-12)
