"""Running averages for any momentum, against torch's own."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from bnviz.inference import estimates

momenta = st.floats(0.001, 1)


@given(momentum=momenta, batches=st.integers(1, 30), seed=st.integers(0, 99))
def test_it_is_what_torch_keeps(momentum, batches, seed):
    values = torch.randn(batches, 8, 3, generator=torch.Generator().manual_seed(seed)).double() * 2 + 1
    norm = nn.BatchNorm1d(3, momentum=momentum).double()
    for batch in values:
        norm(batch)
    means, unbiased_vars = values.mean(1).numpy(), values.var(1, correction=1).numpy()
    mean = estimates.average(means, momentum, estimates.START_MEAN)
    var = estimates.average(unbiased_vars, momentum, estimates.START_VAR)
    np.testing.assert_allclose(mean, norm.running_mean, atol=1e-12)
    np.testing.assert_allclose(var, norm.running_var, atol=1e-12)


@given(momentum=momenta, values=st.lists(st.floats(-5, 5), min_size=1, max_size=40))
def test_its_course_ends_where_the_average_is(momentum, values):
    course = estimates.course(np.array(values), momentum, 1.0)
    for step in range(1, len(values) + 1):
        assert course[step - 1] == pytest.approx(estimates.average(np.array(values[:step]), momentum, 1.0), abs=1e-9)


def test_before_the_first_batch_it_is_the_start():
    assert estimates.average(np.zeros((0, 2)), 0.1, 1.0).tolist() == [1, 1]
    assert len(estimates.course(np.zeros(0), 0.1, 1.0)) == 0


@pytest.mark.parametrize("momentum", [0.01, 0.1, 0.5, 1.0])
def test_the_lag_is_the_mean_age_of_what_it_holds(momentum):
    ages = np.arange(5000)
    assert estimates.lag(momentum) == pytest.approx(np.sum(momentum * (1 - momentum) ** ages * ages), abs=1e-6)
