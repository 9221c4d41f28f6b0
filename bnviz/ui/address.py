"""The address of a page: the settings that it asks for, and two parameters that every page knows beside them."""

import streamlit as st

WATCHED = "token"  # of a run that the page only watches
DEFAULTS = "defaults"  # without a value: what is not named is as by default, also where nothing is named


def settings() -> dict[str, list[str]]:
    """What the address asks for, by name, not yet checked."""
    return {name: st.query_params.get_all(name) for name in st.query_params if name not in (WATCHED, DEFAULTS)}
