"""The page Convolution without a browser: what it shows, and what links do to it."""

import json
from pathlib import Path

import bnviz.convolution.convnet
from bnviz.sources.convolution import Config
from tests.ui.visiting import PAGES, charts_of, mounts_of, texts_of, visit, widgets_of

PAGE = PAGES / "convolution.py"


def config_of(app):
    (config,) = {json.dumps(mount["run"]["config"]) for mount in mounts_of(app)}
    return Config.from_json(config)


def test_it_shows_the_networks_the_block_and_the_code():
    app = visit(PAGE)
    assert not app.exception
    assert not app.warning
    assert set(charts_of(app)) == {"picture", "maps", "channels", "loss", "accuracy", "block"}
    assert texts_of(app) == ["words", "companions", "agreement", "cancelled"]
    assert config_of(app) == Config()
    knobs = set(Config.knob_names())
    assert knobs <= set(widgets_of(app))
    (player,) = [mount for mount in mounts_of(app) if mount["kind"] == "player"]
    assert set(player["knobs"]) == knobs
    (code,) = app.get("code")
    assert code.value.strip() == Path(bnviz.convolution.convnet.__file__).read_text("utf-8").strip()


def test_the_code_runs_as_it_is_shown():
    namespace = {}
    exec(visit(PAGE).get("code")[0].value, namespace)
    network = namespace["ConvNet"](depth=2, channels=4, classes=10, normalized=True)
    assert network(namespace["torch"].zeros(3, 1, 8, 8)).shape == (3, 10)


def test_a_link_opens_its_setting_and_nonsense_is_mended():
    app = visit(PAGE, depth="2", layer="5", channel="99", norm="weight", learning_rate="junk")
    assert not app.exception
    assert (config_of(app).depth, config_of(app).layer, config_of(app).norm) == (2, "2", "batch")
    (warning,) = app.warning
    assert "channel" in warning.value.lower()


def test_defaults_and_a_new_seed():
    app = visit(PAGE, depth="2", seed="7")
    assert (config_of(app).depth, config_of(app).seed) == (2, 7)
