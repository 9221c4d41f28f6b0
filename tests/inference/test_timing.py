"""Times of two networks in turns, by a clock that the networks themselves move."""

import pytest
import torch

from bnviz.inference import timing


class Slow(torch.nn.Module):
    """Takes as long as it is told, pass by pass."""

    def __init__(self, clock, *takes):
        super().__init__()
        self.clock, self.takes, self.seen = clock, list(takes), []

    def forward(self, inputs):
        self.seen.append(self.clock["now"])
        self.clock["now"] += self.takes.pop(0) if len(self.takes) > 1 else self.takes[0]
        return inputs


def test_medians_of_pairs_in_turns_the_first_of_which_does_not_count(monkeypatch):
    clock = {"now": 0.0}
    monkeypatch.setattr(timing, "perf_counter", lambda: clock["now"])
    first, second = Slow(clock, 1000, 6, 90, 6), Slow(clock, 1000, 2, 30, 2)  # something else kept a pair waiting
    found = timing.race((first, second), torch.zeros(1))
    assert (found.first, found.second, found.ratio) == pytest.approx((6, 2, 3))
    assert len(first.seen) == len(second.seen) == timing.PASSES + 1
    assert sorted(first.seen + second.seen) == [at for pair in zip(first.seen, second.seen, strict=True) for at in pair]
