"""Watching: a page with the token of somebody else's run in its address follows that run, and turns nothing of it."""

import re
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from bnviz.asked import Asked
from bnviz.fields import Field
from bnviz.ui import address

_TOLD = "_told_by_run"  # knobs of a run that is watched, when one of them was turned on which charts depend


def watched() -> str:
    """The token of the address, by which the page watches a run; empty where it has one of its own."""
    token = st.query_params.get(address.WATCHED, "")
    return token if re.fullmatch(r"[\w-]{32}", token, re.ASCII) else ""


def refuse_bad_token() -> None:
    """Say what to do where the address holds a token that can be none, and place no more of the page."""
    if address.WATCHED in st.query_params and not watched():
        st.info("Open the link that you were given: the one that “Watch link” copies, beside the player of a run.")
        st.stop()


def keep_told(knobs: dict[str, Any]) -> None:
    """Keep the knobs, unchecked, that the run which is watched has told of itself."""
    st.session_state[_TOLD] = knobs


def told() -> dict[str, Any]:
    """The knobs that the run has told last; they differ from those of the address since one was turned."""
    knobs: dict[str, Any] = st.session_state.get(_TOLD, {})
    return knobs


def say_whose_run(config: Asked) -> None:
    """Say that the run of this config is somebody else's, with a link to the same setting as one's own.

    The player keeps the link true, and adds what the page shows of the run (``live/watching.js``): were that in it
    from here, a panel that is opened would put the settings of before back.
    """
    own = escape("?" + urlencode(config.to_query() or {address.DEFAULTS: ""}, doseq=True))
    st.html(
        "You watch somebody else's run, which follows their hand. "
        f'<a class="bnviz-own" href="{own}" target="_self">Open the same setting as a run of your own</a>'
    )


def tell(field: Field) -> None:
    """Place what a setting is, where who turns it has a control; the player keeps it true (``live/watching.js``)."""
    if not field.linked:
        return
    asked = field.range.parse(address.settings().get(field.name, field.range.text(field.default)))
    text = escape(", ".join(field.range.text(field.nearest(told().get(field.name, asked)))))
    st.html(
        f'<div class="bnviz-told" title="{escape(field.help)}">{escape(field.label)} '
        f'<output data-setting="{field.name}">{text}</output> {escape(field.unit)}</div>'
    )
