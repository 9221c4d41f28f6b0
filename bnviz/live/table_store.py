"""The tables that users have given, in the server's memory: pages put them in, the hub takes them out for workers."""

import secrets
import threading
from functools import cache
from typing import NamedTuple

from bnviz.live.limits import Limits
from bnviz.tables import Table


class _Held(NamedTuple):
    table: Table
    mark: str  # of when it came


class Tables:
    """Tables by their digest; when there are too many, those unused the longest go. Several threads may use it."""

    def __init__(self, limits: Limits) -> None:
        self._most, self._most_bytes = limits.tables, limits.tables_mb * 2**20
        self._lock = threading.Lock()  # pages run in threads of their own
        self._tables: dict[str, _Held] = {}  # the last used at the end

    def put(self, table: Table) -> str:
        """Keep a table, at the cost of others; its digest."""
        digest = table.digest  # before the lock: it takes a while
        with self._lock:
            held = self._tables.pop(digest, None) or _Held(table, secrets.token_urlsafe(6))
            self._tables[digest] = held
            while len(self._tables) > self._most or self._nbytes > self._most_bytes:
                del self._tables[next(iter(self._tables))]
        return digest

    @property
    def _nbytes(self) -> int:
        return sum(held.table.nbytes for held in self._tables.values())

    @property
    def in_use(self) -> dict[str, float]:
        """How many tables there are, and their size in MB."""
        with self._lock:
            return {"tables": len(self._tables), "tables_mb": round(self._nbytes / 2**20, 1)}

    def get(self, digest: str) -> Table | None:
        """The table with this digest, or None when it is not there or no more."""
        with self._lock:
            held = self._tables.pop(digest, None)
            if held is None:
                return None
            self._tables[digest] = held
            return held.table

    def mark(self, digest: str) -> str:
        """Tells a table that was lost and given once more from what it was before; nothing when it is not there."""
        with self._lock:
            return self._tables[digest].mark if digest in self._tables else ""


@cache
def tables() -> Tables:
    """The server's store, the same for its pages and its hub."""
    return Tables(Limits.from_environment())
