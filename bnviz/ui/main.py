"""The frame of all pages: what Streamlit runs on every visit."""

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parents[2] / "pages"
ICON = Path(__file__).parent / "icon.png"

st.set_page_config(page_title="bnviz", page_icon=str(ICON), layout="wide", initial_sidebar_state=240)
st.navigation(
    [
        st.Page(PAGES / "home.py", title="Home", url_path="home", default=True, visibility="hidden"),
        st.Page(PAGES / "covariate_shift.py", title="Covariate shift", url_path="covariate_shift"),
    ],
    position="hidden",  # until there is a second page
).run()
