"""The frame of all pages: what Streamlit runs on every visit. A page is a file in ``pages``, and no list to edit."""

from pathlib import Path

import streamlit as st

from bnviz.ui.contents import contents, page_bar

ICON = Path(__file__).parent / "icon.png"

page = st.navigation(
    [st.Page(entry.path, title=entry.title, url_path=entry.name, default=entry.is_front) for entry in contents()],
    position="hidden",  # it would take the parameters of one page along to another
)
st.set_page_config(page_title=f"{page.title} · bnviz", page_icon=str(ICON), layout="wide", initial_sidebar_state=240)
page_bar(page.title)
page.run()
