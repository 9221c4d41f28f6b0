"""Contents: the pages there are, as their files tell, and the bar of links between them.

A page's docstring is its title, a colon, and the question that it answers; ``PLACE = 3`` puts it third in the bar. A
page without a place is reached by links of its own.
"""

import ast
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parents[2] / "pages"
FRONT = "home"


@dataclass(frozen=True)
class Entry:
    """A page as its file describes it; ``place`` is None where it is not in the bar."""

    path: Path
    title: str
    question: str
    place: int | None

    @property
    def name(self) -> str:
        """Its address."""
        return self.path.stem

    @property
    def is_front(self) -> bool:
        """Whether it opens at the address of the server alone."""
        return self.name == FRONT

    @property
    def href(self) -> str:
        """Its address, seen from any page."""
        return "./" if self.is_front else self.name


@cache
def contents() -> tuple[Entry, ...]:
    """Every page, in the order of their places."""
    found = [_read(path) for path in PAGES.glob("*.py")]
    return tuple(sorted(found, key=lambda entry: (entry.place is None, entry.place or 0, entry.name)))


def _read(path: Path) -> Entry:
    source = ast.parse(path.read_text("utf-8"))
    title, _, question = (ast.get_docstring(source) or path.stem).partition(":")
    places = [
        ast.literal_eval(node.value)
        for node in source.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PLACE"
    ]
    return Entry(path, title.strip(), " ".join(question.split()), places[0] if places else None)


def page_bar(current: str) -> None:
    """Links to all pages: plain ones, since only these open a page as it is meant to open."""
    anchors = [
        f'<a href="{escape(entry.href)}" target="_self" title="{escape(entry.question)}"'
        + (' aria-current="page" style="font-weight: 700; color: inherit; text-decoration: none"' * here)
        + f">{escape(entry.title)}</a>"
        for entry in contents()
        if entry.place is not None
        for here in (entry.title == current,)
    ]
    st.html(f'<nav aria-label="Pages" class="bnviz-pages">{" · ".join(anchors)}</nav>')
