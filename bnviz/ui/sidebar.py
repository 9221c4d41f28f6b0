"""The sidebar of the pages on which networks train side by side: what starts them anew, and the lesser knobs."""

from collections.abc import Iterable

import streamlit as st

from bnviz.config import FIELDS
from bnviz.fields import Field
from bnviz.ui.controls import control, matters
from bnviz.ui.glossary import glossary
from bnviz.ui.own_data import own_table
from bnviz.ui.projector import SWITCH
from bnviz.ui.watching import watched


def sidebar(structure: Iterable[str], knobs: Iterable[str], above: Iterable[Field] = ()) -> bool:
    """Place these controls, those that matter, with fields of the page above; whether there are data to train on."""
    has_data = True
    with st.sidebar:
        more = st.container() if watched() else st.popover("More knobs", width="stretch")
        for field in above:
            control(field)
        for name in structure:
            if matters(FIELDS[name]):
                control(FIELDS[name])
            if name == "table" and matters(FIELDS[name]) and not watched():
                has_data = own_table()
        with more:
            for name in knobs:
                if matters(FIELDS[name]):
                    control(FIELDS[name])
        control(SWITCH, inline=True)
        glossary()
    return has_data


def ask_for_data() -> None:
    """Say what to do where there are none, and place no more of the page."""
    st.info("Choose a table of your own in the sidebar: a CSV file, or a data set of OpenML by its name.")
    st.stop()
