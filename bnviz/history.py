"""What is kept over steps: bounded, thinned evenly, the first and the last always there."""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Item = TypeVar("Item")
FEWEST = 8  # items that are kept however large they are


class Thinned(Generic[Item]):
    """Items by step, at most ``capacity`` of them and ``max_bytes`` in all.

    An item stays when its step lies a multiple of ``stride`` after the first one. When there are too many, every
    second goes and the stride doubles. Besides these, the newest item is there. ``fewest`` items, or a few less, are
    kept however large they are.
    """

    def __init__(self, capacity: int = 400, stride: int = 1, max_bytes: int = 4 * 2**20, fewest: int = FEWEST) -> None:
        if capacity < 2:
            raise ValueError(f"a history keeps at least 2 rows, got capacity {capacity}; give 2 or more")
        self.capacity, self.stride, self.max_bytes, self._fewest = capacity, stride, max_bytes, fewest
        self._items: dict[int, tuple[Item, int]] = {}
        self._bytes = 0
        self._newest: int | None = None  # the step of an item that stays only until the next one comes

    def keep(self, step: int, item: Item, size: int) -> None:
        """Add the newest item and its size in bytes; one of the same step is replaced."""
        for old in (self._newest, step):
            if old in self._items:
                self._bytes -= self._items.pop(old)[1]
        self._items[step] = (item, size)
        self._bytes += size
        self._newest = None if self.stays(step) else step
        while len(self._items) - (self._newest is not None) > self.capacity or (
            self._bytes > self.max_bytes and len(self._items) > self._fewest
        ):
            self.stride *= 2
            self._newest = None if self.stays(step) else step
            self._items = {at: kept for at, kept in self._items.items() if self.stays(at) or at == step}
            self._bytes = sum(kept for _, kept in self._items.values())

    def stays(self, step: int) -> bool:
        """Whether an item of this step is more than the newest until the next one comes."""
        return (step - next(iter(self._items), step)) % self.stride == 0

    def cut(self, step: int) -> None:
        """Forget what came after ``step``."""
        self._items = {at: kept for at, kept in self._items.items() if at <= step}
        self._bytes = sum(size for _, size in self._items.values())
        if self._newest is not None and self._newest > step:
            self._newest = None

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[tuple[int, Item]]:
        return ((step, item) for step, (item, _) in self._items.items())

    @property
    def steps(self) -> NDArray[np.int32]:
        """The steps of the items, shape (row,)."""
        return np.array(list(self._items), np.int32)


class History(Thinned[dict[str, NDArray[Any]]]):
    """Rows of named arrays by step, each array of one shape and type."""

    def append(self, step: int, **row: ArrayLike) -> None:
        """Add the arrays of one step; a row of the same step is replaced."""
        arrays = {name: np.array(value) for name, value in row.items()}  # copies: the caller goes on writing
        self.keep(step, arrays, sum(array.nbytes for array in arrays.values()))

    def with_last(self, step: int, row: Callable[[], Mapping[str, NDArray[Any]]]) -> "History":
        """The history with ``row``, of ``step``, as its newest, where it is not; nothing is added here, nor thinned."""
        if step in self._items:
            return self
        longer = copy(self)
        longer._items = {at: kept for at, kept in self._items.items() if at != self._newest}
        longer._items[step] = (dict(row()), 0)
        return longer

    def __getitem__(self, name: str) -> NDArray[Any]:
        """One of the arrays over all rows, shape (row, …); (0,) while there are none."""
        return np.array([row[name] for _, row in self])

    def save(self) -> dict[str, Any]:
        """All state, in arrays and plain numbers."""
        names = next((row for _, row in self), {})
        return {
            "capacity": self.capacity, "stride": self.stride, "max_bytes": self.max_bytes, "newest": self._newest,
            "steps": self.steps, "rows": {name: self[name] for name in names},
        }  # fmt: skip

    @classmethod
    def restore(cls, state: dict[str, Any]) -> "History":
        """A history that goes on where ``save`` left off."""
        history = cls(state["capacity"], state["stride"], state["max_bytes"])
        for place, step in enumerate(state["steps"].tolist()):
            row = {name: np.array(rows[place]) for name, rows in state["rows"].items()}
            history._items[step] = (row, sum(array.nbytes for array in row.values()))
        history._bytes = sum(size for _, size in history._items.values())
        history._newest = state["newest"]
        return history
