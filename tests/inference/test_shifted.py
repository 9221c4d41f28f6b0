"""Answers to shifted inputs: while one knob moves, only that is computed which follows from it."""

from collections import Counter

import pytest

from bnviz.engines.inference import Engine
from bnviz.inference import shifted
from bnviz.sources.inference import SWEEPS

PLACES = len(SWEEPS["gain"])


@pytest.fixture
def engine(full):
    """One that remembers nothing of other tests."""
    return Engine.restore(full.save())


@pytest.fixture
def computed(engine, monkeypatch):
    """How often each arm's network was gone through, where the page stood with a gain of 0.3."""
    counts = Counter()

    def counted(name):
        original = getattr(shifted, name)

        def call(*arguments):
            counts[name] += 1
            return original(*arguments)

        return call

    engine.change(gain=0.3)
    engine.snapshot(["sweep"])
    for name in ("plain", "layer_norm", "re_estimated"):
        monkeypatch.setattr(shifted, name, counted(name))
    return counts


def turn(engine, **knobs):
    engine.change(**knobs)
    engine.snapshot(["sweep", "shift_accuracy"])


def test_a_gain_along_the_curves_asks_for_one_more_point(engine, computed):
    turn(engine, gain=0.65)
    assert computed == {"plain": 2, "layer_norm": 1, "re_estimated": 1}


def test_momentum_asks_for_the_stored_statistics_alone(engine, computed):
    turn(engine, momentum=0.02)
    assert computed == {"plain": PLACES + 1}


def test_the_size_of_the_target_asks_for_re_estimation_alone(engine, computed):
    turn(engine, target_size=64)
    assert computed == {"re_estimated": PLACES + 1}
    turn(engine, classes=9)
    assert computed == {"re_estimated": 2 * (PLACES + 1)}


@pytest.mark.parametrize("knobs", [{"unit": 3}, {"layer": 1}, {"test_batch": 4}, {"folded_layer": 1}])
def test_other_knobs_ask_for_nothing(engine, computed, knobs):
    turn(engine, **knobs)
    assert not computed


def test_a_way_back_asks_for_nothing(engine, computed):
    for offset in (0.05, 0.1, 0.15):
        turn(engine, offset=offset)
    assert computed == {"plain": 6 * (PLACES + 1), "layer_norm": 3 * (PLACES + 1), "re_estimated": 3 * (PLACES + 1)}
    computed.clear()
    for offset in (0.1, 0.05, 0.0):
        turn(engine, offset=offset)
    assert not computed
