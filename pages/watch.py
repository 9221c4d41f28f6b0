"""Watch: where links to a run led before they named its page; they were the lab's."""

from pathlib import Path

import streamlit as st

from bnviz.ui.address import WATCHED

LAB = Path(__file__).with_name("covariate_shift.py")

st.switch_page(LAB, query_params={WATCHED: "", **{name: st.query_params.get_all(name) for name in st.query_params}})
