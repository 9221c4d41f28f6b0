"""The tables that users have given, in the server's memory: pages put them in, the hub takes them out for workers."""

import threading
from functools import cache

from bnviz.live.limits import Limits
from bnviz.tables import Table


class Tables:
    """Tables by their digest; when there are too many, those unused the longest go. Several threads may use it."""

    def __init__(self, limits: Limits) -> None:
        self._most, self._most_bytes = limits.tables, limits.tables_mb * 2**20
        self._lock = threading.Lock()  # pages run in threads of their own
        self._tables: dict[str, Table] = {}  # the last used at the end

    def put(self, table: Table) -> str:
        """Keep a table, at the cost of others; its digest."""
        digest = table.digest  # before the lock: it takes a while
        with self._lock:
            self._tables.pop(digest, None)
            self._tables[digest] = table
            while len(self._tables) > self._most or self._nbytes > self._most_bytes:
                del self._tables[next(iter(self._tables))]
        return digest

    @property
    def _nbytes(self) -> int:
        return sum(table.nbytes for table in self._tables.values())

    @property
    def in_use(self) -> dict[str, float]:
        """How many tables there are, and their size in MB."""
        with self._lock:
            return {"tables": len(self._tables), "tables_mb": round(self._nbytes / 2**20, 1)}

    def get(self, digest: str) -> Table | None:
        """The table with this digest, or None when it is not there or no more."""
        with self._lock:
            table = self._tables.pop(digest, None)
            if table is not None:
                self._tables[digest] = table
            return table


@cache
def tables() -> Tables:
    """The server's store, the same for its pages and its hub."""
    return Tables(Limits.from_environment())
