"""Pace: how fast somebody may speak. Nobody is refused; who speaks faster is heard later."""

import math
from time import monotonic

ROUNDING = 1e-6  # seconds; sums of many parts of a second miss it by less


class Pace:
    """So many messages a second, and at once as many as in ``burst`` seconds."""

    def __init__(self, per_second: float, burst: float = 2.0) -> None:
        self._per_second, self._burst = per_second, burst
        self._spent_until = -math.inf

    def wait(self, cost: float = 1) -> float:
        """Note a message, which may count as several; the seconds until the next one is to be heard."""
        now = monotonic()
        self._spent_until = max(self._spent_until, now - self._burst) + cost / self._per_second
        return max(0.0, self._spent_until - now)

    def may(self) -> bool:
        """Whether a message would not have to wait; it is noted then."""
        now = monotonic()
        spent = max(self._spent_until, now - self._burst) + 1 / self._per_second
        if spent > now + ROUNDING:
            return False
        self._spent_until = spent
        return True

    @property
    def rested(self) -> bool:
        """Whether nothing is spent any more."""
        return self._spent_until <= monotonic() - self._burst
