"""Covariate shift: how do the values of each layer move while a network learns, with and without normalization?"""

import streamlit as st

from bnviz.charts import accuracy, loss, ridges
from bnviz.config import FIELDS, KNOBS
from bnviz.fields import Choice, Field
from bnviz.ui.controls import asked_config, control, repair_url, settle
from bnviz.ui.live import LiveRun, live_chart, live_player
from bnviz.ui.own_data import own_table

SITE = Field(
    name="site",
    default="affine_output",
    label="Values shown",
    help="Where in each layer the values are taken.",
    range=Choice(lambda: ridges.SITE_LABELS),
)
ROW = ("gamma", "beta", "affine", "batch_size", "learning_rate", "eps")
MORE_KNOBS = tuple(name for name in KNOBS if name not in ROW)

repair_url({SITE.name: SITE})
settle()


def new_seed() -> None:
    """The next seed: everybody in a class who presses the button sees the same networks."""
    st.session_state["seed"] = (st.session_state["seed"] + 1) % (FIELDS["seed"].range.maximum + 1)


has_data = True
with st.sidebar:
    control(SITE)
    for field in FIELDS.values():
        if not field.knob and field.matters(st.session_state):
            control(field)
        if field.name == "table" and field.matters(st.session_state):
            has_data = own_table()

st.markdown("#### How the values in each layer move while networks learn")
st.markdown(
    "The networks start from the same weights and see the same batches; only their normalization differs. At the "
    "opening setting the plain network's values shrink from layer to layer, and it learns late; batch norm gives the "
    "values of every layer the spread γ and the mean β. Drag γ and β, or try a batch size of 2."
)
with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
    for name in ROW:
        with st.container(width="content" if name == "affine" else "stretch"):
            control(FIELDS[name], inline=True)
player, more = st.columns([6.4, 1], vertical_alignment="center")
with more, st.popover("More knobs", width="stretch"):
    for name in MORE_KNOBS:
        control(FIELDS[name])

config = asked_config()
if not has_data:  # only now: what is not placed leaves the link
    st.info("Choose a table of your own in the sidebar: a CSV file, or a data set of OpenML by its name.")
    st.stop()
run = LiveRun(config)
with player:
    live_player(run, knobs=(*ROW, *MORE_KNOBS), on_new_seed=new_seed)
site = SITE.nearest(st.session_state.get(SITE.name))
beside = len(config.normalizers) <= 2
left, right = st.columns([2.2, 1]) if beside else (st.container(), st.container())
with left:
    live_chart(run, ridges.make(config, site, height=364), key="ridges")
    st.caption(
        "Each ridge is scaled to its own peak; the dotted line behind it shows the values before normalization; "
        "◂ and ▸ count what lies outside the axis. Drift: how far a unit's distribution moved in ten steps, "
        "in units of its spread. Compare it early: a network that has finished learning lies still. Whether less "
        "drift is why batch norm helps is disputed (Santurkar et al. 2018)."
    )
with right:
    live_chart(run, loss.make(config, height=177), key="loss")
    live_chart(run, accuracy.make(config, height=177), key="accuracy")
    st.caption("Each held-out batch is normalized by its own statistics; thin dots: by the running statistics.")
