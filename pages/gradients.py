"""Gradients: do gradients vanish or explode, and what does batch norm change about it?"""

from dataclasses import replace

import streamlit as st

from bnviz.charts.making import made
from bnviz.config import FIELDS, KNOBS, Config
from bnviz.fields import Choice, Field
from bnviz.gradient_settings import SETTINGS
from bnviz.ui.controls import asked_config, control, new_seed, put_back, repair_url, settle, take_over
from bnviz.ui.links import PARAMETER, setting_links, setting_watch
from bnviz.ui.live import LiveRun, live_chart, live_player, live_text
from bnviz.ui.projector import SWITCH, enlarged, projected
from bnviz.ui.sidebar import ask_for_data, sidebar

PLACE = 4

CHARTS = {  # in this order: the way out, the way back, and what follows from both
    "signal": "The way out: how far apart a layer holds the examples. Near 0, all inputs look alike to the network.",
    "gradients": "The way back, read from right to left. L is the loss, z what a layer's linear map hands on; RMS is "
    "the root mean square.",
    "growth": "From each layer to the one before it. A factor off 1, even by little, becomes a power over many layers.",
    "flat": "A dead unit, or a saturated value, passes no gradient back, or hardly any.",
    "updates": "How far a step moves a layer's weights W, for their size. Far below −3, a layer hardly learns.",
    "weight_gradients": "A number that misleads: it is made of the gradient that arrives and of the layer's inputs. "
    "Where one shrinks to the left and the other to the right, it stays level. The setting “Hidden” shows it.",
}

LEADING = ("signal", "gradients", "growth")  # drawn on each frame

MEANING = """
Before you press Play, this is the start: nothing has been learned. On its way back from the loss the gradient passes
every layer; multiplied by about the same factor at each, it is soon far too small or too large for the first ones.
Thin dashed lines show how it was at the step that is named beside the bar.

- **Well known.** Sigmoid's slope is at most ¼: with weights of the usual size, a plain network's gradient shrinks by
  about that at each layer. Weights that are too large make it explode, and weights of the right size keep it level.
  Batch norm puts the values where the slope is not flat, and it undoes the size of the weights: move “Scale of the
  start”, and its growth stays, until ε outweighs the variance.
- **Less well known.** With ReLU, batch norm itself makes the gradient grow, at the start by √(π/(π − 1)) ≈ 1.21 for
  each layer where layers are wide, batches large and ε small: it divides by the spread between examples, which is
  smaller than the size of what ReLU hands on. No size of the starting weights mends that (Yang et al. 2019); skip
  connections do.
- **What it is not.** A level gradient is no proof that a network learns, nor a growing one that it does not: compare
  the settings after some steps. Training changes the factors, and soon.
- **Disputed** is how much of batch norm's success comes from this. The right size of the starting weights tames
  gradients too, as “Tanh scaled” shows.
"""

SETTING = Field(
    name=PARAMETER, default=SETTINGS[0].name, label="Setting", help="The prepared setting that was opened.",
    range=Choice(lambda: {"": "none"} | {setting.name: setting.title for setting in SETTINGS}),
)  # fmt: skip
PAGE_FIELDS = (SETTING, SWITCH)
OPENING = SETTINGS[0].config
FIRST = ("activation", "init", "init_gain", "normalizers")  # what this page is about; depth stands above the charts
ROW = ("gamma", "eps", "affine", "batch_size", "learning_rate")
UNUSED = ("depth", "layer", "unit", "statistics")
MORE_KNOBS = tuple(name for name in KNOBS if name not in (*ROW, *UNUSED))

repair_url({field.name: field for field in PAGE_FIELDS}, opening=OPENING)
settle()


def defaults() -> None:
    """All as the page opens."""
    put_back(Config, OPENING)
    st.query_params.pop(PARAMETER, None)


structure = (*FIRST, *(name for name in FIELDS if name not in FIRST))
has_data = sidebar((name for name in structure if not FIELDS[name].knob and name not in UNUSED), MORE_KNOBS)
projector = projected()
kept = {"projector": st.query_params.get_all("projector")}
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    st.markdown("##### Do gradients vanish or explode?", width="content")
    setting_links({name: texts for name, texts in kept.items() if texts}, SETTINGS)
watch = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
    for name in ("depth", *ROW):
        with st.container(width="content" if name == "affine" else "stretch"):
            control(FIELDS[name], inline=True)
config = asked_config()
with watch:
    setting_watch(SETTING.nearest(st.query_params.get(PARAMETER, SETTING.default)), config, SETTINGS)
if not has_data:  # only now: what is not placed leaves the link
    ask_for_data()
run = LiveRun(config, name="gradients", plays=False)
live_player(run, (*ROW, *MORE_KNOBS), on_new_seed=new_seed, on_defaults=defaults, on_report=take_over)
live_text(run, "flow", "What becomes of signal and gradient", key="flow")

in_a_row = 2 if projector else 3
names = list(CHARTS)
for first in range(0, len(names), in_a_row):
    for column, name in zip(st.columns(in_a_row), names[first : first + in_a_row], strict=False):
        with column:
            chart = replace(made(name, config, height=230), each_frame=name in LEADING)
            live_chart(run, enlarged(chart) if projector else chart, key=f"panel_{name}")
            st.caption(CHARTS[name])

st.markdown("##### What this shows, and how sure it is")
st.markdown(MEANING)
