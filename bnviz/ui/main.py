"""The frame of all pages: what Streamlit runs on every visit. A page is a file in ``pages``, and no list to edit."""

import ast
from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parents[2] / "pages"
ICON = Path(__file__).parent / "icon.png"
FRONT = "home"


def title(path: Path) -> str:
    """A page's title: what its docstring says before the colon."""
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or path.stem).partition(":")[0]


page = st.navigation(
    [
        st.Page(path, title=title(path), url_path=path.stem, default=path.stem == FRONT)
        for path in sorted(PAGES.glob("*.py"), key=lambda path: (path.stem != FRONT, path.stem))
    ],
    position="hidden",  # until there is a second page to go to
)
st.set_page_config(page_title=f"{page.title} · bnviz", page_icon=str(ICON), layout="wide", initial_sidebar_state=240)
page.run()
