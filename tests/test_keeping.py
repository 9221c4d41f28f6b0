"""Keeping: what is kept comes back as it was, and bytes from elsewhere are not executed."""

import io
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bnviz.keeping import from_bytes, to_bytes

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
some_arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
)
plain = st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats() | st.text(max_size=9)
values = st.recursive(
    plain | some_arrays | some_arrays.map(lambda array: torch.from_numpy(array.copy())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=9) | st.just("array"), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=9), values, max_size=4))
def test_what_is_kept_comes_back_as_it_was(assert_same, state):
    assert_same(from_bytes(to_bytes(state)), state)


@pytest.mark.parametrize("generator", [np.random.PCG64, np.random.MT19937, np.random.Philox])
def test_the_state_of_a_random_generator_comes_back(generator):
    bits = generator(123)
    twin = generator(0)
    np.random.Generator(bits).normal(size=7)
    twin.state = from_bytes(to_bytes({"state": bits.state}))["state"]
    assert np.random.Generator(twin).integers(2**62, size=9).tolist() == (
        np.random.Generator(bits).integers(2**62, size=9).tolist()
    )


def test_views_are_kept_by_their_values_and_nothing_of_what_is_kept_is_shared():
    whole = np.arange(20.0).reshape(4, 5)
    views = {"reversed": whole[::-1, ::2], "turned": whole.T, "fixed": np.broadcast_to(whole[0], (2, 5))}
    expected = {name: view.copy() for name, view in views.items()}
    kept = to_bytes(views)
    whole[:] = 0
    first, second = from_bytes(kept), from_bytes(kept)
    for name, value in expected.items():
        np.testing.assert_array_equal(first[name], value)
        first[name][:] = 7  # what comes back can be written to
        np.testing.assert_array_equal(second[name], value)


class Executed:
    def __reduce__(self):
        return (pytest.fail, ("keeping executed what it was given",))


@pytest.mark.parametrize(
    "hidden", [Executed(), [Executed()], {"array": Executed()}], ids=["bare", "in a list", "array"]
)
def test_pickled_code_is_refused_and_not_executed(hidden):
    saved = io.BytesIO()
    torch.save({"state": hidden}, saved)
    for raw in (saved.getvalue(), pickle.dumps({"state": hidden}, protocol=2)):
        with pytest.raises(pickle.UnpicklingError):
            from_bytes(raw)
