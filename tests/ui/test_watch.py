"""The page for those who only watch: the run of a token, with the settings of its link, and nothing to turn."""

import pytest

from bnviz.config import FIELDS, KNOBS
from tests.ui.visiting import PAGES, charts_of, config_of, mounts_of, visit, widgets_of

WATCH = PAGES / "watch.py"
TOKEN = "aB3_-" * 6 + "xy"


def test_it_follows_the_run_of_the_token_with_the_charts_of_its_settings():
    app = visit(WATCH, token=TOKEN, depth="3", normalizers=["none", "layer"])
    assert not app.exception
    assert {mount["run"]["watch"] for mount in mounts_of(app)} == {TOKEN}
    assert config_of(app).normalizers == ("none", "layer")
    assert set(charts_of(app)) == {"ridges", "loss", "accuracy"}


def test_there_is_nothing_to_turn_but_a_link_to_the_same_settings():
    app = visit(WATCH, token=TOKEN, depth="3", gamma="2")
    assert widgets_of(app) == {}
    assert 'href="covariate_shift?depth=3&amp;gamma=2"' in app.get("html")[1].proto.body  # below the bar of pages


def test_it_tells_the_knobs_that_are_turned_by_their_labels():
    (player,) = [mount for mount in mounts_of(visit(WATCH, token=TOKEN)) if mount["kind"] == "player"]
    assert set(player["told"]) == set(KNOBS)
    assert player["told"]["gamma"] == {"label": FIELDS["gamma"].label, "default": 1.0}


@pytest.mark.parametrize("token", ["", "short", TOKEN + "x", TOKEN[:-1] + "é", "<script>alert(1)</script>", "x" * 5000])
def test_without_a_token_it_says_what_to_do(token):
    app = visit(WATCH, token=token)
    assert not app.exception
    assert "Watch link" in app.info[0].value
    assert not app.get("bidi_component")
    assert "script" not in app.info[0].value


@pytest.mark.parametrize("text", ["nan", "-1", "x" * 300, "<b>"])
def test_settings_that_are_none_are_moved_to_the_nearest(text):
    app = visit(WATCH, token=TOKEN, depth=text, dataset=text, eps=text, nonsense=text)
    assert not app.exception
    assert 1 <= config_of(app).depth <= 50
