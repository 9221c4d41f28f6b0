"""A page that watches somebody else's run: all that is drawn of it, what each setting is, and nothing to turn."""

import html
import json
import re

import pytest

from bnviz import sources
from bnviz.config import FIELDS
from bnviz.sources import inference
from bnviz.ui import controls
from tests.ui.visiting import PAGE, PAGES, charts_of, config_of, mounts_of, texts_of, visit, widgets_of

TOKEN = "aB3_-" * 6 + "xy"
WITH_RUNS = [page for page in sorted(PAGES.glob("*.py")) if page.stem != "watch"]  # which leads to another


def told(app):
    """What the page says that each setting is."""
    said = "".join(element.proto.body for element in app.get("html"))
    return {name: html.unescape(text) for name, text in re.findall(r'<output data-setting="(\w+)">([^<]*)</', said)}


def own_link(app):
    """The address of the link to a run of one's own."""
    (said,) = [element.proto.body for element in app.get("html") if "somebody else" in element.proto.body]
    return html.unescape(re.search(r'href="([^"]*)"', said)[1])


@pytest.mark.parametrize("page", WITH_RUNS, ids=lambda page: page.stem)
def test_every_page_shows_of_somebody_else_s_run_what_it_shows_of_its_own(page):
    own = visit(page)
    watching = visit(page, **dict(own.query_params), token=TOKEN)
    assert not watching.exception
    assert not watching.warning
    assert {mount["run"]["watch"] for mount in mounts_of(watching)} == {TOKEN}
    assert {json.dumps(mount["run"]["config"]) for mount in mounts_of(watching)} == {
        json.dumps(mount["run"]["config"]) for mount in mounts_of(own)
    }
    assert charts_of(watching) == charts_of(own)
    assert texts_of(watching) == texts_of(own)


@pytest.mark.parametrize("page", WITH_RUNS, ids=lambda page: page.stem)
def test_in_place_of_each_control_it_says_what_the_setting_is(page):
    own = visit(page)
    watching = visit(page, **dict(own.query_params), token=TOKEN)
    config = sources.config_of(mounts_of(own)[0]["run"]["config"])
    turns = widgets_of(own).keys() & config.fields().keys()
    assert widgets_of(watching).keys() == widgets_of(own).keys() - turns  # what the page shows can still be chosen
    said = told(watching)
    assert said.keys() - turns == ({"statistics"} if page.stem == "inference" else set())  # which a button turns
    assert turns <= said.keys()
    assert said == {name: ", ".join(config.fields()[name].range.text(getattr(config, name))) for name in said}
    assert not watching.button
    (player,) = [mount for mount in mounts_of(watching) if mount["kind"] == "player"]
    assert player["knobs"] == {}


def test_it_has_the_settings_of_its_link_and_a_link_to_them_as_one_s_own():
    app = visit(token=TOKEN, depth="3", normalizers=["none", "layer"], gamma="2", panels="drift")
    assert (config_of(app).depth, config_of(app).normalizers, config_of(app).gamma) == (3, ("none", "layer"), 2)
    assert set(charts_of(app)) == {"ridges", "drift"}
    assert (told(app)["depth"], told(app)["normalizers"], told(app)["gamma"]) == ("3", "none, layer", "2")
    assert own_link(app) == "?normalizers=none&normalizers=layer&depth=3&gamma=2"
    assert "Settings to try" not in "".join(element.proto.body for element in app.get("html"))  # they lead away


def test_the_link_to_defaults_of_one_s_own_names_them():
    assert own_link(visit(PAGES / "gradients.py", token=TOKEN)) == "?defaults="


def test_a_table_of_somebody_else_s_may_be_points_of_the_plane_and_is_not_asked_for():
    app = visit(token=TOKEN, dataset="table", panels="surface")
    assert set(charts_of(app)) == {"ridges", "surface"}
    assert not app.get("file_uploader")
    assert "own_source" not in widgets_of(app)


def test_a_chart_that_depends_on_a_knob_follows_what_the_run_has_told(monkeypatch):
    app = visit(PAGES / "inference.py", token=TOKEN, gain="0.3")
    assert charts_of(app)["shift"]["layout"]["xaxis"]["title"]["text"] == "gain ×"
    assert (told(app)["swept"], own_link(app)) == ("gain", "?gain=0.3")
    monkeypatch.setattr(controls, "watched", lambda: TOKEN)
    monkeypatch.setattr(controls.st, "session_state", state := {})
    monkeypatch.setattr(controls.st, "query_params", {})
    controls.take_over({"swept": "rotation", "gain": 1e9, "steps": 10, "nonsense": 1}, inference.Config)
    assert controls.asked_of(inference.Config) == inference.Config(swept="rotation", gain=3.0)  # steps are no knob
    monkeypatch.undo()
    for name, value in state.items():
        app.session_state[name] = value
    assert charts_of(app.run())["shift"]["layout"]["xaxis"]["title"]["text"] == "rotation in degrees"
    assert (told(app)["swept"], told(app)["gain"]) == ("rotation", "3")
    assert own_link(app) == "?gain=3&swept=rotation"


@pytest.mark.parametrize("token", ["", "short", TOKEN + "x", TOKEN[:-1] + "é", "<script>alert(1)</script>", "x" * 5000])
@pytest.mark.parametrize("page", [PAGE, PAGES / "transform.py", PAGES / "watch.py"], ids=lambda page: page.stem)
def test_without_a_token_it_says_what_to_do(page, token):
    app = visit(page, token=token)
    assert not app.exception
    assert "Watch link" in app.info[0].value
    assert not app.get("bidi_component")
    assert "script" not in app.info[0].value


@pytest.mark.parametrize("text", ["nan", "-1", "x" * 300, "<b>"])
def test_settings_that_are_none_are_moved_to_the_nearest_and_never_put_into_html(text):
    app = visit(token=TOKEN, **dict.fromkeys([*FIELDS, "panels", "site", "nonsense"], text))
    assert not app.exception
    assert 1 <= config_of(app).depth <= 50
    assert told(app)["depth"] == str(config_of(app).depth)
    assert "<b>" not in "".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("link", [{"token": TOKEN, "depth": "3"}, {"token": TOKEN}])
def test_a_link_from_before_it_named_a_page_is_that_of_the_lab(link):
    app = visit(PAGES / "watch.py", **link)
    assert not app.exception
    assert set(charts_of(app)) == {"ridges", "loss", "accuracy"}
    assert {mount["run"]["watch"] for mount in mounts_of(app)} == {TOKEN}
    assert config_of(app).depth == int(link.get("depth", 6))


def test_the_address_of_such_links_without_one_says_what_to_do():
    app = visit(PAGES / "watch.py")
    assert "Watch link" in app.info[0].value
    assert not app.get("bidi_component")
