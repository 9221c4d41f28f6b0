"""Finds the datasets and normalizers: one file each in its folder, and no list to edit.

A file's docstring is its description: the first line is the label that users read, the rest explains it.
Descriptions are read from the source, so that menus are made without importing torch.
"""

import ast
import importlib
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Literal, NamedTuple

Kind = Literal["datasets", "normalizers"]


class Entry(NamedTuple):
    """What is known of a dataset or a normalizer without importing it."""

    name: str
    label: str
    help: str


@cache
def entries(kind: Kind) -> dict[str, Entry]:
    """Every entry of a kind by its name, in alphabetical order."""
    folder = Path(__file__).parent / kind
    found = {}
    for module in sorted(pkgutil.iter_modules([str(folder)]), key=lambda m: m.name):
        docstring = ast.get_docstring(ast.parse((folder / f"{module.name}.py").read_text("utf-8"))) or ""
        label, _, text = docstring.partition("\n")
        found[module.name] = Entry(module.name, label.rstrip("."), " ".join(text.split()))
    return found


def load(kind: Kind, name: str) -> ModuleType:
    """The module of one entry.

    Raises ValueError when there is no such entry.
    """
    if name not in entries(kind):
        raise ValueError(f"unknown entry of {kind}: {name!r}; choose one of {', '.join(entries(kind))}")
    return importlib.import_module(f"bnviz.{kind}.{name}")
