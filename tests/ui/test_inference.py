"""The Inference page without a browser: what it shows, and what links and hands do to it."""

import pytest

from bnviz.sources.inference import SHIFTS, TEXT_FIELDS, Config
from tests.ui.visiting import PAGES, charts_of, mounts_of, texts_of, visit, widgets_of

PAGE = PAGES / "inference.py"


def config_of(app):
    configs = [mount["run"]["config"] for mount in mounts_of(app)]
    assert all(config == configs[0] for config in configs)
    return Config.from_dict(configs[0])


@pytest.fixture
def app():
    return visit(PAGE)


def test_it_opens_on_darker_images_which_stored_statistics_are_blind_to(app):
    assert not app.exception
    assert not app.warning
    assert config_of(app) == Config(gain=0.3)
    assert dict(app.query_params) == {"gain": "0.3"}
    assert list(charts_of(app)) == ["unit", "momentum", "modes", "shift", "images", "folding"]
    assert texts_of(app) == list(TEXT_FIELDS)


def test_every_field_has_its_widget(app):
    without = {"source", "statistics"}  # which a button sets
    assert set(widgets_of(app)) == set(Config.fields()) - without - {"folded_channel"} | {"projector"}
    app.segmented_control(key="folded").set_value("convolution").run()
    assert set(widgets_of(app)) == set(Config.fields()) - without - {"folded_unit"} | {"projector"}


@pytest.mark.parametrize("folded", ["linear", "convolution"])
def test_every_slider_is_followed_while_it_is_dragged(folded):
    app = visit(PAGE, folded=folded)
    (player,) = [mount for mount in mounts_of(app) if mount["kind"] == "player"]
    sliders = {widget.key for kind in ("slider", "select_slider") for widget in app.get(kind)}
    assert set(player["knobs"]) == sliders - {"steps", "batch_size"} | {"folded_unit", "folded_channel"}
    assert player["knobs"]["momentum"]["stops"][-1] == 1
    assert not player["run"]["trains"]


def test_a_link_opens_what_it_says():
    asked = {"contrast": -1.0, "swept": "contrast", "classes": 2, "statistics": "re-estimated", "steps": 30}
    asked |= {"folded": "convolution", "folded_channel": 3, "test_batch": 1}
    app = visit(PAGE, **{name: str(value) for name, value in asked.items()})
    assert config_of(app) == Config(**asked)
    assert not app.warning
    assert charts_of(app)["shift"]["layout"]["xaxis"]["title"]["text"] == "contrast"
    assert list(charts_of(app)) == ["unit", "momentum", "modes", "shift", "images", "folding", "kernel"]


def press(app, label):
    app.button[[button.label for button in app.button].index(label)].click().run()


def test_a_button_re_estimates_the_statistics_and_takes_it_back_and_the_url_holds_it(app):
    app.select_slider(key="momentum").set_value(0.001).run()
    press(app, "Re-estimate the statistics")
    assert config_of(app) == Config(gain=0.3, momentum=0.001, statistics="re-estimated")
    assert app.query_params["statistics"] == "re-estimated"
    app.slider(key="noise").set_value(0.5).run()
    assert config_of(app).statistics == "re-estimated"
    press(app, "Back to those of training")
    assert config_of(app).statistics == "running"
    assert "statistics" not in app.query_params
    press(app, "Re-estimate the statistics")
    press(app, "Defaults")
    assert config_of(app) == Config(gain=0.3)
    assert "statistics" not in app.query_params


def test_a_link_with_statistics_that_are_not_there_is_mended():
    app = visit(PAGE, statistics="guessed")
    assert config_of(app).statistics == "running"
    assert "the link asks for `guessed`" in app.warning[0].value


def test_a_bad_link_is_mended():
    app = visit(PAGE, gain="100", momentum="nan", swept="up", depth="3")
    assert not app.exception
    assert config_of(app) == Config(gain=3.0)
    (note,) = (warning.value for warning in app.warning)
    assert "Gain: the link asks for `100`" in note
    assert "names `depth`" in note


def test_on_a_projector_all_is_larger(app):
    large = charts_of(visit(PAGE, projector="on"))
    for name, chart in charts_of(app).items():
        assert large[name]["layout"]["height"] > chart["layout"]["height"]


def test_buttons(app):
    app.slider(key="noise").set_value(0.5).run()
    app.slider(key="classes").set_value(3).run()
    assert (config_of(app).noise, config_of(app).classes) == (0.5, 3)
    press(app, "No shift")
    assert config_of(app) == Config()
    assert all(widgets_of(app)[name].value == Config.fields()[name].default for name in SHIFTS)
    press(app, "New seed")
    app.select_slider(key="steps").set_value(30).run()
    assert config_of(app) == Config(seed=1, steps=30)
    press(app, "Defaults")
    assert config_of(app) == Config(gain=0.3)
    assert not app.exception
