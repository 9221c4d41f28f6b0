"""The pages as Streamlit runs them, without a browser: what they show, and what links and hands do to them."""

import dataclasses
import json
import subprocess
import sys

import pytest

import bnviz.ui.live
from bnviz import sources
from bnviz.config import FIELDS, KNOBS, Config
from bnviz.fields import Number
from bnviz.gradient_settings import SETTINGS
from bnviz.sources import inference
from tests.ui.visiting import MAIN, PAGE, PAGE_FIELDS, PAGES, ROOT, config_of, mounts_of, visit, widgets_of

JUNK = ["", "junk", "nan", "-inf", "1e999", "💥", "x" * 300]


@pytest.fixture
def app():
    """The Covariate shift page as it opens."""
    return visit()


# ---------------------------------------------------------------------- opening


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.py")), ids=lambda page: page.stem)
def test_every_page_opens(page):
    app = visit(page=None)
    app.switch_page(str(page)).run()
    assert not app.exception
    assert not app.warning


def test_the_address_alone_opens_a_page_with_something_to_see():
    app = visit(page=None)
    assert not app.exception
    assert app.get("bidi_component")


def test_the_widgets_are_the_fields_with_their_defaults(app):
    widgets = widgets_of(app)
    assert set(widgets) <= {*FIELDS, *PAGE_FIELDS}
    assert {"normalizers", "depth", "optimizer", "activation", "seed", "site", "view", "panels"} <= set(widgets)
    assert set(KNOBS) - {"layer", "unit"} <= set(widgets)  # these two show with what is drawn over time
    defaults = dataclasses.asdict(Config())
    for name in set(widgets) & set(FIELDS):
        assert FIELDS[name].check(widgets[name].value) == defaults[name], name
    assert config_of(app) == Config()
    assert list(app.query_params) == []


def test_the_scale_of_the_start_shows_only_where_it_acts(app):
    assert "init_gain" not in widgets_of(app)
    app.selectbox(key="init").set_value("gain").run()
    assert "init_gain" in widgets_of(app)
    app.select_slider(key="init_gain").set_value(2.0).run()
    assert config_of(app).init_gain == 2
    assert not app.exception


# ---------------------------------------------------------------------- live components


def test_the_player_feeds_the_run_from_the_sliders_of_its_knobs(app):
    widgets = widgets_of(app)
    player = next(mount for mount in mounts_of(app) if mount["kind"] == "player")
    assert set(player["knobs"]) == set(KNOBS)
    assert player["run"]["knobs"] == list(KNOBS)
    for name, bridged in player["knobs"].items():
        if name in ("layer", "unit"):
            continue  # not on the page now
        allowed = FIELDS[name].range
        if isinstance(allowed, Number) and allowed.stops:
            assert bridged["stops"] == list(allowed.stops)
            shown = [float(text) for text in widgets[name].options]  # the thumb's place is an index of both
            assert shown == bridged["stops"]
        else:
            assert bridged["stops"] is None
        assert bridged["implies"] == dict(FIELDS[name].implies)


def test_the_charts_follow_the_same_run_and_differ_in_name(app):
    charts = [mount for mount in mounts_of(app) if mount["kind"] == "chart"]
    names = [mount["chart"]["name"] for mount in charts]
    assert {"ridges", "loss", "accuracy"} <= set(names)
    assert len(set(names)) == len(names)
    assert {mount["run"]["name"] for mount in mounts_of(app)} == {"main"}
    assert all(mount["plotlyUrl"] == charts[0]["plotlyUrl"] for mount in charts)
    assert all(mount["chart"]["fields"] for mount in charts)


@pytest.mark.parametrize("site", ["pre_activation", "normalized", "affine_output", "activation"])
def test_the_values_shown_can_be_chosen(site):
    app = visit(site=site)
    assert app.selectbox(key="site").value == site
    ridges = next(mount["chart"] for mount in mounts_of(app) if mount["kind"] == "chart")
    assert f"profile/{site}" in ridges["fields"]
    assert config_of(app) == Config()  # it is the page's, not the run's


@pytest.mark.parametrize("arms", [["batch"], ["none", "batch"], ["none", "batch", "layer"]])
def test_the_page_has_a_place_for_each_number_of_networks(app, arms):
    app.multiselect(key="normalizers").set_value(arms).run()
    assert not app.exception
    assert config_of(app).normalizers == tuple(arms)


def test_without_any_network_the_default_pair_is_shown(app):
    app.multiselect(key="normalizers").set_value([]).run()
    assert not app.exception
    assert config_of(app).normalizers == Config().normalizers


# ---------------------------------------------------------------------- links


def test_a_link_sets_the_widgets_and_the_run():
    asked = Config(
        gamma=2.0, affine="held", eps=0.1, batch_size=8, depth=3, normalizers=("layer", "none"), seed=42, init="gain",
        activation="tanh", affine_layer="2",
    )  # fmt: skip
    app = visit(**asked.to_query())
    assert not app.exception
    assert not app.warning
    assert config_of(app) == asked
    widgets = widgets_of(app)
    for name in asked.to_query():
        assert FIELDS[name].check(widgets[name].value) == getattr(asked, name)


def test_a_link_to_the_address_alone_keeps_its_settings():
    app = visit(page=None, gamma="2", normalizers=["layer", "none"])
    assert not app.exception
    assert config_of(app) == Config(gamma=2.0, normalizers=("layer", "none"))


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: ascii(junk)[:12])
def test_junk_in_every_field_is_mended_and_said(junk):
    app = visit(**dict.fromkeys([*FIELDS, *PAGE_FIELDS, "nonsense"], junk))
    assert not app.exception
    notes = app.warning[0].value.split("\n- ")[1:]
    allowed = 0 if junk else 2  # no panel and no setting can be asked for
    assert len(notes) == len(FIELDS) + len(PAGE_FIELDS) + 1 - allowed
    for field in FIELDS.values():
        assert any(note.startswith(f"{field.label}:") for note in notes), field.name
    assert any("nonsense" in note for note in notes)
    config = config_of(app)
    for name, widget in widgets_of(app).items():  # widgets, run and link agree
        if name in FIELDS:
            assert FIELDS[name].check(widget.value) == getattr(config, name)
        if name in FIELDS and name in app.query_params:
            asked = app.query_params[name]
            assert ([asked] if isinstance(asked, str) else asked) == FIELDS[name].range.text(getattr(config, name))
    assert "nonsense" not in app.query_params


def test_what_was_right_in_a_bad_link_is_kept_and_the_note_is_shown_once():
    app = visit(gamma="2", depth="60", activation="tanh", dataset="cats")
    assert config_of(app) == Config(gamma=2.0, depth=50, activation="tanh")
    assert app.warning[0].value.count("\n- ") == 2
    app.slider(key="beta").set_value(1.0).run()
    assert not app.warning
    assert config_of(app) == Config(gamma=2.0, beta=1.0, depth=50, activation="tanh", affine="held")


def test_a_layer_that_is_not_there_is_mended():
    app = visit(affine_layer="9", depth="4")
    assert not app.exception
    assert config_of(app) == Config(affine_layer="4", depth=4)
    assert "`9`, which is not possible; 4 is used" in app.warning[0].value


def test_a_layer_that_goes_away_does_not_break_the_page():
    app = visit(affine_layer="6")
    app.slider(key="depth").set_value(2).run()
    assert not app.exception
    assert config_of(app) == Config(affine_layer="2", depth=2)


OPENING_OTHERWISE = {"gradients": SETTINGS[0].config, "inference": inference.Config(gain=0.3)}


@pytest.mark.parametrize("name", OPENING_OTHERWISE)
def test_where_a_page_opens_otherwise_its_defaults_have_an_address(name):
    def asked(app):
        return sources.config_of(mounts_of(app)[0]["run"]["config"])

    page, opening = PAGES / f"{name}.py", OPENING_OTHERWISE[name]
    app = visit(page)
    assert asked(app) == opening
    app.query_params.clear()  # as a browser does when all is put back
    assert dict(app.run().query_params) == {"defaults": ""}
    plain = visit(page, defaults="")
    assert asked(plain) == type(opening)()
    assert not plain.warning
    mended = visit(page, defaults="x", seed="7", nonsense="1")
    assert asked(mended) == type(opening)(seed=7)
    assert dict(mended.query_params) == {"defaults": "", "seed": "7"}
    assert "nonsense" in mended.warning[0].value


# ---------------------------------------------------------------------- hands


@pytest.mark.parametrize("name", ["gamma", "beta"])
def test_taking_hold_of_gamma_or_beta_holds_it_and_one_click_lets_it_learn(app, name):
    app.slider(key=name).set_value(2.0).run()
    assert config_of(app) == Config(**{name: 2.0, "affine": "held"})
    assert widgets_of(app)["affine"].value == "held"
    widgets_of(app)["affine"].set_value("learned").run()
    assert config_of(app) == Config(**{name: 2.0})
    assert not app.exception


@pytest.mark.parametrize(("seed", "following"), [(0, 1), (41, 42), (999_999, 0)])
def test_a_new_seed_is_the_next_one(monkeypatch, seed, following):
    """The player is replaced by a button: only a browser can press the real one."""
    import streamlit as st

    def button(run, knobs, on_new_seed, **_):
        st.button("New seed", on_click=on_new_seed)

    monkeypatch.setattr(bnviz.ui.live, "live_player", button)
    app = visit(seed=str(seed), gamma="2")
    assert app.number_input(key="seed").value == seed
    app.button[0].click().run()
    assert not app.exception
    assert app.number_input(key="seed").value == following
    charts = [json.loads(mount.proto.json)[0]["run"]["config"] for mount in app.get("bidi_component")]
    assert {Config.from_dict(config) for config in charts} == {Config(seed=following, gamma=2.0)}


# ---------------------------------------------------------------------- the server stays light

SERVED = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(MAIN)!r}, default_timeout=60)
app.switch_page({str(PAGE)!r}).run()
assert not app.exception and app.get("bidi_component")
heavy = [name for name in ("torch", "sklearn", "scipy", "pandas", "pyarrow") if name in sys.modules]
assert not heavy, heavy
"""


def test_a_page_is_served_without_torch_and_pandas():
    done = subprocess.run([sys.executable, "-c", SERVED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
