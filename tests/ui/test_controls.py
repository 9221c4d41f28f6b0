"""Links are mended for any junk, and every setting has the widget that fits it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from bnviz.config import FIELDS, Config
from bnviz.fields import Choice, Digest, Field, Number, Several
from bnviz.ui import controls
from bnviz.ui.controls import asked_config, mend

SITE = Field("site", "b", "Site", "A setting of a page.", Choice(lambda: {"a": "A", "b": "B"}))
ALL = {**FIELDS, "site": SITE}
SHOWN = {name: field for name, field in FIELDS.items() if not isinstance(field.range, Digest)}  # those with a widget
NAMES = [name for field in SHOWN.values() if not isinstance(field.range, Number) for name in field.range.options()]
JUNK = ["", " ", "nan", "inf", "-inf", "1e999", "-1e999", "-0", "0x10", "1_0", "٣", "1e-400", "None", "True", "[]",
        "6.5", "2,5", "\0", "x" * 200, "all", "999", "](", "*"]  # fmt: skip
texts = st.sampled_from(NAMES) | st.sampled_from(JUNK) | st.text(max_size=8) | st.floats().map(str)
texts |= st.integers(-10, 70).map(str)
links = st.dictionaries(
    st.sampled_from(list(ALL)) | st.text(max_size=50), st.lists(texts, min_size=1, max_size=3), max_size=8
)


def places(field):
    """The values of a field that the page can show."""
    allowed = field.range
    if isinstance(allowed, Number):
        if allowed.stops:
            return st.sampled_from([int(stop) if allowed.integer else stop for stop in allowed.stops])
        count = round((allowed.maximum - allowed.minimum) / allowed.step)
        kind = int if allowed.integer else float
        return st.integers(0, count).map(lambda k: kind(round(allowed.minimum + k * allowed.step, 10)))
    if isinstance(allowed, Several):
        several = st.lists(st.sampled_from(list(allowed.options())), min_size=1, max_size=allowed.most, unique=True)
        return several.map(tuple)
    return st.sampled_from(list(allowed.options()))


def possible(values):
    """The same values without a layer or a unit beyond the network."""
    mended = {"unit": min(values["unit"], values["width"])}
    for name, other in (("affine_layer", "all"), ("layer", "last")):
        mended[name] = other if values[name] != other and int(values[name]) > values["depth"] else values[name]
    return values | mended


configs = st.fixed_dictionaries({name: places(field) for name, field in SHOWN.items()}).map(possible)


def as_number(text):
    try:
        return float(text)
    except ValueError:
        return None


# ---------------------------------------------------------------------- links


@given(links)
def test_whatever_a_link_asks_for_becomes_an_allowed_config(raw):
    mended, _ = mend(raw, ALL)
    assert set(mended) == set(raw) & set(ALL) - {"table"}
    values = {name: ALL[name].nearest(ALL[name].range.parse(found)) for name, found in mended.items()}
    for name, value in values.items():
        assert ALL[name].check(value) == value
        assert ALL[name].range.text(value) == mended[name]
    values.pop("site", None)
    assert Config.from_query(mended) == Config(**values)


@given(links)
def test_mending_twice_is_mending_once(raw):
    mended, _ = mend(raw, ALL)
    assert mend(mended, ALL) == (mended, [])


@given(st.dictionaries(st.sampled_from(list(ALL)) | st.text(max_size=50), texts.map(lambda text: [text]), max_size=8))
def test_there_is_a_note_for_each_change_and_for_nothing_else(raw):
    mended, notes = mend(raw, ALL)
    changed = []
    for name, (asked,) in raw.items():
        if name not in ALL or name == "table":
            changed.append(name)
        elif isinstance(ALL[name].range, Number):
            changed += [name] * (as_number(asked) != as_number(mended[name][0]))
        else:
            changed += [name] * (mended[name] != [asked])
    assert len(notes) == len(changed)
    for name in changed:
        label = ALL[name].label if name in ALL else controls._quoted(name)
        assert any(label in note for note in notes)


@given(st.sampled_from(["affine_layer", "layer"]), texts, st.integers(1, 50))
def test_a_layer_is_mended_where_it_is_unknown_or_too_deep(name, asked, depth):
    mended, notes = mend({name: [asked], "depth": [str(depth)]}, ALL)
    other = FIELDS[name].default
    there = [other, *(str(layer) for layer in range(1, depth + 1))]
    deep = asked in FIELDS[name].range.options() and asked not in there
    assert mended[name] == [asked if asked in there else str(depth) if deep else other]
    assert len(notes) == (asked not in there)


@given(configs)
def test_a_link_that_is_as_it_should_be_stays_so(values):
    config = Config(**values)
    link = config.to_query()
    assert mend(link, FIELDS) == (link, [])
    whole = {name: field.range.text(values[name]) for name, field in SHOWN.items()}
    assert mend(whole, FIELDS) == (whole, [])
    assert Config.from_query(whole) == config


@pytest.mark.parametrize(
    ("raw", "mended", "words"),
    [
        ({"gamma": ["99"]}, {"gamma": ["5"]}, ["γ", "99", "5 is used"]),
        ({"gamma": ["-inf"]}, {"gamma": ["0"]}, ["γ", "-inf", "0 is used"]),
        ({"gamma": ["nan"]}, {"gamma": ["1"]}, ["γ", "nan", "1 is used"]),
        ({"batch_size": ["63"]}, {"batch_size": ["64"]}, ["Batch size", "63", "64 is used"]),
        ({"eps": ["0"]}, {"eps": ["1e-08"]}, ["ε", "`0`", "1e-08 is used"]),
        ({"dataset": ["cats"]}, {"dataset": ["digits"]}, ["Dataset", "cats", "digits is used"]),
        ({"normalizers": ["batch", "x"]}, {"normalizers": ["batch"]}, ["Networks", "batch, x", "batch is used"]),
        ({"nonsense": ["1"]}, {}, ["nonsense", "no setting"]),
        ({"depth": ["3"], "affine_layer": ["5"]}, {"depth": ["3"], "affine_layer": ["3"]}, ["`5`", "3 is used"]),
        ({"affine_layer": ["7"]}, {"affine_layer": ["6"]}, ["`7`", "6 is used"]),
        ({"layer": ["7"]}, {"layer": ["6"]}, ["Layer looked at", "`7`", "6 is used"]),
        ({"width": ["8"], "unit": ["9"]}, {"width": ["8"], "unit": ["8"]}, ["Unit looked at", "`9`", "8 is used"]),
        ({"table": ["0" * 32]}, {}, ["Own table", "a link cannot hold a table", "again"]),
        ({"table": ["![x](//e.co/i)"]}, {}, ["Own table", "a link cannot hold a table"]),
        ({"table": [""]}, {}, ["Own table"]),
        ({"x" * 500: ["1"]}, {}, ["xxxx…", "no setting"]),
        ({"dataset": ["y" * 500]}, {"dataset": ["digits"]}, ["yyyy…", "digits is used"]),
    ],
    ids=str,
)
def test_a_note_names_what_was_asked_for_and_what_is_used(raw, mended, words):
    found, (note,) = mend(raw, FIELDS)
    assert found == mended
    assert all(word in note for word in words), note
    assert len(note) < 200


@pytest.mark.parametrize("text", ["2", "2.0", "2e0", "+2", " 2 "])
def test_the_same_number_in_other_words_needs_no_note(text):
    assert mend({"gamma": [text]}, FIELDS) == ({"gamma": ["2"]}, [])


def test_the_last_of_several_values_wins():
    assert mend({"gamma": ["x", "2"]}, FIELDS) == ({"gamma": ["2"]}, [])
    assert mend({"activation": ["relu", "tanh"]}, FIELDS)[0] == {"activation": ["tanh"]}


def test_notes_are_words_and_never_links_or_pictures():
    """A link must not put a picture or a link of its own onto our page."""
    for raw in ({"![x](//e.co/i)": ["1"]}, {"dataset": ["![x](//e.co/i)"]}, {"gamma": ["[x](//e.co)"]}):
        _, (note,) = mend(raw, FIELDS)
        assert "](" not in note or "`" in note, note


# ---------------------------------------------------------------------- what the widgets ask for


@given(
    st.dictionaries(st.sampled_from(list(FIELDS)), texts | st.lists(texts) | st.none() | st.floats() | st.booleans())
)
def test_whatever_the_widgets_hold_the_config_is_allowed(state):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(controls.st, "session_state", state)
        config = asked_config()
    for name, field in FIELDS.items():
        assert field.check(getattr(config, name)) == getattr(config, name)


@given(configs, st.sampled_from(["", "0123456789abcdef" * 2]))
def test_the_config_is_what_the_widgets_show_and_the_table_that_was_chosen(values, digest):
    values = values | {"table": digest}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(controls.st, "session_state", values)
        assert asked_config() == Config(**values)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(NAMES) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(configs, JSON | st.dictionaries(st.sampled_from(list(FIELDS)), JSON, min_size=1))
def test_whatever_a_page_reports_the_widgets_hold_what_is_allowed_and_gain_nothing_else(values, reported):
    state = values | {"view": "beside"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(controls.st, "session_state", state)
        controls.take_over(reported)
        held = asked_config()
    assert state == {**{name: getattr(held, name) for name in values}, "view": "beside"}
    assert all(state[name] == values[name] for name in values if not FIELDS[name].knob)


# ---------------------------------------------------------------------- widgets


def all_controls():
    """The script of an app that shows every setting."""
    from bnviz.config import FIELDS
    from bnviz.ui.controls import control

    for field in FIELDS.values():
        control(field)


@pytest.fixture
def app():
    return AppTest.from_function(all_controls, default_timeout=30)


def widgets_of(app):
    kinds = ("slider", "select_slider", "number_input", "selectbox", "multiselect", "button_group")
    return {widget.key: (kind, widget) for kind in kinds for widget in app.get(kind)}


def test_every_setting_has_the_widget_that_fits_it(app):
    found = widgets_of(app.run())
    assert not app.exception
    assert found.keys() == SHOWN.keys()
    for name, (kind, widget) in found.items():
        field, allowed = FIELDS[name], FIELDS[name].range
        assert widget.label == field.label
        assert field.help in widget.proto.help
        assert FIELDS[name].check(widget.value) == field.default, name
        if isinstance(allowed, Several):
            assert (kind, widget.max_selections, len(widget.options)) == (
                "multiselect", allowed.most, len(allowed.options()),
            )  # fmt: skip
        elif isinstance(allowed, Choice):
            assert (kind, widget.options) == ("selectbox", list(allowed.options()))
        elif allowed.stops:
            assert (kind, len(widget.options)) == ("select_slider", len(allowed.stops))
        else:
            assert kind == ("number_input" if name == "seed" else "slider"), name
            assert (widget.min, widget.max, widget.step) == (allowed.minimum, allowed.maximum, allowed.step)


def test_help_says_what_is_allowed(app):
    found = widgets_of(app.run())
    assert "From 1 to 50 layers." in found["depth"][1].help
    assert "From 1e-08 to 100." in found["eps"][1].help
    assert "**gain**: scaled to the activation" in found["init"][1].help


def another(field):
    """An allowed value that is not the default; the default where there is no other."""
    allowed = field.range
    if isinstance(allowed, Number):
        value = allowed.stops[2] if allowed.stops else allowed.minimum + 3 * allowed.step
        return int(value) if allowed.integer else value
    names = [name for name in allowed.options() if name != field.default]
    return (names[0],) if isinstance(allowed, Several) else (names or [field.default])[0]


MOVABLE = [name for name, field in SHOWN.items() if another(field) != field.default]


def test_every_widget_follows_the_link(app):
    values = {name: another(field) for name, field in SHOWN.items()}
    assert len(MOVABLE) > 15
    for name, value in values.items():
        app.query_params[name] = FIELDS[name].range.text(value)
    found = widgets_of(app.run())
    assert not app.exception
    assert {name: FIELDS[name].check(widget.value) for name, (_, widget) in found.items()} == values


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.implies])
def test_moving_a_control_sets_what_it_implies(app, name):
    app.run()
    assert app.session_state["affine"] == "learned"
    slider = app.slider(key=name)
    slider.set_value(slider.value + slider.step).run()
    assert not app.exception
    assert dict(FIELDS[name].implies) == {"affine": "held"}
    assert app.session_state["affine"] == "held"
    assert app.selectbox(key="affine").value == "held"


@pytest.mark.parametrize("name", [name for name in MOVABLE if not FIELDS[name].implies])
def test_moving_another_control_sets_nothing_else(app, name):
    app.run()
    value = another(FIELDS[name])
    before = {other: app.session_state[other] for other in SHOWN if other != name}
    _, widget = widgets_of(app)[name]
    widget.set_value(list(value) if isinstance(value, tuple) else value).run()
    assert not app.exception
    assert {other: app.session_state[other] for other in before} == before
    assert FIELDS[name].check(app.session_state[name]) == value


def test_a_choice_can_stand_in_a_row():
    def script():
        from bnviz.config import FIELDS
        from bnviz.ui.controls import control

        control(FIELDS["affine"], inline=True)

    app = AppTest.from_function(script).run()
    assert not app.exception
    (row,) = app.get("button_group")
    assert (row.key, row.value) == ("affine", "learned")
    row.set_value("held").run()
    assert app.session_state["affine"] == "held"
