"""The Covariate shift page: its settings, its panels, and what can be chosen of it."""

import html
import json
import re
from urllib.parse import parse_qs

import pytest
import streamlit as st

import bnviz.ui.live
from bnviz import registry
from bnviz.config import FIELDS, KNOBS, Config
from bnviz.settings import SETTINGS
from bnviz.ui.glossary import KEYS, TERMS
from bnviz.ui.links import setting_url
from tests.ui.visiting import charts_of, config_of, texts_of, visit, widgets_of

CHARTS = [name for name in registry.entries("charts") if name != "ridges"]
TEXTS = ["ledger", "changes"]
PLANES = [name for name, entry in registry.entries("datasets").items() if entry.plane]
ALWAYS = {"ridges"}, ["words"]  # charts and texts that no pill closes


def linked(setting, **kept):
    """The parameters of a setting's link, as a browser sends them."""
    return parse_qs(setting_url(setting, kept)[1:], keep_blank_values=True)


def anchors(app):
    """Of each link to a setting: its address, and all of its tag."""
    (nav,) = (element.proto.body for element in app.get("html") if "Settings to try" in element.proto.body)
    return [(html.unescape(address), tag) for tag, address in re.findall(r'(<a [^>]*href="([^"]*)"[^>]*>)', nav)]


def said(app):
    """All that the page says in words of its own."""
    return "\n".join(element.value for element in (*app.markdown, *app.caption))


# ---------------------------------------------------------------------- settings


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_opens_by_its_link(setting):
    app = visit(**linked(setting))
    assert not app.exception
    assert not app.warning
    assert config_of(app) == setting.config
    assert f"**{setting.title}.** {setting.watch}" in said(app)
    for name, widget in widgets_of(app).items():
        if name in FIELDS:
            assert FIELDS[name].check(widget.value) == getattr(setting.config, name), name


def test_all_settings_are_linked_from_every_one():
    app = visit(**linked(SETTINGS[2]))
    found = anchors(app)
    assert [address for address, _ in found] == [setting_url(setting, {}) for setting in SETTINGS]
    for setting, (_, tag) in zip(SETTINGS, found, strict=True):
        assert 'target="_self"' in tag
        assert f'title="{html.escape(setting.title)}"' in tag
        assert not re.search(r"&(?!amp;)", tag.partition('href="')[2].partition('"')[0])


def test_links_to_settings_keep_what_is_shown():
    shown = {"panels": ["gradients", "changes"], "view": ["together"], "site": ["activation"], "projector": ["on"]}
    app = visit(**shown, gamma="2")
    addresses = [address for address, _ in anchors(app)]
    assert addresses == [setting_url(setting, {name: shown[name] for name in ("panels", "projector", "view", "site")})
                         for setting in SETTINGS]  # fmt: skip
    followed = visit(**parse_qs(addresses[1][1:]))
    assert config_of(followed) == SETTINGS[1].config
    assert set(charts_of(followed)) == {"ridges", "gradients"}


def test_without_a_setting_the_page_says_nothing_of_one():
    for app in (visit(), visit(setting="")):
        assert not any(setting.watch in said(app) for setting in SETTINGS)
        assert not app.warning


def pressed(monkeypatch, **link):
    """The page with two buttons in the player's place: only a browser can press the real ones."""

    def buttons(run, knobs, on_new_seed, on_defaults, on_report):
        st.button("New seed", on_click=on_new_seed)
        st.button("Defaults", on_click=on_defaults)
        st.button("Report", on_click=on_report, args=({"gamma": 5, "affine": "held", "batch_size": 1e9, "depth": 2},))

    monkeypatch.setattr(bnviz.ui.live, "live_player", buttons)
    return visit(**link)


def mounted_configs(app):
    return {Config.from_dict(json.loads(mount.proto.json)[0]["run"]["config"]) for mount in app.get("bidi_component")}


OTHER = Config(
    dataset="moons", examples=500, scaling="raw", normalizers=("layer",), depth=3, width=8, activation="tanh",
    init="gain", init_gain=2.0, placement="after", optimizer="sgd", batch_size=8, learning_rate=0.5, sgd_momentum=0.5,
    momentum=0.5, eps=0.1, gamma=2.0, beta=1.0, affine="held", affine_layer="2", statistics="running", layer="1",
    unit=3, input_scale=2.0, input_shift=1.0, noise=0.5, seed=7, device="cpu",
)  # fmt: skip


def test_defaults_put_back_every_field_and_keep_what_is_shown(monkeypatch):
    unset = {"table", "source"}  # of a visitor's own
    assert {name for name in FIELDS if getattr(OTHER, name) == FIELDS[name].default} <= {*unset, "optimizer"}
    shown = {"panels": ["percentiles", "changes"], "view": "together", "site": "activation", "projector": "on"}
    app = pressed(monkeypatch, **OTHER.to_query(), **shown)
    assert mounted_configs(app) == {OTHER}
    app.button[1].click().run()
    assert not app.exception
    assert mounted_configs(app) == {Config()}
    widgets = widgets_of(app)
    assert {name: widgets[name].value for name in shown} == shown
    for name in FIELDS.keys() & widgets.keys():
        assert FIELDS[name].check(widgets[name].value) == FIELDS[name].default, name


def test_defaults_are_no_setting_any_more(monkeypatch):
    """Of another learning rate the sentence would not be true."""
    app = pressed(monkeypatch, **linked(SETTINGS[2]))
    assert SETTINGS[2].watch in said(app)
    app.button[1].click().run()
    assert mounted_configs(app) == {Config()}
    assert SETTINGS[2].watch not in said(app)
    assert "setting" not in app.query_params


def test_what_a_run_was_told_while_the_page_was_not_heard_is_taken_over(monkeypatch):
    app = pressed(monkeypatch, gamma="2")
    app.button[2].click().run()
    assert not app.exception
    told = Config(gamma=5.0, affine="held", batch_size=1024)  # mended, and a depth is no knob
    assert mounted_configs(app) == {told}
    assert (app.slider(key="gamma").value, widgets_of(app)["affine"].value) == (5.0, "held")


def test_another_seed_is_still_the_setting(monkeypatch):
    app = pressed(monkeypatch, **linked(SETTINGS[1]))
    app.button[0].click().run()
    assert SETTINGS[1].watch in said(app)


# ---------------------------------------------------------------------- panels


@pytest.mark.parametrize("name", CHARTS)
def test_a_panel_alone(name):
    app = visit(panels=name, dataset="moons")
    assert not app.exception
    assert not app.warning
    assert (set(charts_of(app)), texts_of(app)) == ({"ridges", name}, ["words"])
    chosen = {"layer", "unit"} & set(widgets_of(app))
    assert chosen == ({"layer", "unit"} if name in ("percentiles", "histogram") else set())


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_alone(name):
    app = visit(panels=name)
    assert not app.exception
    assert (set(charts_of(app)), texts_of(app)) == ({"ridges"}, ["words", name])


@pytest.mark.parametrize("arms", [["none", "batch"], ["none", "batch", "layer", "rms"]], ids=len)
def test_all_panels_together(arms):
    app = visit(panels=[*CHARTS, *TEXTS], dataset="moons", normalizers=arms)
    assert not app.exception
    assert not app.warning
    assert (set(charts_of(app)), texts_of(app)) == ({"ridges", *CHARTS}, ["words", *TEXTS])
    assert config_of(app).normalizers == tuple(arms)


def test_all_panels_can_be_closed_by_hand_and_by_a_link():
    app = visit()
    app.button_group(key="panels").set_value([]).run()
    by_link = visit(panels="")
    for closed in (app, by_link):
        assert not closed.exception
        assert not closed.warning
        assert (set(charts_of(closed)), texts_of(closed)) == ALWAYS
        assert closed.button_group(key="panels").value == []
    app.button_group(key="panels").set_value(["updates"]).run()
    assert set(charts_of(app)) == {"ridges", "updates"}


def test_of_the_panels_in_a_link_the_known_ones_open():
    app = visit(panels=["cats", "ledger", "drift", "ridges", "drift", "<b>"])
    assert not app.exception
    assert (set(charts_of(app)), texts_of(app)) == ({"ridges", "drift"}, ["words", "ledger"])
    assert app.warning[0].value.count("\n- ") == 1
    assert "Panels: the link asks for `cats, ledger, drift, ridges, drift, <b>`" in app.warning[0].value
    assert app.query_params["panels"] == ["ledger", "drift"]


def test_panels_open_and_close_by_hand():
    app = visit()
    assert set(charts_of(app)) == {"ridges", "loss", "accuracy"}
    app.button_group(key="panels").set_value(["loss", "gradients"]).run()
    assert set(charts_of(app)) == {"ridges", "loss", "gradients"}


def test_a_layer_and_a_unit_that_are_not_there_are_mended():
    app = visit(panels="histogram", layer="9", depth="4", unit="90", width="8")
    assert config_of(app) == Config(layer="4", depth=4, unit=8, width=8)
    for asked, used in (("9", "4"), ("90", "8")):
        assert f"the link asks for `{asked}`, which is not possible; {used} is used" in app.warning[0].value


def test_layer_and_unit_follow_the_network_when_it_shrinks():
    app = visit(panels="percentiles", layer="6", unit="60")
    assert charts_of(app)["percentiles"]["layout"]["title"]["text"] == "Percentiles: unit 60 of layer 6"
    app.slider(key="depth").set_value(2).run()
    app.slider(key="width").set_value(8).run()
    assert not app.exception
    assert config_of(app) == Config(depth=2, width=8, layer="2", unit=8)
    assert charts_of(app)["percentiles"]["layout"]["title"]["text"] == "Percentiles: unit 8 of layer 2"
    assert (widgets_of(app)["layer"].value, widgets_of(app)["unit"].value) == ("2", 8)


@pytest.mark.parametrize("dataset", PLANES)
def test_points_of_the_plane_have_a_surface(dataset):
    app = visit(panels="surface", dataset=dataset)
    assert not app.exception
    assert "surface" in charts_of(app)
    assert "points of the plane" not in said(app)


def test_without_points_of_the_plane_the_surface_says_what_to_do():
    app = visit(panels=["surface", "loss"])
    assert set(charts_of(app)) == {"ridges", "loss"}
    assert "choose such a dataset in the sidebar" in said(app)
    app.selectbox(key="dataset").set_value("moons").run()
    assert "surface" in charts_of(app)
    assert "choose such a dataset" not in said(app)


@pytest.mark.parametrize(("columns", "flat"), [("left,right", True), ("left,right,height", False), ("left", False)])
def test_a_table_of_two_columns_has_a_surface(columns, flat):
    count = columns.count(",") + 1
    rows = "".join(f"{','.join(str(k * j % 7) for j in range(1, count + 1))},{'ab'[k % 2]}\n" for k in range(40))
    app = visit(dataset="table", panels="surface")
    app.file_uploader(key="own_file").upload("mine.csv", f"{columns},kind\n{rows}".encode(), "text/csv").run()
    assert not app.exception
    assert ("surface" in charts_of(app)) == flat
    app.selectbox(key="dataset").set_value("digits").run()
    assert "surface" not in charts_of(app)


# ---------------------------------------------------------------------- the whole page


@pytest.mark.parametrize("arms", [["batch"], ["none", "batch"], ["none", "batch", "layer", "rms"]], ids=len)
def test_networks_can_be_drawn_on_one_axis(arms):
    apart, together = (visit(view=view, normalizers=arms) for view in ("beside", "together"))
    assert not together.exception
    fields = [charts_of(app)["ridges"]["fields"] for app in (apart, together)]
    assert "drift" in fields[0]
    assert "distance/affine_output" not in fields[0]
    assert ("distance/affine_output" in fields[1]) == (len(arms) > 1)
    panels = [sum(name.startswith("xaxis") for name in charts_of(app)["ridges"]["layout"]) for app in (apart, together)]
    assert panels == [len(arms), 1]


def test_a_projector_makes_every_chart_larger():
    shown = {"panels": [*CHARTS, *TEXTS], "dataset": "moons"}
    small, large = charts_of(visit(**shown)), charts_of(visit(projector="on", **shown))
    assert small.keys() == large.keys() == {"ridges", *CHARTS}
    for name in small:
        assert (small[name]["scale"], large[name]["scale"]) == (1, 1.4), name
        heights = (364,) if name == "ridges" else (177, 215)  # beside the ridges, or below
        assert small[name]["layout"]["height"] in heights
        assert large[name]["layout"]["height"] == pytest.approx(1.4 * heights[-1]), name
        assert large[name]["layout"]["font"]["size"] == pytest.approx(1.4 * small[name]["layout"]["font"]["size"]), name


def test_a_projector_makes_the_page_larger():
    sizes = [
        re.findall(r"font-size: (\d+)%", "".join(element.proto.body for element in visit(**link).get("html")))
        for link in ({}, {"projector": "on"})
    ]
    assert sizes == [[], ["125"]]


def test_adam_has_no_momentum_of_sgd_from_the_first_run_on():
    assert "sgd_momentum" in widgets_of(visit())
    app = visit(optimizer="adam")
    assert "sgd_momentum" not in widgets_of(app)
    app.selectbox(key="optimizer").set_value("sgd").run()
    assert "sgd_momentum" in widgets_of(app)
    app.selectbox(key="optimizer").set_value("adam").run()
    assert "sgd_momentum" not in widgets_of(app)


def test_every_widget_says_what_it_is():
    app = visit(panels=["percentiles"], init="gain", dataset="moons")
    widgets = widgets_of(app)
    assert {*KNOBS, "examples", "init_gain", "site", "view", "panels", "projector"} <= set(widgets)
    for name, widget in widgets.items():
        assert widget.help, name
        assert widget.label, name


SIGNS = (
    "Unit", "layer", "Batch", "Batch norm", "γ", "β", "ε", "Effective gain", "Running statistics", "Drift",
    "Wasserstein distance", "Percentile", "Dead", "Saturated", "dL/dz", "Update size", "Decision surface", "Diverged",
    "Probe", "Accuracy",
)  # fmt: skip


def test_the_glossary_explains_what_the_page_names():
    explained = {}
    for term, text in TERMS.items():
        explained |= dict.fromkeys(term.split(", "), text)
    assert all(len(explained[sign]) > 30 for sign in SIGNS)


def test_the_glossary_names_every_key():
    shown = "\n".join(element.value for element in visit().markdown)
    assert all(f"- **{key}**: {text}" in shown for key, text in KEYS.items())
    assert all(f"- **{term}**: {text}" in shown for term, text in TERMS.items())
