"""The Transform page: what it shows, and that its widgets are the fields of one mini-batch."""

import inspect

import pytest

from bnviz.normalizers import batch
from bnviz.sources.transform import FIELDS, TEXT_FIELDS, Config
from bnviz.transform import agreement
from bnviz.ui.projector import FACTOR, SWITCH
from tests.ui.visiting import PAGES, charts_of, mounts_of, texts_of, visit, widgets_of

PAGE = PAGES / "transform.py"
NETWORK = {"trained", "layer", "unit"}
DRAWN = {"centre", "spread"}


def config_of(app):
    (config,) = {Config.from_dict(mount["run"]["config"]) for mount in mounts_of(app)}
    return config


@pytest.fixture(scope="module")
def app():
    return visit(PAGE)


def test_it_shows_every_chart_and_text_of_its_engine(app):
    assert not app.exception
    assert not app.warning
    assert set(charts_of(app)) == {"walk", "mates", "bound", "terms", "scaling"}
    assert set(texts_of(app)) == set(TEXT_FIELDS)
    asked = {field for chart in charts_of(app).values() for field in (*chart["fields"], *chart["table_fields"])}
    assert asked | set(TEXT_FIELDS) == set(FIELDS)
    assert {mount["run"]["name"] for mount in mounts_of(app)} == {"transform"}
    assert not any(mount["run"]["trains"] for mount in mounts_of(app))


def test_its_widgets_are_the_fields_with_their_defaults(app):
    widgets = widgets_of(app)
    assert set(widgets) == set(Config.fields()) - {"source"} - NETWORK | {SWITCH.name}
    for name, widget in widgets.items():
        field = Config.fields().get(name, SWITCH)
        assert field.check(widget.value) == field.default
    assert config_of(app) == Config()


def test_every_slider_feeds_the_run_while_it_is_dragged(app):
    player = next(mount for mount in mounts_of(app) if mount["kind"] == "player")
    assert set(player["knobs"]) == set(Config.knob_names()) - {"upstream"}  # which is no slider


def test_slow_motion_goes_through_the_steps_to_the_last_place_of_its_slider(app):
    (motion,) = [mount for mount in mounts_of(app) if mount["kind"] == "motion"]
    allowed = Config.fields()[motion["knob"]].range
    assert motion["knob"] == "stage"
    assert motion["stops"] == [1, 2, 3, 4]
    assert (motion["stops"][-1], motion["step"]) == (allowed.maximum, allowed.step)


def test_the_code_is_the_packages_own(app):
    shown = [code.value for code in app.code]
    for function in (batch.reference, batch.reference_backward, agreement.by_torch):
        assert inspect.getsource(function).rstrip() in [text.rstrip() for text in shown]


def test_a_network_has_knobs_of_its_own():
    app = visit(PAGE, values="network", trained="50", layer="3", gamma="-2")
    assert not app.exception
    assert set(widgets_of(app)) == set(Config.fields()) - {"source"} - DRAWN | {SWITCH.name}
    assert config_of(app) == Config(values="network", trained=50, layer=3, gamma=-2.0)
    assert any("learns digits" in caption.value for caption in app.caption)


def test_on_a_projector_everything_is_larger(app):
    large = visit(PAGE, projector="on")
    assert not large.exception
    assert charts_of(large).keys() == charts_of(app).keys()
    for name, chart in charts_of(large).items():
        assert chart["layout"]["height"] == pytest.approx(FACTOR * charts_of(app)[name]["layout"]["height"])
    assert config_of(large) == Config()


def test_a_bad_link_is_mended_and_said():
    app = visit(PAGE, gamma="99", eps="junk", nonsense="1", batch_size="17")
    assert not app.exception
    assert config_of(app) == Config(gamma=3.0)
    assert "γ: the link asks for `99`, which is not possible; 3 is used." in app.warning[0].value
    assert "`nonsense`, which is no setting here" in app.warning[0].value
