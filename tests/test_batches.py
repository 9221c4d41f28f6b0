import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz import keeping
from bnviz.batches import BatchOrder


def order(examples=10, seed=0):
    return BatchOrder(examples, np.random.default_rng(seed))


@given(st.integers(1, 12), st.lists(st.integers(1, 15), max_size=20), st.integers(0, 99))
def test_batches_are_cut_from_shuffled_passes_and_what_fills_no_batch_is_not_used(examples, sizes, seed):
    batches, generator = order(examples, seed), np.random.default_rng(seed)
    rest = list(generator.permutation(examples))
    for size in sizes:
        wanted = min(size, examples)
        if len(rest) < wanted:
            rest = list(generator.permutation(examples))
        expected, rest = rest[:wanted], rest[wanted:]
        assert batches.next(size).tolist() == expected


def test_a_pass_shows_every_example_once_and_the_next_one_in_another_order():
    batches = order()
    first, second = (np.concatenate([batches.next(5), batches.next(5)]) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first.tolist() != second.tolist()


@pytest.mark.parametrize("size", [10, 11, 1000])
def test_a_batch_larger_than_the_data_is_all_of_it(size):
    assert sorted(order().next(size)) == list(range(10))


def test_a_batch_is_not_overwritten_by_the_next():
    batches = order()
    first = batches.next(6)
    kept = first.copy()
    batches.next(6)
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("drawn", [0, 1, 3, 4])
def test_a_loaded_order_goes_on_where_it_was_saved(drawn):
    batches = order(seed=1)
    for _ in range(drawn):
        batches.next(3)
    twin = order(seed=2)
    twin.load(keeping.from_bytes(keeping.to_bytes(batches.save())))
    for _ in range(10):
        assert twin.next(3).tolist() == batches.next(3).tolist()
