"""What the live components are given, and the one line of script that loads them."""

import dataclasses
import json

import pytest

from bnviz import Config
from bnviz.charts import loss
from bnviz.config import KNOBS
from bnviz.ui import live
from bnviz.ui.assets import PLOTLY_URL, ROUTES, SCRIPTS_URL


@pytest.fixture
def mounted(monkeypatch):
    """The mounts that were made, in place of Streamlit's."""
    mounts = []
    monkeypatch.setattr(live, "_component", lambda: lambda **mount: mounts.append(mount))
    return mounts


def test_a_chart_is_given_its_run_and_its_figure(mounted):
    config = Config(gamma=2.0, normalizers=("batch", "layer"))
    live.live_chart(live.LiveRun(config, "other"), loss.make(config), key="a key")
    (mount,) = mounted
    assert mount["key"] == "a key"
    data = json.loads(json.dumps(mount["data"][0], allow_nan=False))
    assert (data["kind"], data["plotlyUrl"]) == ("chart", PLOTLY_URL)
    assert data["chart"] == json.loads(json.dumps(loss.make(config).to_json()))
    assert (data["run"]["name"], data["run"]["knobs"]) == ("other", list(KNOBS))
    assert Config.from_dict(data["run"]["config"]) == config


def test_a_player_is_given_the_knobs_it_bridges(mounted):
    live.live_player(live.LiveRun(Config()), ("gamma", "eps", "batch_size", "affine"), lambda: None, lambda: None)
    (mount,) = mounted
    knobs = json.loads(json.dumps(mount["data"][0], allow_nan=False))["knobs"]
    assert list(knobs) == ["gamma", "eps", "batch_size", "affine"]
    assert knobs["gamma"] == {"stops": None, "implies": {"affine": "held"}}
    assert knobs["affine"] == {"stops": None, "implies": {}}
    assert (knobs["eps"]["stops"][0], knobs["eps"]["stops"][-1]) == (1e-8, 100)
    assert sorted(knobs["batch_size"]["stops"]) == knobs["batch_size"]["stops"]


def test_presses_on_new_seed_and_defaults_are_heard(mounted):
    heard = []
    live.live_player(live.LiveRun(Config()), (), lambda: heard.append("seed"), lambda: heard.append("defaults"))
    (mount,) = mounted
    mount["on_defaults_change"]()
    mount["on_new_seed_change"]()
    assert heard == ["defaults", "seed"]
    assert mount["data"][0]["offers"] == ["new_seed", "defaults"]


def test_there_is_no_button_for_what_a_page_does_not_offer(mounted):
    live.live_player(live.LiveRun(Config()))
    live.live_player(live.LiveRun(Config()), on_new_seed=lambda: None)
    assert [mount["data"][0]["offers"] for mount in mounted] == [[], ["new_seed"]]
    assert [{"on_new_seed_change", "on_defaults_change"} & mount.keys() for mount in mounted] == [
        set(), {"on_new_seed_change"},
    ]  # fmt: skip


def test_what_the_player_reports_is_handed_on(mounted, monkeypatch):
    heard = []
    monkeypatch.setattr(live.st, "session_state", {"player": {"report": {"gamma": 2}}})
    live.live_player(live.LiveRun(Config()), on_report=heard.append)
    live.live_player(live.LiveRun(Config()))  # of who only watches
    for mount in mounted:
        mount["on_report_change"]()
    assert heard == [{"gamma": 2}]


def test_a_text_is_given_its_field_and_a_title(mounted):
    live.live_text(live.LiveRun(Config()), "words", "What is to be seen", key="a key")
    (mount,) = mounted
    data = json.loads(json.dumps(mount["data"][0]))
    assert (mount["key"], data["kind"], data["field"], data["title"]) == (
        "a key",
        "text",
        "words",
        "What is to be seen",
    )


def test_runs_that_ask_for_the_same_are_the_same_to_the_browser():
    one, same = (live.LiveRun(Config(seed=3)).to_json() for _ in range(2))
    assert one == same
    assert one["config"] == dataclasses.asdict(Config(seed=3))
    assert set(one["knobs"]) < set(one["config"])


def test_a_run_plays_at_first_unless_the_page_says_otherwise():
    assert live.LiveRun(Config()).to_json()["plays"] is True
    assert live.LiveRun(Config(), plays=False).to_json()["plays"] is False


def test_the_loader_names_a_script_that_is_served():
    assert f"{SCRIPTS_URL}/live.js" in live._LOADER
    assert f"{SCRIPTS_URL}/{{name}}" in [route.path for route in ROUTES]


@pytest.mark.parametrize("knob", ["eps", "affine"])
def test_only_a_slider_in_equal_steps_is_set_in_motion(knob):
    with pytest.raises(ValueError, match=f"in equal steps, got '{knob}'; choose another"):
        live.live_motion(live.LiveRun(Config()), knob, (1, 2), "Play", key="motion")
