"""Home: what is this, and where do I start?"""

from html import escape
from pathlib import Path

import streamlit as st

from bnviz.charts.making import made
from bnviz.config import Config
from bnviz.settings import SETTINGS
from bnviz.ui.assets import picture_url
from bnviz.ui.contents import contents
from bnviz.ui.controls import control, repair_url
from bnviz.ui.links import setting_url, short
from bnviz.ui.live import LiveRun, live_chart, live_player, live_text
from bnviz.ui.projector import SWITCH, enlarged, projected

PLACE = 1
LAB = "covariate_shift"
HEIGHT = 330
IN_A_ROW = 3  # pictures of pages
PICTURE = "width: 100%; border: 1px solid #8884; border-radius: 0.5rem"

ABOUT = """
Two networks are training on this page now, from the same weights and on the same batches; one of them has batch
normalization. Every number and every curve here is measured on them while they learn. Move a setting and watch what
it does; where a measurement contradicts what is often said, you see the measurement.
"""

CLASS = (
    "Open a setting on the projector, paused, and ask what will happen: which curves will move, and where to.",
    "Press Play, and let the class watch for a hundred steps. “Projector” makes type and lines large.",
    "Turn one knob only. What was there before stays behind the new curves, as a dashed line.",
    "“Watch link” gives a link with which everybody follows your run and can change nothing.",
    "Then let everybody open the same setting, with networks of their own, and find where it stops working.",
)

if set(st.query_params) & set(Config.fields()):  # a link to networks, without the name of their page
    parameters = {name: st.query_params.get_all(name) for name in st.query_params}
    st.switch_page(Path(__file__).with_name(f"{LAB}.py"), query_params=parameters)
repair_url({SWITCH.name: SWITCH})
run = LiveRun(Config(), name="home")
ridges = made("ridges", run.config, height=HEIGHT)

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.markdown("## See batch normalization work", width="stretch")
    with st.container(width="content"):
        control(SWITCH, inline=True)
projector = projected()
left, right = (st.container(), st.container()) if projector else st.columns([1, 1.25], gap="large")
with left:
    st.markdown(ABOUT)
    st.markdown("##### Begin with a setting that shows something")
    links = "".join(
        f'<li><a href="{escape(LAB + setting_url(setting, {}))}" target="_self">{escape(short(setting))}</a>: '
        f"{escape(setting.title)}</li>"
        for setting in SETTINGS[:5]
    )
    st.html(f"<ul>{links}</ul>")
with right:
    live_player(run)
    live_chart(run, enlarged(ridges) if projector else ridges, key="ridges")
    live_text(run, "words", "What is to be seen now", key="words")

st.markdown("##### The pages")
dark = st.context.theme.type == "dark"
others = [entry for entry in contents() if entry.place is not None and not entry.is_front]
for first in range(0, len(others), IN_A_ROW):
    for column, entry in zip(st.columns(IN_A_ROW), others[first : first + IN_A_ROW], strict=False):
        with column:
            picture = picture_url(entry.name, dark)
            image = f'<img src="{picture}" alt="" loading="lazy" style="{PICTURE}"><br>' if picture else ""
            st.html(
                f'<a href="{escape(entry.href)}" target="_self">{image}<strong>{escape(entry.title)}</strong></a>: '
                f"{escape(entry.question)}"
            )

st.markdown("##### In class")
st.markdown("\n".join(f"{number}. {line}" for number, line in enumerate(CLASS, start=1)))
