"""Home: forwards to the Covariate shift page, with its parameters, until it has something of its own to show."""

from pathlib import Path

import streamlit as st

parameters = {name: st.query_params.get_all(name) for name in st.query_params}
st.switch_page(Path(__file__).with_name("covariate_shift.py"), query_params=parameters)
