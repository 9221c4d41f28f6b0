"""Recent: what was computed last, by what it depends on."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Result = TypeVar("Result")


class Recent:
    """Keeps ``most`` results; then the one that was not asked for longest is forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, depends_on: Hashable, make: Callable[[], Result]) -> Result:
        """What ``make`` gives, made only where it was not kept; it must follow from ``depends_on`` alone."""
        if depends_on not in self._kept:
            self._kept[depends_on] = make()
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(depends_on)
        found: Result = self._kept[depends_on]
        return found
