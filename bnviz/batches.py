"""The order in which training examples are seen: the same for every arm of a run."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class BatchOrder:
    """Shuffled passes over ``examples`` examples; what is left of a pass and fills no batch is not used."""

    def __init__(self, examples: int, generator: np.random.Generator) -> None:
        self.examples = examples
        self._generator = generator
        self._pass = generator.permutation(examples)
        self._used = 0

    def next(self, batch_size: int) -> NDArray[np.int64]:
        """The examples of the next batch; all of them when there are not as many as asked for."""
        size = min(batch_size, self.examples)
        if self._used + size > self.examples:
            self._pass, self._used = self._generator.permutation(self.examples), 0
        self._used += size
        return self._pass[self._used - size : self._used]

    def upcoming(self, batch_size: int) -> NDArray[np.int64]:
        """The examples that come first in this pass; nothing is used up."""
        return self._pass[:batch_size]

    def save(self) -> dict[str, Any]:
        """All state, in plain values and an array."""
        generator = self._generator.bit_generator.state
        return {"generator": generator, "pass": self._pass.astype(np.int32), "used": self._used}

    def load(self, state: dict[str, Any]) -> None:
        """Go on where ``save`` left off."""
        self._generator.bit_generator.state = state["generator"]
        self._pass, self._used = state["pass"].astype(np.int64), state["used"]
