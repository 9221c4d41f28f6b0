import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz import Config
from bnviz.config import FIELDS, KNOBS
from bnviz.fields import Choice, Digest, Number, Several

DIGESTS = st.text("0123456789abcdef", min_size=32, max_size=32)


def allowed(field, on_the_page=False):
    """Any value of a field that Python allows, or any that its widget shows."""
    allowed = field.range
    if isinstance(allowed, Choice):
        return st.sampled_from(list(allowed.options()))
    if isinstance(allowed, Several):
        names = st.sampled_from(list(allowed.options()))
        return st.lists(names, min_size=1, max_size=allowed.most, unique=True).map(tuple)
    if isinstance(allowed, Digest):
        return st.just("") | DIGESTS
    if on_the_page:
        return st.sampled_from(allowed.stops or places(allowed))
    if allowed.integer:
        return st.integers(int(allowed.minimum), int(allowed.maximum))
    return st.floats(allowed.minimum, allowed.maximum)


def places(slider):
    """Where the thumb of a linear slider can stand."""
    count = round((slider.maximum - slider.minimum) / slider.step)
    stand = [round(slider.minimum + k * slider.step, 10) for k in range(count + 1)]
    return [int(place) for place in stand] if slider.integer else stand


def settings_of_all_fields(on_the_page=False):
    settings = st.fixed_dictionaries({name: allowed(field, on_the_page) for name, field in FIELDS.items()})
    return settings.map(with_what_is_there)


def with_what_is_there(settings):
    """The same settings without a layer or a unit beyond the network."""
    mended = {"unit": min(settings["unit"], settings["width"])}
    for name, other in (("affine_layer", "all"), ("layer", "last")):
        beyond = settings[name] != other and int(settings[name]) > settings["depth"]
        mended[name] = other if beyond else settings[name]
    return settings | mended


JUNK_TEXT = st.one_of(
    st.text(),
    st.floats().map(str),
    st.integers().map(str),
    st.sampled_from(["", " ", "nan", "-inf", "1e999", "0x10", "1_0", "٣", "True", "all", "0", "51", "batch"]),
)
JUNK_TEXTS = st.lists(JUNK_TEXT, min_size=1, max_size=3)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*FIELDS, "junk"]), inner),
)


# ---------------------------------------------------------------------- what a field tells


@pytest.mark.parametrize("field", FIELDS.values(), ids=list(FIELDS))
def test_every_field_has_label_help_and_range(field):
    assert field.label.strip() == field.label != ""
    assert field.help[0].isupper() or field.help[0] in "γβε"
    assert field.help.endswith(".")
    assert isinstance(field.range, Number | Choice | Several | Digest)


@pytest.mark.parametrize("field", FIELDS.values(), ids=list(FIELDS))
def test_every_default_is_allowed_and_is_a_place_of_its_widget(field):
    assert field.check(field.default) == field.default == field.nearest(field.default)


@pytest.mark.parametrize(
    "field", [f for f in FIELDS.values() if isinstance(f.range, Number) and f.range.stops], ids=lambda f: f.name
)
def test_stops_rise_from_the_minimum_to_the_maximum(field):
    stops = field.range.stops
    assert list(stops) == sorted(set(stops))
    assert (stops[0], stops[-1]) == (field.range.minimum, field.range.maximum)


@pytest.mark.parametrize(
    "field", [f for f in FIELDS.values() if isinstance(f.range, Number) and not f.range.stops], ids=lambda f: f.name
)
def test_a_linear_slider_goes_in_whole_steps_from_the_minimum_to_the_maximum(field):
    steps = (field.range.maximum - field.range.minimum) / field.range.step
    assert steps == pytest.approx(round(steps), abs=1e-9)
    assert field.nearest(field.range.minimum) == field.range.minimum
    assert field.nearest(field.range.maximum) == field.range.maximum


@pytest.mark.parametrize("field", FIELDS.values(), ids=list(FIELDS))
def test_what_a_knob_implies_is_another_knob_at_an_allowed_value(field):
    for name, value in field.implies:
        assert field.knob
        assert name in KNOBS
        assert FIELDS[name].check(value) == value


def test_taking_hold_of_gamma_or_beta_holds_them():
    assert FIELDS["gamma"].implies == FIELDS["beta"].implies == (("affine", "held"),)


def test_the_fields_are_the_config_and_its_knobs_and_structure_share_them_out():
    config = Config()
    assert list(FIELDS) == [field.name for field in dataclasses.fields(Config)]
    assert config.knobs | config.structure == dataclasses.asdict(config)
    assert tuple(config.knobs) == KNOBS
    assert not config.knobs.keys() & config.structure.keys()


# ---------------------------------------------------------------------- refusals


def test_the_config_of_the_design_is_allowed():
    config = Config(
        dataset="digits", normalizers=("none", "batch"), depth=6, width=64, activation="relu", init="gain",
        init_gain=1.0, placement="before", optimizer="sgd", batch_size=64, learning_rate=0.1, sgd_momentum=0.0,
        momentum=0.1, eps=1e-5, gamma=1.0, beta=0.0, affine="learned", affine_layer="all", statistics="batch",
        input_scale=1.0, input_shift=0.0, noise=0.0, seed=0, device="cpu",
    )  # fmt: skip
    assert config == Config(init="gain", device="cpu")


@pytest.mark.parametrize("bad", [None, {}, True, math.nan, math.inf, "junk", -1e9, [["batch"]]], ids=repr)
@pytest.mark.parametrize("name", FIELDS)
def test_every_field_refuses_junk_in_its_own_name(name, bad):
    with pytest.raises(ValueError, match=rf"^{name} must .*, got "):
        Config(**{name: bad})


def test_a_layer_deeper_than_the_network_is_refused():
    assert Config(depth=3, affine_layer=3).affine_layer == "3"
    with pytest.raises(ValueError, match=r"^affine_layer must be 'all' or a layer up to the depth of 3, got '4'$"):
        Config(depth=3, affine_layer=4)
    with pytest.raises(ValueError, match=r"^layer must be 'last' or a layer up to the depth of 3, got '4'$"):
        Config(depth=3, layer=4)


def test_a_unit_beyond_the_width_is_refused():
    assert Config(width=8, unit=8).unit == 8
    with pytest.raises(ValueError, match=r"^unit must be 0 \(all\) or a unit up to the width of 8, got 9$"):
        Config(width=8, unit=9)


@pytest.mark.parametrize("digest", ["0" * 31, "0" * 33, "G" * 32, "A" * 32, "0" * 32 + "\n", 0, b"0" * 32])
def test_a_table_is_named_by_its_digest_alone(digest):
    with pytest.raises(ValueError, match=r"^table must be 32 hexadecimal digits or empty, got "):
        Config(table=digest)


def test_a_config_is_frozen_and_equal_configs_are_one_key():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().gamma = 2.0
    assert len({Config(), Config(gamma=1, normalizers=["none", "batch"]), Config(gamma=2)}) == 2


@given(settings_of_all_fields())
def test_numbers_are_held_in_their_own_type(settings):
    config = Config(**settings)
    for name, field in FIELDS.items():
        assert type(getattr(config, name)) is type(field.default), name


# ---------------------------------------------------------------------- change


def test_a_change_gives_a_new_config_and_leaves_the_old_one():
    config = Config()
    changed = config.change(gamma=2, affine="held")
    assert (changed.gamma, changed.affine) == (2.0, "held")
    assert config == Config()
    assert changed.structure == config.structure


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in KNOBS])
def test_the_structure_cannot_be_changed(name):
    with pytest.raises(ValueError, match=rf"^{name} is part of the structure: start a new run to change it; knobs"):
        Config().change(**{name: FIELDS[name].default})


def test_what_is_no_field_cannot_be_changed():
    with pytest.raises(ValueError, match=r"^gama is no field; knobs are batch_size, .*gamma.*, input_shift$"):
        Config().change(gama=2)


def test_a_knob_is_not_changed_to_a_bad_value():
    with pytest.raises(ValueError, match=r"^gamma must lie between 0 and 5, got 7$"):
        Config().change(gamma=7)
    with pytest.raises(ValueError, match=r"^affine_layer must be 'all' or a layer up to the depth of 6, got '7'$"):
        Config().change(affine_layer="7")


# ---------------------------------------------------------------------- JSON


@given(settings_of_all_fields())
def test_json_gives_back_every_config(settings):
    config = Config(**settings)
    assert Config.from_json(config.to_json()) == config
    assert Config.from_json(config.to_json().encode()) == config
    assert Config.from_dict(json.loads(config.to_json())) == config


def test_missing_fields_take_their_defaults():
    assert Config.from_json('{"gamma": 2}') == Config(gamma=2)


@pytest.mark.parametrize("text", ["", "{", "gamma=2", b"\xff\xfe\x00", "\ud800"], ids=repr)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError, match=r"^a config must be JSON: "):
        Config.from_json(text)


def test_json_nested_too_deeply_is_refused():
    with pytest.raises(ValueError, match=r"^a config must be JSON: "):
        Config.from_json("[" * 4096)


def test_json_with_a_number_too_large_for_a_float_is_refused():
    with pytest.raises(ValueError, match=r"^gamma must "):
        Config.from_json('{"gamma": 1' + "0" * 400 + "}")


@pytest.mark.parametrize("text", ["null", "3", "NaN", '"gamma"', '[["gamma", 2]]'])
def test_json_that_is_no_object_is_refused(text):
    with pytest.raises(ValueError, match=r"^a config must be an object of names and values, got "):
        Config.from_json(text)


@pytest.mark.parametrize("name", ["gama", "self", "__class__", 3, None, "x" * 500])
def test_an_unknown_field_is_refused_with_the_fields_there_are(name):
    with pytest.raises(ValueError, match=r"^a config has no field .{1,45}; its fields are source, .*, device$"):
        Config.from_dict({name: 1})


@given(JUNK)
def test_from_dict_gives_a_config_or_refuses(junk):
    try:
        config = Config.from_dict(junk)
    except ValueError as refused:
        assert str(refused)  # noqa: PT017 (any other exception fails the test)
    else:
        assert all(getattr(config, name) == FIELDS[name].check(value) for name, value in junk.items())


# ---------------------------------------------------------------------- URL


@given(settings_of_all_fields(on_the_page=True))
def test_the_url_gives_back_every_config_that_the_page_can_show(settings):
    config = Config(**settings)
    assert Config.from_query(config.to_query()) == dataclasses.replace(config, table="")


@given(DIGESTS)
def test_a_table_is_in_no_url_and_none_is_taken_from_one(digest):
    assert Config(dataset="table", table=digest).to_query() == {"dataset": ["table"]}
    assert Config.from_query({"table": [digest], "gamma": ["2"]}) == Config(gamma=2)


def test_the_url_names_what_differs_from_the_defaults():
    assert Config().to_query() == {}
    assert Config(gamma=2, eps=1e-3, normalizers=("batch", "layer")).to_query() == {
        "normalizers": ["batch", "layer"], "eps": ["0.001"], "gamma": ["2"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "mended"),
    [
        ({"gamma": ["7"]}, {"gamma": 5}),
        ({"gamma": ["nan"]}, {}),
        ({"gamma": ["1.98"]}, {"gamma": 2}),
        ({"gamma": ["3", "2"]}, {"gamma": 2}),
        ({"learning_rate": ["0"]}, {"learning_rate": 1e-4}),
        ({"batch_size": ["5"]}, {"batch_size": 6}),
        ({"depth": ["2.6"]}, {"depth": 3}),
        ({"seed": ["inf"]}, {"seed": 999_999}),
        ({"dataset": ["mnist"]}, {}),
        ({"normalizers": ["batch", "junk", "batch"]}, {"normalizers": ("batch",)}),
        ({"affine_layer": ["9"]}, {"affine_layer": "6"}),
        ({"affine_layer": ["7"]}, {"affine_layer": "6"}),
        ({"affine_layer": ["9"], "depth": ["3"]}, {"affine_layer": "3", "depth": 3}),
        ({"layer": ["9"]}, {"layer": "6"}),
        ({"unit": ["200"]}, {"unit": 64}),
        ({"unit": ["200"], "width": ["8"]}, {"unit": 8, "width": 8}),
        ({"width": ["8"]}, {"width": 8}),
        ({"examples": ["1e9"]}, {"examples": 5000}),
        ({"utm_source": ["news"], "__class__": ["x"]}, {}),
    ],
)
def test_a_url_is_mended_to_the_nearest_config(query, mended):
    assert Config.from_query(query) == Config(**mended)


@given(st.dictionaries(st.sampled_from([*FIELDS, "junk"]), JUNK_TEXTS))
def test_any_url_gives_a_config_whose_own_url_agrees_with_it(query):
    config = Config.from_query(query)
    assert Config.from_query(config.to_query()) == config


@pytest.mark.parametrize("name", FIELDS)
@given(texts=JUNK_TEXTS, settings=settings_of_all_fields(on_the_page=True))
def test_junk_in_one_field_of_a_url_leaves_the_others_as_they_are(name, texts, settings):
    config = Config(**settings | {"affine_layer": "all", "layer": "last", "unit": 0, "table": ""})
    mended = Config.from_query(config.to_query() | {name: texts})
    assert all(getattr(mended, other) == getattr(config, other) for other in FIELDS if other != name)


def test_a_field_named_in_a_url_without_a_value_takes_its_default():
    assert Config.from_query({"normalizers": []}) == Config()
    assert Config.from_query({"gamma": [], "dataset": []}) == Config()
