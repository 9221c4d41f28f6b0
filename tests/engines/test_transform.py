"""The engine of one mini-batch: what it gives, and that knobs change only what they should."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnviz import engines, sources
from bnviz.live.wire import pack_frame, unpack_frame
from bnviz.sources.transform import FIELDS, OFF, SHOWN, TEXT_FIELDS, Config

RANGES = {name: field.range for name, field in Config.fields().items() if field.knob and name != "upstream"}


def look(**asked):
    return engines.make(Config(**asked)).snapshot(FIELDS)


def places(allowed):
    return st.sampled_from(allowed.stops) if allowed.stops else st.sampled_from([allowed.minimum, allowed.maximum])


knobs = st.fixed_dictionaries(
    {}, optional={name: places(allowed) for name, allowed in RANGES.items()}
    | {"upstream": st.sampled_from(["drawn", "one", "alike", "along"])},
)  # fmt: skip


@settings(max_examples=40)
@given(knobs, st.sampled_from([*Config.fields()["values"].range.options()]))
def test_every_field_can_be_drawn_wherever_the_knobs_stand(turned, values):
    found = look(values=values, **turned)
    assert set(found.values) == set(FIELDS)
    always = look()
    for name, value in found.values.items():
        if name in TEXT_FIELDS:
            assert value
            assert "nan" not in value
            continue
        gaps = name in ("mark_x", "mate_stem", "mate_before", "mate_after")
        assert gaps or np.isfinite(value).all(), name
        if name not in ("mate_cells", "mate_number", "term_cells", "term_number"):  # of tables
            assert value.shape == always.values[name].shape, name  # so that the picture is painted, not made anew
    header, arrays = unpack_frame(pack_frame({}, found.values))
    assert set(header["texts"]) | set(arrays) == set(FIELDS)


def test_only_what_is_asked_for_is_given():
    assert set(engines.make(Config()).snapshot(["said", "levels"]).values) == {"said", "levels"}
    with pytest.raises(ValueError, match="transform has no field 'loss'"):
        engines.make(Config()).snapshot(["loss"])


def test_the_knobs_are_obeyed_and_come_back_with_the_numbers():
    engine = engines.make(Config())
    engine.change(gamma=2.0, beta=-1.0)
    found = engine.snapshot(["row_mean", "row_std"])
    assert found.knobs["gamma"] == 2
    np.testing.assert_allclose(found.row_mean[:3], [-1, 0, 0], atol=1e-9)
    np.testing.assert_allclose(found.row_std[:2], [2, 1], rtol=1e-4)
    with pytest.raises(ValueError, match="gamma must lie between -3 and 3"):
        engine.change(gamma=7)


def test_it_goes_on_from_what_was_saved():
    engine = engines.make(Config(values="skewed"))
    engine.change(batch_size=64)
    again = engines.restore(engine.config, engine.save())
    assert again.config == engine.config
    assert again.snapshot(["said"]).said == engine.snapshot(["said"]).said


@pytest.mark.parametrize("centre", [-5.0, 0.0, 4.0])
def test_normalized_values_do_not_feel_where_the_values_lie(centre):
    moved, there = (look(centre=place).point_x.reshape(4, -1)[1, :16] for place in (centre, 3.0))
    np.testing.assert_allclose(moved, there, atol=1e-9)


def test_points_are_shown_faintly_or_fully_or_on_their_way():
    def at(stage):
        found = look(stage=stage)
        rows = [(getattr(found, name).reshape(4, SHOWN)[:, 0] < OFF).tolist() for name in ("point_x", "point_faint")]
        return *rows, bool(found.travel_x[0] < OFF), found.levels_now.any(axis=1).tolist()

    every, none = [True] * 4, [False] * 4
    assert at(0.0) == (every, none, False, every)
    assert at(1.0) == ([False, False, False, True], [True, True, True, False], False, [False, False, False, True])
    assert at(4.0) == ([True, False, False, False], [False, True, True, True], False, [True, False, False, False])
    assert at(2.5) == (none, every, True, [False, True, True, False])


def test_on_their_way_points_lie_between_two_rows():
    rows = look(stage=0.0).point_x.reshape(4, SHOWN)
    found = look(stage=2.25)
    np.testing.assert_allclose(found.travel_x[:16], (0.75 * rows[2] + 0.25 * rows[1])[:16])
    assert ((found.travel_y > 2) & (found.travel_y < 3)).all()


def test_moving_one_example_moves_all_outputs_and_leaves_the_other_inputs():
    x_before, x_after, y_before, y_after = look(moved=3, moved_by=5.0).mate_cells
    np.testing.assert_allclose(x_after - x_before, [5 if number == 3 else 0 for number in range(1, 17)], atol=1e-12)
    assert (abs(y_after - y_before) > 1e-6).all()


def test_marks_lie_upon_the_points_of_their_examples():
    found = look(example=5, moved=9)
    rows, heights = found.point_x.reshape(4, SHOWN), found.path_y - np.arange(1, 5)
    for name, place in (("path", 4), ("moved", 8)):
        np.testing.assert_array_equal(getattr(found, f"{name}_x"), rows[:, place])
    np.testing.assert_allclose(heights, heights[0])
    assert -0.3 < heights[0] < 0
    assert found.path_y[0] != found.moved_y[0]
    assert found.mate_chosen.tolist() == [[5], [9]]
    assert (found.mate_calculated, found.mate_moved) == (found.mate_after[4], found.mate_after[8])


def test_where_the_batch_has_no_more_examples_there_are_no_outputs():
    found = look(batch_size=4, moved=9)
    assert np.isfinite(found.mate_after).tolist() == [True] * 4 + [False] * (SHOWN - 4)
    assert found.mate_chosen.tolist() == [[1], [4]]


def test_a_smaller_batch_than_the_example_takes_its_last():
    assert look(batch_size=4, example=9).cell.startswith("Example 4 of 4")


def test_scaled_values_lie_where_they_are_said_to():
    found = look(values="normal", batch_size=32)
    batch, standardized, minmax = range(3)
    assert found.scaled_low[minmax] == 0
    assert found.scaled_high[minmax] == 1
    assert found.scaled_inside[minmax] == 1
    assert found.scaled_inside[batch] < 0.5
    np.testing.assert_allclose(found.scaled_std[[batch, standardized]], 1, rtol=1e-3)
    dots = found.scaled_dots.reshape(3, SHOWN)
    assert np.ptp(dots[batch]) > 0.1
    assert np.ptp(dots[standardized]) == np.ptp(dots[minmax]) == 0


def test_a_source_without_steps_says_so():
    assert sources.momentary("transform") == frozenset()
    with pytest.raises(ValueError, match="transform makes no steps"):
        engines.make(Config()).advance()
