"""Covariate shift: how do the values of each layer move while a network learns, with and without normalization?"""

import streamlit as st

from bnviz.charts import accuracy, loss, ridges
from bnviz.config import FIELDS
from bnviz.fields import Choice, Field
from bnviz.ui.controls import asked_config, control, repair_url
from bnviz.ui.live import LiveRun, live_chart, live_player

SITE = Field(
    name="site",
    default="affine_output",
    label="Values shown",
    help="Where in each layer the distribution is taken. The dotted line behind it is the pre-activation.",
    range=Choice(lambda: ridges.SITE_LABELS),
)
MAIN_KNOBS = ("gamma", "beta", "batch_size", "learning_rate", "eps")
MORE_KNOBS = ("momentum", "sgd_momentum", "input_scale", "input_shift")
STRUCTURE = ("normalizers", "dataset", "depth", "width", "activation", "init", "init_gain", "placement", "noise", "seed", "device")

repair_url({SITE.name: SITE})


def new_seed() -> None:
    """The next seed: everybody in a class who presses it sees the same networks."""
    st.session_state["seed"] = (st.session_state["seed"] + 1) % (FIELDS["seed"].range.maximum + 1)


with st.sidebar:
    st.subheader("Networks")
    for name in STRUCTURE:
        if name != "init_gain" or st.session_state.get("init") == "gain":
            control(FIELDS[name])

st.subheader("Two networks learn, one of them with batch norm", anchor=False)
st.caption("")
row = st.columns([1, 1, 1, 1, 1, 1.1], vertical_alignment="bottom")
for column, name in zip(row, MAIN_KNOBS, strict=False):
    with column:
        control(FIELDS[name])
with row[-1], st.popover("More knobs", width="stretch"):
    for name in ("affine", "affine_layer", "statistics", *MORE_KNOBS):
        control(FIELDS[name])

config = asked_config()
run = LiveRun(config)
live_player(run, knobs=(*MAIN_KNOBS, *MORE_KNOBS), on_new_seed=new_seed)
control(SITE)
site = SITE.nearest(st.session_state.get(SITE.name))
left, right = st.columns([2.1, 1])
with left:
    live_chart(run, ridges.make(config, site), key="ridges")
with right:
    live_chart(run, loss.make(config), key="loss")
    live_chart(run, accuracy.make(config), key="accuracy")
