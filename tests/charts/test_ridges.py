"""What is particular to the ridges: rows that can be told apart, one value axis for all arms."""

from itertools import pairwise

import pytest

from bnviz import Config
from bnviz.charts import ridges
from bnviz.config import MAX_DEPTH
from bnviz.snapshot import SITE_LABELS, SITES, axes


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
    assert fields == [*behind, f"profile/{site}", f"ghost/{site}"] * 2


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("together", [False, True])
def test_ghosts_are_lines_above_the_fills_and_leave_out_rows_without_one(site, together):
    chart = ridges.make(Config(), site, together=together)
    traces = chart.to_json()["data"]
    for arm in range(2):
        profile, ghost = (
            next(b for b in chart.bindings if b.kind == "ridges" and (b.field, b.at) == (f"{kind}/{site}", (arm,)))
            for kind in ("profile", "ghost")
        )
        assert ghost.trace > profile.trace
        assert (ghost.skip_empty, profile.skip_empty) == (True, False)
        assert "fill" not in traces[ghost.trace]
        assert traces[ghost.trace]["line"]["dash"] != traces[profile.trace]["line"].get("dash", "solid")
        assert traces[ghost.trace]["x"] == traces[profile.trace]["x"]


@pytest.mark.parametrize("depth", [3, 20])
def test_together_all_arms_stand_on_the_same_lines_and_have_their_distance_to_the_first(depth):
    config = Config(normalizers=("none", "batch", "layer"), depth=depth)
    chart = ridges.make(config, together=True)
    described = chart.to_json()
    assert {(trace.get("xaxis", "x"), trace.get("yaxis", "y")) for trace in described["data"]} == {("x", "y")}
    fills = [trace for trace in described["data"] if trace.get("fill") == "toself"]
    assert len({trace["line"]["color"] for trace in fills}) == len({trace["line"]["dash"] for trace in fills}) == 3
    assert all(len(trace["fillcolor"]) == len("#RRGGBBAA") and trace["fillcolor"][7:] < "88" for trace in fills)
    parts = [part for binding in chart.bindings if binding.kind == "numbers" for part in binding.parts]
    assert [at for field, at, _ in parts if field == "distance/affine_output"] == [(1,), (2,)]
    assert "drift" not in chart.fields
    assert all("distance" in column.label for column in chart.table if column.field.startswith("distance"))


def test_one_arm_alone_has_no_distance():
    chart = ridges.make(Config(normalizers=("batch",)), together=True)
    assert not [field for field in chart.fields if field.startswith("distance")]
    assert "annotations" not in chart.to_json()["layout"]


@pytest.mark.parametrize("depth", [1, 8, 9, MAX_DEPTH])
def test_numbers_of_a_row_stand_in_the_row_and_deep_ones_leave_out_idle_layers_on_a_phone(depth):
    chart = ridges.make(Config(depth=depth))
    for binding in chart.bindings:
        if binding.kind == "numbers":
            rows = chart.to_json()["data"][binding.trace]["y"]
            assert [int(y) for y in rows] == [*range(1, depth + 1)] * len(binding.parts)
            idle = {field for field, _, _ in binding.parts} & {"dead", "saturated"}
            assert binding.wide_only == (depth > 8 and bool(idle))
    forms = {(field, form) for b in chart.bindings if b.kind == "numbers" for field, _, form in b.parts}
    assert {("dead", "share_dead"), ("saturated", "share_saturated"), ("drift", "drift")} <= forms


def test_every_site_has_a_label():
    assert set(SITE_LABELS) == set(SITES)
    assert len(set(SITE_LABELS.values())) == len(SITES)
