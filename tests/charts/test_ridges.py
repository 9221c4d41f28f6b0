"""What is particular to the ridges: rows that can be told apart, one value axis for all arms."""

from itertools import pairwise

import pytest

from bnviz import Config
from bnviz.charts import ridges
from bnviz.config import MAX_DEPTH
from bnviz.snapshot import SITES, axes


@pytest.mark.parametrize("depth", [1, 2, 14, 15, 28, 29, MAX_DEPTH])
def test_rows_are_labelled_without_crowding_and_the_deepest_always(depth):
    chart = ridges.make(Config(depth=depth))
    axis = chart.to_json()["layout"]["yaxis"]
    rows = axis["tickvals"]
    assert rows[-1] == depth
    assert len(rows) <= 14
    assert axis["ticktext"] == [f"layer {row}" for row in rows]
    assert axis["range"][0] < 1
    assert axis["range"][1] > depth + 0.9  # the highest ridge has room
    numbers = [binding for binding in chart.bindings if binding.kind == "numbers"]
    for binding in numbers:  # numbers stand at the rows that are labelled
        assert [row for row in range(1, depth + 1) if (depth - row) % binding.every == 0] == rows


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu", "identity"])
def test_all_arms_share_the_axis_of_the_site(site, activation):
    config = Config(activation=activation, normalizers=("none", "batch", "layer"))
    chart = ridges.make(config, site).to_json()
    low, high = axes(config)[site].edges[[0, -1]].tolist()
    panels = [axis for name, axis in chart["layout"].items() if name.startswith("xaxis")]
    assert len(panels) == 3
    assert {(axis["range"][0], axis["range"][1] > high) for axis in panels} == {(low, True)}
    assert all(low <= tick <= high for axis in panels for tick in axis["tickvals"])
    assert all(len(axis["tickvals"]) >= 2 for axis in panels)
    domains = [tuple(axis["domain"]) for axis in panels]
    assert all(left < right for left, right in domains)
    assert all(before[1] <= after[0] for before, after in pairwise(domains))


@pytest.mark.parametrize("site", SITES)
def test_pre_activations_stand_behind_where_they_share_the_axis(site):
    chart = ridges.make(Config(), site)
    fields = [binding.field for binding in chart.bindings if binding.kind == "ridges"]
    behind = [] if site in ("pre_activation", "activation") else ["profile/pre_activation"]
    assert fields == [*behind, f"profile/{site}"] * 2


def test_every_site_has_a_label():
    assert set(ridges.SITE_LABELS) == set(SITES)
    assert len(set(ridges.SITE_LABELS.values())) == len(SITES)
