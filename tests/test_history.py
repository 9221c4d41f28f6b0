import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.history import FEWEST, History, Thinned


def filled(capacity, count, every=1, **more):
    history = History(capacity, every, **more)
    for index in range(count):
        history.append(index * every, both=[index, -index], one=float(index))
    return history


@given(st.integers(2, 9), st.integers(0, 200), st.integers(1, 10))
def test_a_history_is_bounded_and_thinned_evenly_and_keeps_the_first_and_the_last(capacity, count, every):
    stride = 1
    while len(range(0, count, stride)) > capacity:
        stride *= 2
    expected = sorted({*range(0, count, stride), *range(count)[-1:]})
    history = filled(capacity, count, every)
    assert history.steps.tolist() == [index * every for index in expected]
    assert len(history) == len(expected) <= capacity + 1
    if count:
        np.testing.assert_array_equal(history["both"].T, [expected, np.negative(expected)])
        np.testing.assert_array_equal(history["one"], expected)


@given(st.integers(0, 200), st.integers(1, 300), st.integers(40, 400), st.sampled_from([2, 3, FEWEST]))
def test_a_history_is_bounded_in_bytes_down_to_a_few_rows(count, size, most, fewest):
    kept = Thinned(1000, max_bytes=most, fewest=fewest)
    for step in range(count):
        kept.keep(step, step, size)
    assert len(kept) * size <= most or len(kept) <= fewest
    if count:
        assert kept.steps[[0, -1]].tolist() == [0, count - 1]
    assert [item for _, item in kept] == kept.steps.tolist()


@given(st.integers(0, 60), st.integers(0, 60), st.integers(2, 9))
def test_a_history_cut_at_a_step_goes_on_from_there_and_stays_even(count, at, capacity):
    history = filled(capacity, count)
    before = history.steps
    history.cut(at)
    assert history.steps.tolist() == [step for step in before if step <= at]
    for step in range(at + 1, at + 40):
        history.append(step, both=[step, -step], one=step)
    steps = history.steps
    assert steps[-1] == at + 39
    assert len(set(np.diff(steps[:-1]).tolist()) | {history.stride}) <= (1 if count > at else 2)
    assert len(steps) <= capacity + 1


def test_rows_keep_their_type_and_steps_are_whole_numbers():
    history = History(4)
    history.append(3, levels=np.array([1, 2], np.uint8), numbers=np.float32(0.1))
    assert (history["levels"].dtype, history["numbers"].dtype, history.steps.dtype) == (np.uint8, np.float32, np.int32)
    assert History(4)["levels"].shape == (0,)


def test_a_row_of_the_same_step_is_replaced():
    history = filled(4, 3)
    history.append(2, both=[7, 7], one=7)
    assert history.steps.tolist() == [0, 1, 2]
    assert history["one"].tolist() == [0, 1, 7]


def test_what_the_caller_writes_later_changes_nothing():
    history, row = History(), np.array([1.0])
    history.append(1, row=row)
    row[0] = 2
    assert history["row"].tolist() == [[1.0]]


def test_what_is_not_finite_is_kept():
    history = History()
    history.append(1, row=[np.nan, np.inf])
    np.testing.assert_array_equal(history["row"], [[np.nan, np.inf]])


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 50])
def test_a_restored_history_goes_on_like_the_one_that_was_saved(count):
    history = filled(4, count)
    twin = History.restore(history.save())
    for index in range(count, count + 20):
        np.testing.assert_array_equal(twin.steps, history.steps)
        np.testing.assert_array_equal(twin["both"], history["both"])
        for one in (history, twin):
            one.append(index, both=[index, 0.1 * index], one=0.0)


@pytest.mark.parametrize("capacity", [1, 0, -3])
def test_a_history_of_less_than_two_rows_is_refused(capacity):
    with pytest.raises(ValueError, match=f"keeps at least 2 rows, got capacity {capacity}; give 2 or more"):
        Thinned(capacity)


def test_a_last_row_is_read_with_the_others_and_not_kept():
    history = filled(4, 6)
    before = history.steps.tolist()
    longer = history.with_last(9, lambda: {"both": np.array([9, 0.9]), "one": np.array(0.0)})
    assert longer.steps.tolist() == [*(step for step in before if history.stays(step)), 9]
    assert longer["both"][-1].tolist() == [9, 0.9]
    assert history.steps.tolist() == before
    assert history.with_last(before[-1], lambda: pytest.fail("the row is there")) is history
