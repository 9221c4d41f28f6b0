"""Finds the datasets, normalizers and charts: one file each in its folder, and no list to edit.

A file's docstring is its description: the first line is the label that users read, the rest explains it.
Descriptions are read from the source, so that menus are made without importing torch.
"""

import ast
import importlib
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

Kind = str  # "datasets", "normalizers", "sources", "engines", "charts", and "charts.NAME" of a source besides training


class Entry(NamedTuple):
    """What is known of a dataset, a normalizer or a chart without importing it.

    ``takes`` are the fields of Config that a dataset's ``load`` asks for, ``plane`` says whether its examples are
    points of the plane.
    """

    name: str
    label: str
    help: str
    takes: tuple[str, ...] = ()
    plane: bool = False


@cache
def entries(kind: Kind) -> dict[str, Entry]:
    """Every entry of a kind by its name, in alphabetical order."""
    folder = Path(__file__).parent.joinpath(*kind.split("."))
    found = {}
    for module in sorted(pkgutil.iter_modules([str(folder)]), key=lambda m: m.name):
        if module.ispkg:
            continue
        source = ast.parse((folder / f"{module.name}.py").read_text("utf-8"))
        if kind.startswith("charts") and not _makes(source):
            continue
        label, _, text = (ast.get_docstring(source) or "").partition("\n")
        found[module.name] = Entry(
            module.name, label.rstrip("."), " ".join(text.split()), _arguments(source, "load")[1:], _is_plane(source)
        )
    return found


def _makes(source: ast.Module) -> bool:
    """Whether the file has a function ``make``; others of its folder help."""
    return any(isinstance(node, ast.FunctionDef) and node.name == "make" for node in source.body)


def _arguments(source: ast.Module, function: str) -> tuple[str, ...]:
    """The names of a function's arguments; none where there is no such function."""
    found = (node for node in source.body if isinstance(node, ast.FunctionDef) and node.name == function)
    return tuple(argument.arg for node in found for argument in node.args.args)


def _is_plane(source: ast.Module) -> bool:
    """Whether the file says ``PLANE = True``."""
    return any(
        isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "PLANE"
        and isinstance(node.value, ast.Constant)
        and node.value.value is True
        for node in source.body
    )


def source_of(kind: Kind, name: str, function: str) -> str:
    """The source text of a function of an entry, as ``inspect.getsource`` gives it, without importing the entry.

    Raises ValueError when there is no such entry, or no such function in it.
    """
    text = _file(kind, name).read_text("utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return "".join(text.splitlines(keepends=True)[node.lineno - 1 : node.end_lineno])
    raise ValueError(f"{kind}/{name}.py has no function {function!r}; choose one that stands in the file")


def _file(kind: Kind, name: str) -> Path:
    if name not in entries(kind):
        raise ValueError(f"unknown entry of {kind}: {name!r}; choose one of {', '.join(entries(kind))}")
    return Path(__file__).parent.joinpath(*kind.split("."), f"{name}.py")


def load(kind: Kind, name: str) -> ModuleType:
    """The module of one entry.

    Raises ValueError when there is no such entry.
    """
    _file(kind, name)
    return importlib.import_module(f"bnviz.{kind}.{name}")
