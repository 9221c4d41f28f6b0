"""Kept: what the server has of a run, so that another worker can take it over at the step where it stood."""

import dataclasses
from typing import Any

from bnviz.asked import Asked

MOST_CHANGES = 5000  # since the last state: a slider dragged for over a minute


class Kept:
    """The last state of a run that its worker sent, and what is known to have happened since.

    The worker's words come in order, so that this is a moment of the run's life: its state (or, without one, its
    config at step 0), the changes made since with their steps, and the last step that was shown.
    """

    def __init__(self, config: Asked) -> None:
        self._config = dataclasses.asdict(config)
        self._state = b""
        self._changes: list[dict[str, Any]] = []
        self._generation = 0
        self.step = 0

    @property
    def nbytes(self) -> int:
        """The size of the state."""
        return len(self._state)

    def hear(self, word: dict[str, Any], payload: bytes) -> None:
        """Note a word of the worker (see ``reports``), or a frame."""
        if word["type"] == "kept":
            self._config, self._state, self._changes = word["config"], payload, []
        elif word["type"] == "changed":
            self._changes.append({name: word[name] for name in ("step", "knobs", "ghost")})
            del self._changes[:-MOST_CHANGES]
        elif word["type"] == "undone":
            self._changes = [change for change in self._changes if change["step"] < word["step"]]
        if word["type"] == "changed":  # on the way back to a step, changes before it are made again
            self.step = max(self.step, word["step"])
        elif word["step"] is not None:  # else it is on its way to one
            self.step = word["step"]
        self._generation = word.get("generation", self._generation)

    def opening(self, table: bytes) -> tuple[dict[str, Any], bytes]:
        """The message that lets a worker stand where the state was taken, and its payload."""
        message = {"config": self._config, "generation": self._generation}
        if self._state:
            return message | {"holds": "state"}, self._state
        return (message | {"holds": "table"}, table) if table else (message, b"")

    @property
    def again(self) -> dict[str, Any]:
        """What is to be done once more from there: the changes, up to the step."""
        return {"step": self.step, "changes": self._changes}
