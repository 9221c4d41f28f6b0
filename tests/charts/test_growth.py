"""The growth of the gradient: its lines at 1 and at what theory says, and what there is to see of each activation."""

import numpy as np
import pytest

from bnviz import Config
from bnviz.charts import flat, growth
from bnviz.words.flow import RELU_GROWTH


def dotted(**settings):
    shapes = growth.make(Config(**settings)).to_json()["layout"]["shapes"]
    assert all(shape["y0"] == shape["y1"] for shape in shapes)
    return [shape["y0"] for shape in shapes]


def test_theory_is_a_line_where_there_is_a_network_that_it_is_about():
    assert dotted() == [1, RELU_GROWTH]
    assert "1.21 in theory" in growth.make(Config()).to_json()["layout"]["title"]["text"]
    assert np.isclose(RELU_GROWTH, 1.2111, atol=1e-4)
    for other in ({"activation": "tanh"}, {"placement": "after"}, {"normalizers": ("none", "layer")}):
        assert dotted(**other) == [1]
        assert "theory" not in growth.make(Config(**other)).to_json()["layout"]["title"]["text"]


@pytest.mark.parametrize(
    ("activation", "field", "title"),
    [
        ("relu", "dead", "Dead units"), ("tanh", "saturated", "Saturated values"),
        ("sigmoid", "saturated", "Saturated values"), ("gelu", "saturated", "not defined"),
    ],
)  # fmt: skip
def test_what_is_flat_is_that_of_the_activation(activation, field, title):
    chart = flat.make(Config(activation=activation))
    assert chart.fields == (field,)
    assert title in chart.to_json()["layout"]["title"]["text"]
