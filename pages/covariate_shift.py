"""Covariate shift: how do the values of each layer move while a network learns, with and without normalization?"""

import streamlit as st

from bnviz import registry
from bnviz.charts.making import made
from bnviz.config import FIELDS, KNOBS
from bnviz.fields import Choice, Field, Several
from bnviz.settings import SETTINGS
from bnviz.snapshot import SITE_LABELS
from bnviz.ui.controls import asked_config, control, new_seed, page_value, put_back, repair_url, settle, take_over
from bnviz.ui.links import PARAMETER, setting_links, setting_watch
from bnviz.ui.live import LiveRun, live_chart, live_player, live_text
from bnviz.ui.own_data import is_plane
from bnviz.ui.projector import SWITCH, enlarged, projected
from bnviz.ui.sidebar import ask_for_data, sidebar

TEXTS = {"ledger": "What was not finite, and where first", "changes": "Knobs turned, the newest first"}
FIRST = ("loss", "accuracy")  # beside the ridges, and open at first
CHARTS = [*FIRST, *(name for name in registry.entries("charts") if name not in ("ridges", *FIRST))]

RIDGES = (
    "Each ridge is scaled to its own peak; dotted: the values before normalization; dashed: the values at the start, "
    "or just before a knob was last turned, or at the step that is pinned; ◂ and ▸ count what lies outside the axis."
)
DRIFT = (
    "Drift: how far a unit's distribution moved in ten steps, in units of its spread. A network that has finished "
    "learning lies still. Whether less drift is why batch norm helps is disputed (Santurkar et al. 2018)."
)
DISTANCE = (
    "Distance: how far, on average, a network's values would have to move to be distributed as those of the first "
    "network are."
)
NOTES = {  # where the question that a chart answers is not enough
    "accuracy": "Each held-out batch is normalized by its own statistics; thin dots: by the running statistics.",
    "running": "Batch norm in use takes running statistics: where they are far from those of a batch, as in the first "
    "steps or with small batches, it computes something else than in training.",
    "drift": "When, and in which layers, do distributions move? Bright: far, in units of their spread. Each number is "
    "of ten steps; in quiet stretches, away from the start and from changes, it is taken at each fiftieth step.",
    "updates": "How far does a step move the weights of each layer, for their size? Far below −3, they hardly move.",
}

PLACE = 3

SITE = Field(
    name="site", default="affine_output", label="Values shown", help="Where in each layer the values are taken.",
    range=Choice(lambda: SITE_LABELS),
)  # fmt: skip
VIEW = Field(
    name="view", default="beside", label="Networks are drawn", help="The distributions of the networks.",
    range=Choice(lambda: {"beside": "side by side", "together": "on one axis, with the distance between them"}),
)  # fmt: skip
PANELS = Field(
    name="panels", default=FIRST, label="Panels",
    help="What is drawn besides the distributions. A closed panel costs nothing.",
    range=Several(lambda: {name: name for name in (*CHARTS, *TEXTS)}, most=len(CHARTS) + len(TEXTS), fewest=0),
)  # fmt: skip
SETTING = Field(
    name=PARAMETER, default="", label="Setting", help="The prepared setting that was opened.",
    range=Choice(lambda: {"": "none"} | {setting.name: setting.title for setting in SETTINGS}),
)  # fmt: skip
PAGE_FIELDS = (SITE, VIEW, PANELS, SWITCH, SETTING)
ROW = ("gamma", "beta", "affine", "batch_size", "learning_rate", "eps")
MORE_KNOBS = tuple(name for name in KNOBS if name not in (*ROW, "layer", "unit"))
TIME_KNOBS = ("layer", "unit")  # of what is drawn over time

repair_url({field.name: field for field in PAGE_FIELDS})
settle()


def defaults() -> None:
    """All as the page opens, but what is shown of it; what was said of a prepared setting holds no more."""
    put_back()
    st.query_params.pop(PARAMETER, None)


has_data = sidebar((name for name in FIELDS if not FIELDS[name].knob), MORE_KNOBS, above=(SITE, VIEW))
projector = projected()
kept = {field.name: st.query_params.get_all(field.name) for field in (PANELS, SWITCH, VIEW, SITE)}
top = st.container(gap="xsmall")
with top:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.markdown("##### How values move while networks learn", width="content")
        setting_links({name: texts for name, texts in kept.items() if texts})
    watch = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        for name in ROW:
            with st.container(width="content" if name == "affine" else "stretch"):
                control(FIELDS[name], inline=True)

main, chooser = st.container(), st.container()
with chooser:
    control(PANELS, inline=True)
    if {"percentiles", "histogram"} & set(page_value(PANELS)):
        with st.container(horizontal=True, width=480):
            for name in TIME_KNOBS:
                control(FIELDS[name])
config = asked_config()
with watch:
    setting_watch(SETTING.nearest(st.query_params.get(PARAMETER, "")), config)
if not has_data:  # only now: what is not placed leaves the link
    ask_for_data()
run = LiveRun(config)
panels = page_value(PANELS)
beside = len(config.normalizers) <= 2 and not projector
aside = panels[:2] if beside else ()


def place(name: str, height: int = 215) -> None:
    """A chart or a text of the run, by its name."""
    if name in TEXTS:
        st.markdown(f"**{TEXTS[name]}**")
        live_text(run, name, TEXTS[name], key=f"panel_{name}")
    elif name == "surface" and not is_plane(config):
        st.caption(
            "The decision surface is drawn for points of the plane: choose such a dataset in the sidebar (two moons, "
            "for example), or a table of your own with two columns of numbers."
        )
    else:
        chart = made(name, config, height=height)
        live_chart(run, enlarged(chart) if projector else chart, key=f"panel_{name}")
        if name not in aside or name in NOTES:  # the room beside the ridges is short
            st.caption(NOTES.get(name) or registry.entries("charts")[name].label)


with top:
    bridged = (*ROW, *MORE_KNOBS, *TIME_KNOBS)
    live_player(run, bridged, on_new_seed=new_seed, on_defaults=defaults, on_report=take_over)
    live_text(run, "words", "What is to be seen now", key="panel_words")
left, right = main.columns([2.2, 1]) if beside else (main.container(), main.container())
with left:
    together = page_value(VIEW) == "together"
    tall = max(364, 60 + 12 * config.depth)
    picture = made("ridges", config, site=page_value(SITE), height=tall, together=together)
    live_chart(run, enlarged(picture) if projector else picture, key="panel_ridges")
    st.caption(f"{RIDGES} {DISTANCE if together else DRIFT}")
with right:
    for name in aside:
        place(name, height=177)
below = panels[len(aside) :]
in_a_row = 2 if projector else 3
for first in range(0, len(below), in_a_row):
    for column, name in zip(st.columns(in_a_row), below[first : first + in_a_row], strict=False):
        with column:
            place(name)
