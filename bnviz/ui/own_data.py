"""The user's own table: chosen as a file or by its name at OpenML, kept in the server's memory, never in a link."""

import re

import streamlit as st

from bnviz import registry
from bnviz.config import Config
from bnviz.csv_tables import MAX_FILE, columns, guess_label, read_csv
from bnviz.live import openml
from bnviz.live.table_store import tables
from bnviz.tables import Table, quoted
from bnviz.ui.watching import watched

DIGEST = "table"  # Config's field; it has no widget, and what stands under its name is asked for
_FILE = "_own_file"  # the file and the label that were read last, and the digest of what came of them
_OPENML = "_own_openml"  # the digest of what was fetched last
_SOURCES = ("File", "OpenML")


def own_table() -> bool:
    """Place what is needed to choose a table, and say what is in it; whether there is one."""
    fetched_only = _OPENML in st.session_state and _FILE not in st.session_state
    source = st.segmented_control(
        "Your table comes from", _SOURCES, default=_SOURCES[fetched_only], required=True, key="own_source"
    )
    digest = _from_openml() if source == "OpenML" else _from_file()
    st.session_state[DIGEST] = digest
    table = tables().get(digest)
    if table is not None:
        st.caption(_described(table))
    elif digest:
        st.warning("The server holds your table no more. Choose it again.")
    return table is not None


def is_plane(config: Config) -> bool:
    """Whether the examples are points of the plane: by the data set's own word, or as many columns as the table has.

    Of a table of somebody else, whose run is watched, they may be.
    """
    entry = registry.entries("datasets")[config.dataset]
    if entry.plane or "table" not in entry.takes:
        return entry.plane
    table = tables().get(config.table)
    return bool(watched()) if table is None else table.inputs.shape[1] == 2


def _from_file() -> str:
    """The digest of the table in the file that was chosen; nothing when there is none."""
    file = st.file_uploader(
        "CSV file",
        type=["csv", "tsv", "txt"],
        max_upload_size=MAX_FILE // 2**20,
        key="own_file",
        on_change=lambda: st.session_state.pop(_FILE, None),  # another one was chosen, or none
        help="Columns of numbers, and one column, the label, that names the class of each row. It goes to the memory "
        "of this server, not to its disk.",
    )
    if file is None:  # also after the page has shown another data set: what was read is still there
        return str(st.session_state.get(_FILE, ("",))[-1])
    content = file.getvalue()
    try:
        names = columns(content)
        label = st.selectbox("Label", names, index=names.index(guess_label(names)), key=f"own_label_{file.file_id}")
        *known, digest = st.session_state.get(_FILE, ("",))
        if known != [file.file_id, label] or tables().get(digest) is None:
            digest = tables().put(read_csv(content, label))
            st.session_state[_FILE] = (file.file_id, label, digest)
    except ValueError as refused:
        st.session_state.pop(_FILE, None)
        st.error(_marked(str(refused)))
        return ""
    return str(digest)


def _from_openml() -> str:
    """The digest of the data set that was fetched last; nothing when there is none."""
    with st.form("own_openml_form", border=False):
        name = st.text_input("Name of a data set", key="own_openml", max_chars=64, placeholder="iris")
        fetch = st.form_submit_button("Fetch", key="own_fetch", help="Downloads it from openml.org.")
    if fetch and name.strip():
        try:
            with st.spinner(f"Fetching, for {openml.TIMEOUT:g} seconds at most …"):
                st.session_state[_OPENML] = tables().put(openml.fetch(name.strip()))
        except ValueError as refused:
            st.error(_marked(str(refused)))
    return str(st.session_state.get(_OPENML, ""))


def _described(table: Table) -> str:
    rows, features = table.inputs.shape
    label = _marked(quoted(table.label))
    return (
        f"{rows:,} rows, {features:,} columns of numbers, {len(table.classes)} classes in {label}. {table.note}".strip()
    )


def _marked(sentence: str) -> str:
    """A sentence in which ``quoted`` text of users is shown letter by letter: no links, no pictures, no formulas."""
    return re.sub(r"'([^']*)'", r"`\1`", sentence)
