"""Watching: a page with the token of somebody else's run in its address follows that run, and turns nothing of it."""

import re
from html import escape
from urllib.parse import urlencode

import streamlit as st

from bnviz.fields import Field
from bnviz.ui import address


def watched() -> str:
    """The token of the address, by which the page watches a run; empty where it has one of its own."""
    token = st.query_params.get(address.WATCHED, "")
    return token if re.fullmatch(r"[\w-]{32}", token, re.ASCII) else ""


def refuse_bad_token() -> None:
    """Say what to do where the address holds a token that can be none, and place no more of the page."""
    if address.WATCHED in st.query_params and not watched():
        st.info("Open the link that you were given: the one that “Watch link” copies, beside the player of a run.")
        st.stop()


def say_whose_run() -> None:
    """Say that the run is somebody else's, with a link to the same setting as one's own."""
    own = escape("?" + urlencode(address.settings() or {address.DEFAULTS: ""}, doseq=True))
    st.html(
        "You watch somebody else's run, which follows their hand. "
        f'<a href="{own}" target="_self">Open the same setting as a run of your own</a>'
    )


def tell(field: Field) -> None:
    """Place what a setting is, where who turns it has a control; the player keeps it true (``live/watching.js``)."""
    if not field.linked:
        return
    asked = address.settings().get(field.name)
    value = field.default if asked is None else field.nearest(field.range.parse(asked))
    text = escape(", ".join(field.range.text(value)))
    st.html(
        f'<div class="bnviz-told" title="{escape(field.help)}">{escape(field.label)} '
        f'<output data-setting="{field.name}">{text}</output> {escape(field.unit)}</div>'
    )
