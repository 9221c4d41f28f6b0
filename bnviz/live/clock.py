"""Clock: when the next step of a run is due, and how many are made a second."""

from time import monotonic

LATE = 0.5  # of the steps that the speed asks for: a run that makes fewer is late
RATE_OVER = 1.0  # seconds over which steps are counted


class Clock:
    """Asks for ``speed`` steps a second; infinity for as many as there is time for. What is missed is not made up."""

    def __init__(self, speed: float, step: int) -> None:
        self.speed = speed
        self.due = 0.0  # the next step, on the monotonic clock
        self.restart(step)

    def restart(self, step: int) -> None:
        """The run stands at ``step``, and the next one is due now."""
        self.due = monotonic()
        self.rate = 0.0  # steps a second, lately
        self._mark = (self.due, step)

    def spend(self) -> None:
        """A step that was due has been made."""
        interval = 1 / self.speed
        self.due = max(self.due + interval, monotonic() - interval)

    def count(self, step: int) -> None:
        """The run has come to ``step``."""
        then, before = self._mark
        now = monotonic()
        if now - then >= RATE_OVER:
            self.rate = (step - before) / (now - then)
            self._mark = (now, step)

    @property
    def late(self) -> bool:
        """Whether far fewer steps are made than are asked for."""
        return 0 < self.rate < self.speed * LATE
