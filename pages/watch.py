"""Watch: what do the networks of somebody else do now? For a class that looks on, each on a screen of its own."""

import re
from html import escape
from urllib.parse import urlencode

import streamlit as st

from bnviz.charts.making import made
from bnviz.config import Config
from bnviz.ui.live import LiveRun, live_chart, live_player, live_text

ASIDE = ("loss", "accuracy")

token = st.query_params.get("token", "")
if not re.fullmatch(r"[\w-]{32}", token, re.ASCII):
    st.info("Open the link that you were given: the one that “Watch link” copies, beside the player of the lab.")
    st.stop()
config = Config.from_query({name: st.query_params.get_all(name) for name in st.query_params})
run = LiveRun(config, name="watch", watch=token)

own = "covariate_shift?" + urlencode(config.to_query(), doseq=True)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    st.markdown("##### You watch the networks of somebody else", width="content")
    st.html(f'<a href="{escape(own)}" target="_self">Train the same networks yourself</a>', width="content")
live_player(run)
live_text(run, "words", "What is to be seen now", key="words")
left, right = st.columns([2.2, 1])
with left:
    live_chart(run, made("ridges", config, height=max(400, 60 + 12 * config.depth)), key="ridges")
with right:
    for name in ASIDE:
        live_chart(run, made(name, config, height=195), key=name)
