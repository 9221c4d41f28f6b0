"""History: numbers over steps, bounded, thinned evenly, the first and the last always kept."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class History:
    """Rows of numbers by step. When ``capacity`` is reached, every second row goes and the stride doubles.

    The rows kept are those of the steps 0, stride, 2 · stride, … of the series as it came in, and the newest.
    """

    def __init__(self, capacity: int = 400) -> None:
        if capacity < 2:
            raise ValueError(f"a history keeps at least 2 rows, got capacity {capacity}; give 2 or more")
        self.capacity = capacity
        self.stride = 1
        self.count = 0
        self._steps: list[int] = []
        self._rows: list[NDArray[np.float64]] = []
        self._newest: tuple[int, NDArray[np.float64]] | None = None

    def append(self, step: int, row: Any) -> None:
        """Add the numbers of one step."""
        newest = (step, np.array(row, np.float64))  # a copy: the caller goes on writing into its own
        self._newest = newest
        if self.count % self.stride == 0:
            if len(self._steps) == self.capacity:
                del self._steps[1::2], self._rows[1::2]
                self.stride *= 2
            if self.count % self.stride == 0:
                self._steps.append(step)
                self._rows.append(newest[1])
        self.count += 1

    @property
    def steps(self) -> NDArray[np.int32]:
        """The steps of the rows, shape (row,)."""
        return np.array([step for step, _ in self._all()], np.int32)

    @property
    def rows(self) -> NDArray[np.float32]:
        """The numbers, shape (column, row); (0, 0) while there are none."""
        rows = [row for _, row in self._all()]
        return np.array(rows, np.float32).T if rows else np.zeros((0, 0), np.float32)

    def _all(self) -> list[tuple[int, NDArray[np.float64]]]:
        """The rows kept, and the newest where it is not among them."""
        kept = list(zip(self._steps, self._rows, strict=True))
        if self._newest is not None and self._newest[0] != self._steps[-1]:
            kept.append(self._newest)
        return kept

    def save(self) -> dict[str, Any]:
        """All state, in plain lists and numbers."""
        newest = None if self._newest is None else [self._newest[0], self._newest[1].tolist()]
        return {
            "capacity": self.capacity, "stride": self.stride, "count": self.count, "steps": list(self._steps),
            "rows": [row.tolist() for row in self._rows], "newest": newest,
        }  # fmt: skip

    @classmethod
    def restore(cls, state: dict[str, Any]) -> "History":
        """A history that goes on where ``save`` left off."""
        history = cls(state["capacity"])
        history.stride, history.count, history._steps = state["stride"], state["count"], list(state["steps"])
        history._rows = [np.asarray(row, np.float64) for row in state["rows"]]
        if state["newest"] is not None:
            history._newest = (state["newest"][0], np.asarray(state["newest"][1], np.float64))
        return history
