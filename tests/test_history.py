import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.history import History


def filled(capacity, count, every=1):
    history = History(capacity)
    for index in range(count):
        history.append(index * every, [index, -index])
    return history


@given(st.integers(2, 9), st.integers(0, 200), st.integers(1, 10))
def test_a_history_is_bounded_and_thinned_evenly_and_keeps_the_first_and_the_last(capacity, count, every):
    stride = 1
    while len(range(0, count, stride)) > capacity:
        stride *= 2
    expected = sorted({*range(0, count, stride), *range(count)[-1:]})
    history = filled(capacity, count, every)
    assert history.steps.tolist() == [index * every for index in expected]
    assert len(history.steps) <= capacity + 1
    if count:
        np.testing.assert_array_equal(history.rows, [expected, np.negative(expected)])


def test_rows_are_given_as_column_by_row_in_single_precision():
    history = filled(10, 3)
    assert (history.rows.shape, history.rows.dtype, history.steps.dtype) == ((2, 3), np.float32, np.int32)
    assert History().rows.shape == (0, 0)


def test_what_the_caller_writes_later_changes_nothing():
    history, row = History(), np.array([1.0])
    history.append(1, row)
    row[0] = 2
    assert history.rows.tolist() == [[1.0]]


def test_what_is_not_finite_is_kept():
    history = History()
    history.append(1, [np.nan, np.inf])
    np.testing.assert_array_equal(history.rows, [[np.nan], [np.inf]])


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 50])
def test_a_restored_history_goes_on_like_the_one_that_was_saved(count):
    history = filled(4, count)
    twin = History.restore(json.loads(json.dumps(history.save())))
    for index in range(count, count + 20):
        np.testing.assert_array_equal(twin.steps, history.steps)
        np.testing.assert_array_equal(twin.rows, history.rows)
        for one in (history, twin):
            one.append(index, [index, 0.1 * index])


@pytest.mark.parametrize("capacity", [1, 0, -3])
def test_a_history_of_less_than_two_rows_is_refused(capacity):
    with pytest.raises(ValueError, match=f"keeps at least 2 rows, got capacity {capacity}; give 2 or more"):
        History(capacity)
