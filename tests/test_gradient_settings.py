"""Each setting of the Gradients page shows what it says; over ten seeds: tests/benchmarks/gradient_settings.py."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz import Config, Trainer
from bnviz.gradient_settings import FIELDS, SETTINGS
from bnviz.snapshot import Snapshot

each_setting = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)


@each_setting
def test_the_start_is_as_it_says_in_each_seed(setting):
    for seed in (0, 1):
        trainer = Trainer(replace(setting.config, seed=seed, device="cpu"))
        assert setting.starts(trainer.snapshot(FIELDS))


@pytest.mark.parametrize("setting", SETTINGS[:3], ids=lambda setting: setting.name)  # the others: see the benchmark
def test_training_ends_as_it_says(setting):
    trainer = Trainer(replace(setting.config, device="cpu"))
    assert not setting.seen(trainer.snapshot(FIELDS))
    trainer.advance(setting.steps)
    assert setting.seen(trainer.snapshot(FIELDS))


@each_setting
def test_two_networks_whose_gradients_are_level_start_as_none_of_them(setting):
    layers = (2, setting.config.depth)
    level = {"gradient_rms": np.ones(layers), "weight_gradient": np.ones(layers), "signal": np.ones(layers)}
    values = {"test_accuracy": np.full(2, 0.1), "growth": np.ones(layers), "saturated": np.zeros(layers), **level}
    assert setting.starts(Snapshot(0, setting.config.normalizers, setting.config.knobs, {}, {}, values)) is False


@each_setting
def test_a_link_to_it_opens_it(setting):
    assert Config.from_query(setting.config.to_query()) == setting.config
    assert (setting.config.normalizers, setting.config.seed) == (Config().normalizers, Config().seed)
    assert f"{setting.steps} steps" in setting.watch


def test_names_and_configs_differ():
    assert len({setting.name for setting in SETTINGS}) == len({setting.config for setting in SETTINGS}) == 6
