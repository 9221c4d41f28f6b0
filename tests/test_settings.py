"""Each setting shows what it promises, in real runs; over ten seeds: tests/benchmarks/settings.py."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from bnviz import Config, Trainer
from bnviz.settings import FIELDS, SETTINGS
from bnviz.snapshot import Snapshot

SEEDS = (0, 1)
each_setting = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)


def ended(config, steps, **trainer):
    run = Trainer(replace(config, device="cpu"), **trainer)
    run.advance(steps)
    return run.snapshot(FIELDS)


@pytest.mark.parametrize("seed", SEEDS)
@each_setting
def test_it_shows_what_it_promises(setting, seed):
    assert setting.seen(ended(replace(setting.config, seed=seed), setting.steps))


@each_setting
def test_it_shows_nothing_before_the_first_step(setting):
    assert not setting.seen(ended(setting.config, 0))


@each_setting
def test_two_networks_that_are_alike_show_nothing(setting):
    layers = (2, setting.config.depth)
    values = {"test_accuracy": np.full(2, 0.95), "drift": np.full(layers, 0.05), "std/affine_output": np.ones(layers)}
    alike = Snapshot(setting.steps, setting.config.normalizers, setting.config.knobs, {}, {}, values)
    assert setting.seen(alike) is False


@each_setting
def test_a_link_to_it_opens_it(setting):
    assert Config.from_query(setting.config.to_query()) == setting.config
    assert Config.nearest(asdict(setting.config)) == setting.config


@each_setting
def test_it_has_the_arms_and_the_seed_of_the_opening(setting):
    assert (setting.config.normalizers, setting.config.seed) == (Config().normalizers, Config().seed)
    assert f"{setting.steps} steps" in setting.watch or "ten steps" in setting.watch


def test_the_opening_comes_first_and_names_differ():
    assert SETTINGS[0].config == Config()
    assert len({setting.name for setting in SETTINGS}) == len({setting.config for setting in SETTINGS}) == 6


def test_batch_norm_learns_under_the_shift_as_without_it():
    """In float64, where rounding has no time to grow; in float32 the accuracies differ by less than a point."""
    setting = next(setting for setting in SETTINGS if setting.name == "shifted_input")
    config = replace(setting.config, normalizers=("batch",))
    shifted, unshifted = (
        ended(replace(config, input_shift=shift), 50, dtype=torch.float64) for shift in (config.input_shift, 0.0)
    )
    np.testing.assert_allclose(shifted.std["affine_output"], unshifted.std["affine_output"], rtol=1e-6)
    assert shifted.test_accuracy == unshifted.test_accuracy


def test_at_a_learning_rate_of_ten_batch_norm_fails_too():
    """As the setting of the high rate says."""
    setting = next(setting for setting in SETTINGS if setting.name == "high_rate")
    for seed in SEEDS:
        failed = ended(replace(setting.config, learning_rate=10.0, seed=seed), 200)
        assert failed.test_accuracy[1] < 0.5
