"""The Gradients page: how it opens, its settings, and what it shows."""

import html
import re
from urllib.parse import parse_qs

import pytest
import streamlit as st

import bnviz.ui.live
from bnviz.config import FIELDS, KNOBS, Config
from bnviz.gradient_settings import SETTINGS
from bnviz.ui.links import setting_url
from tests.ui.visiting import PAGES, charts_of, config_of, mounts_of, texts_of, visit, widgets_of

PAGE = PAGES / "gradients.py"
CHARTS = ["signal", "gradients", "growth", "flat", "updates", "weight_gradients"]


def said(app):
    """All that the page says in words of its own."""
    return "\n".join(element.value for element in (*app.markdown, *app.caption))


def test_it_opens_on_the_first_setting_before_its_first_step():
    app = visit(PAGE)
    assert not app.exception
    assert not app.warning
    assert config_of(app) == SETTINGS[0].config
    assert f"**{SETTINGS[0].title}.** {SETTINGS[0].watch}" in said(app)
    assert {mount["run"]["plays"] for mount in mounts_of(app)} == {False}
    assert {mount["run"]["name"] for mount in mounts_of(app)} == {"gradients"}


def test_it_shows_the_way_out_the_way_back_and_what_follows():
    app = visit(PAGE)
    charts = charts_of(app)
    assert list(charts) == CHARTS
    assert [name for name, chart in charts.items() if chart["each_frame"]] == CHARTS[:3]
    assert texts_of(app) == ["flow"]
    captions = [caption.value for caption in app.caption]
    assert len(captions) == len(CHARTS)
    assert "misleads" in captions[-1]
    for part in ("Well known", "Less well known", "√(π/(π − 1)) ≈ 1.21", "Yang et al. 2019", "Disputed"):
        assert part in said(app)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_opens_by_its_link(setting):
    app = visit(PAGE, **parse_qs(setting_url(setting, {})[1:]))
    assert not app.exception
    assert not app.warning
    assert config_of(app) == setting.config
    assert f"**{setting.title}.** {setting.watch}" in said(app)
    links = [html.unescape(address) for element in app.get("html") for address in
             re.findall(r'href="(\?[^"]*)"', element.proto.body)]  # fmt: skip
    assert links == [setting_url(other, {}) for other in SETTINGS]


def test_of_other_networks_the_words_of_a_setting_are_not_said():
    app = visit(PAGE, setting="relu_20", depth="30")
    assert config_of(app) == Config(depth=30)
    assert not any(setting.watch in said(app) for setting in SETTINGS)


def test_every_knob_that_turns_the_networks_is_bridged():
    player = next(mount for mount in mounts_of(visit(PAGE)) if mount["kind"] == "player")
    assert set(player["knobs"]) == {name for name in KNOBS if not FIELDS[name].only_looks}


def test_the_deepest_networks_of_four_kinds_can_be_shown_and_large():
    app = visit(PAGE, depth="50", normalizers=["none", "batch", "layer", "rms"], activation="gelu", projector="on")
    assert not app.exception
    assert (config_of(app).depth, len(config_of(app).normalizers)) == (50, 4)
    assert {chart["scale"] for chart in charts_of(app).values()} == {1.4}


def test_defaults_are_the_setting_that_it_opens_with(monkeypatch):
    def button(run, knobs, on_defaults, **_):
        st.button("Defaults", on_click=on_defaults)

    monkeypatch.setattr(bnviz.ui.live, "live_player", button)
    app = visit(PAGE, setting="relu_20", depth="30", gamma="2", projector="on", normalizers="layer")
    app.button[0].click().run()
    assert not app.exception
    widgets = widgets_of(app)
    for name in FIELDS.keys() & widgets.keys():
        assert FIELDS[name].check(widgets[name].value) == getattr(SETTINGS[0].config, name), name
    assert widgets["projector"].value == "on"
    assert SETTINGS[0].watch in said(app)


def test_a_bad_link_is_mended():
    app = visit(PAGE, depth="99", activation="cats", setting="no such", nonsense="1")
    assert not app.exception
    assert app.warning[0].value.count("\n- ") == 4
    assert config_of(app).depth == 50
