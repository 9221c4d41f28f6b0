"""Home: forwards to the Covariate shift page, with its parameters, until it has something of its own to show."""

import streamlit as st

st.switch_page("pages/covariate_shift.py", query_params=st.query_params.to_dict())
