"""Engines: made for a config, and what those have in common that make no steps."""

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from bnviz import Trainer, engines, registry, sources
from bnviz.asked import Asked, knob, names, structure
from bnviz.fields import Number
from bnviz.live.player import Player
from bnviz.live.wire import unpack_frame
from bnviz.snapshot import Snapshot


@dataclass(frozen=True)
class Asking(Asked):
    """A source made up for these tests."""

    TRAINS: ClassVar[bool] = False
    source: str = structure("made_up", "Source", names(made_up="made up"), "")
    size: int = structure(3, "Size", Number(1, 9, integer=True), "")
    gamma: float = knob(1.0, "γ", Number(0, 5), "")


class Engine(engines.Still):
    """Gives γ as often as the size says."""

    looks = 0

    def look(self):
        type(self).looks += 1
        config = self.config
        values = {"values": np.full(config.size, config.gamma)}
        return SimpleNamespace(snapshot=lambda fields: Snapshot(
            0, ("it",), config.knobs, {}, {}, {field: values[field] for field in fields}
        ))  # fmt: skip


@pytest.fixture
def made_up(monkeypatch):
    """The source, as if its files were there."""
    there = {
        ("sources", "made_up"): SimpleNamespace(Config=Asking, FIELDS=("values",), MOMENTARY=()),
        ("engines", "made_up"): SimpleNamespace(Engine=Engine),
    }
    load, entries = registry.load, registry.entries
    monkeypatch.setattr(registry, "load", lambda kind, name: there.get((kind, name)) or load(kind, name))
    more = {"sources": {"made_up": None}}
    monkeypatch.setattr(registry, "entries", lambda kind: {**entries(kind), **more.get(kind, {})})
    sources._paths.cache_clear()
    yield
    sources._paths.cache_clear()


def test_a_config_of_networks_makes_a_trainer_and_its_state_restores_one(small):
    trainer = engines.make(small())
    assert isinstance(trainer, Trainer)
    trainer.advance(3)
    restored = engines.restore(small(), trainer.save())
    assert (restored.step, restored.config) == (3, trainer.config)


def test_a_still_engine_shows_what_its_knobs_say(made_up):
    engine = engines.make(Asking(size=2))
    np.testing.assert_array_equal(engine.snapshot(["values"]).values["values"], [1, 1])
    engine.change(gamma=2.5)
    np.testing.assert_array_equal(engine.snapshot(["values"]).values["values"], [2.5, 2.5])
    restored = engines.restore(Asking(), engine.save())
    assert restored.config == Asking(size=2, gamma=2.5)
    assert json.loads(engine.checkpoint()) == json.loads(engine.save())


@pytest.mark.parametrize("knobs", [{"gamma": 9}, {"size": 4}, {"nothing": 1}])
def test_a_still_engine_refuses_what_its_config_does(made_up, knobs):
    engine = engines.make(Asking())
    with pytest.raises(ValueError, match=r"gamma must|part of the structure|no field"):
        engine.change(**knobs)
    with pytest.raises(ValueError, match="no field"):
        engine.snapshot(["nothing"])


def test_a_still_engine_makes_no_steps_and_goes_nowhere(made_up):
    engine = engines.make(Asking())
    with pytest.raises(ValueError, match="makes no steps"):
        engine.advance()
    with pytest.raises(ValueError, match="no steps to go back to"):
        engine.rewind(engine.checkpoint())


def test_a_player_shows_a_still_engine_and_its_changes_at_once(made_up):
    player = Player(Asking())
    assert (player.state, player.due) == ("still", float("inf"))
    player.want(["values"])
    header, arrays = unpack_frame(player.frame())
    assert (header["state"], header["step"], header["knobs"]) == ("still", 0, {"gamma": 1.0})
    np.testing.assert_array_equal(arrays["values"], [1, 1, 1])
    player.want(["values"])
    assert player.frame() is None  # nothing is new
    player.change({"gamma": 3.0}, seq=7)
    header, arrays = unpack_frame(player.frame())
    assert header["seq"] == 7
    np.testing.assert_array_equal(arrays["values"], [3, 3, 3])
    for command in ("play", "step", "pause", "reset"):
        player.obey(command)
        player.play_for(1)
    player.continue_from(0)
    assert (player.state, player.trainer.step, player.trainer.config.gamma) == ("still", 0, 3.0)


def test_looking_back_at_a_still_engine_finds_what_is_there_now(made_up):
    player = Player(Asking())
    assert player.history(-1)


def test_changes_made_again_leave_a_still_engine_where_it_stood(made_up):
    player = Player(Asking())
    changes = [{"step": 0, "knobs": {"gamma": gamma}, "ghost": False} for gamma in (2.0, 4.0)]
    player.again(0, changes, {"gamma": 4.5}, seq=3)
    player.play_for(1)
    assert (player.state, player.trainer.config.gamma, player.seq) == ("still", 4.5, 3)
