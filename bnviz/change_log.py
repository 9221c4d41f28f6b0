"""Change log: the knobs that were turned in a run, as far back as it can go."""

from typing import Any

from bnviz.snapshot import Change

MAX_CHANGES = 5000  # that are remembered: a slider dragged for over a minute


class ChangeLog:
    """The last changes of a run, in order, and how many there were in all, those forgotten too."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.count = 0

    def add(self, change: Change) -> None:
        """Remember one more."""
        self.changes.append(change)
        self.count += 1
        del self.changes[:-MAX_CHANGES]

    def take_back(self, count: int) -> list[Change]:
        """Forget those that came when there had been ``count``; gives them, in order.

        Raises ValueError, with nothing forgotten, when they are no longer all known.
        """
        undone = self.count - count
        if undone > len(self.changes):
            raise ValueError(
                f"only the last {len(self.changes)} changes are known, {undone} would have to be undone; "
                f"choose a later step"
            )
        keep = len(self.changes) - undone
        self.changes, forgotten = self.changes[:keep], self.changes[keep:]
        self.count = count
        return forgotten

    def save(self) -> list[tuple[Any, ...]]:
        """Those that are remembered, in plain values."""
        return [tuple(change) for change in self.changes]

    def load(self, changes: list[tuple[Any, ...]], count: int) -> None:
        """Go on where ``save`` left off."""
        self.changes, self.count = [Change(*change) for change in changes], count
