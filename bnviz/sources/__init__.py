"""Sources: what snapshots come from. One file each, without torch, holding what may be asked of it and what it gives.

A file ``training.py`` has ``Config``, a subclass of ``Asked`` whose ``source`` is the file's name; ``FIELDS``, the
names of all values that its snapshots can hold; and ``MOMENTARY``, those of them that belong to one step, so that they
can be kept to look back at. What computes them is the file of the same name in ``bnviz.engines``.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from bnviz import registry
from bnviz.asked import Asked
from bnviz.snapshot import Paths, looked_up, paths_by_name

OPENING = "training"  # where a config names none


def config_of(values: Any) -> Asked:
    """The config that a mapping of names to values is, of the source that it names.

    Raises ValueError for a source that is not there, and for what its config does not allow.
    """
    name = values.get("source", OPENING) if isinstance(values, Mapping) else OPENING
    if not isinstance(name, str) or name not in registry.entries("sources"):
        raise ValueError(f"source must be one of {', '.join(registry.entries('sources'))}, got {str(name)[:40]!r}")
    config: Asked = registry.load("sources", name).Config.from_dict(values)
    return config


def momentary(source: str) -> frozenset[str]:
    """The fields of a source that belong to one step."""
    return frozenset(registry.load("sources", source).MOMENTARY)


def checked_fields(source: str, fields: Iterable[str]) -> frozenset[str]:
    """The paths that the names stand for; ``density`` alone is ``density/activation`` and all its other sites.

    Raises ValueError for a name that the source does not have.
    """
    paths, unknown = looked_up(known := _paths(source), fields)
    if unknown:
        raise ValueError(f"{source} has no field {str(unknown[0])[:40]!r}; its fields are {', '.join(known)}")
    return paths


@cache
def _paths(source: str) -> Paths:
    return paths_by_name(registry.load("sources", source).FIELDS)
