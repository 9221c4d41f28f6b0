"""The engine: its training, what it gathers, what its snapshots hold, and that knobs never touch the training."""

import re

import numpy as np
import pytest
import torch

from bnviz import engines, sources
from bnviz.engines.inference import Engine, trained_as
from bnviz.inference.evaluation import EPS, re_estimated
from bnviz.live.player import Player
from bnviz.sources.inference import FIELDS, MOMENTA, SHIFTS, SWEEPS, TEST_SIZES, TEXT_FIELDS, Config
from bnviz.trainer import Trainer

STOPS = {name: field.range for name, field in Config.fields().items() if field.knob}
GAPPY = {"images", "kernels", "folded_kernels"}  # pictures with gaps
REFUSED = {"shuffled", "sorted"}  # at a batch of one


def values(engine, *fields):
    return engine.snapshot(fields or FIELDS).values


# ---------------------------------------------------------------------- training


def test_it_trains_as_torch_does_and_any_momentum_can_be_had_afterwards(plain_run, short):
    twin = plain_run(Trainer(trained_as(short.config)), "batch")
    for normalizer in twin.normalizers:
        normalizer.momentum = 0.05
    for _ in range(30):
        twin.step()
    for (mean, var), normalizer in zip(short.look().trained.gathered.running(0.05), twin.normalizers, strict=True):
        torch.testing.assert_close(mean, normalizer.running_mean, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(var, normalizer.running_var, rtol=1e-3, atol=1e-4)
    twin.network.eval()
    with torch.no_grad():
        right = (twin.network(twin.test_inputs / 16).argmax(1) == twin.test_targets).float().mean().item()
    short.change(momentum=0.05)
    assert values(short, "momentum_now_accuracy")["momentum_now_accuracy"][0] == pytest.approx(right, abs=0.005)
    short.change(momentum=0.1)


def test_the_whole_set_is_measured_as_it_goes(short):
    found = values(short, "whole_steps", "whole_mean")
    assert found["whole_steps"].tolist() == list(range(0, 31, 5))
    network, inputs = short.trainer.networks["batch"], short.trainer.examples["train"][0] / 16
    layers = list(network.measure(inputs[None], running=False))
    mean = layers[1][1]["pre_activation"].mean((0, 1))[0]
    assert found["whole_mean"][-1] == pytest.approx(float(mean), abs=1e-4)


def test_it_ends_and_says_so():
    engine = Engine(Config(steps=13))
    engine.advance(3)
    assert engine.step == 13
    assert not engine.trains
    with pytest.raises(ValueError, match="the training ends after 13 updates; ask for more in steps"):
        engine.advance()
    with pytest.raises(ValueError, match="no way back"):
        engine.rewind(b"")


def test_a_player_trains_it_and_lets_it_be_looked_at():
    player = Player(Config(steps=30), speed=None)
    player.want(FIELDS)
    assert player.frame()  # at step 0
    while player.state == "running":
        player.play_for(0.01)
    assert (player.state, player.trainer.step) == ("still", 30)
    player.want(["shift_accuracy"])
    assert player.frame()
    player.change({"gain": 0.5}, seq=1)
    player.want(["shift_accuracy"])
    assert player.frame()
    player.continue_from(10)  # there is no way back
    player.reset()
    assert (player.state, player.trainer.step) == ("running", 0)
    assert player.trainer.config.gain == 0.5


def test_another_worker_takes_it_over_where_it_stood(short):
    for state, step in ((b"", 15), (short.save(), 30)):
        player = Player(Config(steps=30), state=state, speed=None)
        player.again(step, [{"step": step, "knobs": {"gain": 0.5}, "ghost": False}], {"gain": 0.5}, seq=7)
        while player.state == "restarting":
            player.play_for(0.01)
        assert player.trainer.step >= step
        assert (player.trainer.config.gain, player.seq) == (0.5, 7)
        while player.state == "running":
            player.play_for(0.01)
        short.change(gain=0.5)
        np.testing.assert_array_equal(values(player.trainer, "sweep")["sweep"], values(short, "sweep")["sweep"])
        short.change(gain=1.0)


def test_a_restored_one_cannot_be_told_apart(short):
    again = engines.restore(short.config, short.save())
    again.change(offset=0.3)
    again.change(offset=0.0)
    for name in set(FIELDS) - {"fold_words"}:  # which has times in it
        np.testing.assert_array_equal(values(again, name)[name], values(short, name)[name], err_msg=name)
    half = Engine(Config(steps=30))
    half.advance(2)
    half.change(momentum=0.5)
    other = engines.restore(half.config, half.save())
    for engine in (half, other):
        engine.advance(4)
        engine.change(momentum=0.1)
    for name in set(FIELDS) - {"fold_words"}:
        np.testing.assert_array_equal(values(other, name)[name], values(half, name)[name], err_msg=name)
        np.testing.assert_array_equal(values(half, name)[name], values(short, name)[name], err_msg=name)


# --------------------------------------------------------------------- snapshots


@pytest.mark.parametrize("step", [0, 5, 30])
def test_every_field_is_there_at_every_step(short, step):
    engine = short if step == 30 else Engine(Config(steps=30))
    engine.advance(step // 5) if engine.step < step else None
    for name, value in values(engine).items():
        assert isinstance(value, str if name in TEXT_FIELDS else np.ndarray), name
        if not isinstance(value, str) and name not in GAPPY:
            assert np.isfinite(value[1:] if name in REFUSED else value).all(), name
        assert len(value) or step == 0, name


def test_both_ends_of_every_knob(engine):
    for name, allowed in STOPS.items():
        ends = (allowed.minimum, allowed.maximum) if hasattr(allowed, "minimum") else allowed.options()
        for end in ends:
            engine.change(**{name: end})
            for field, value in values(engine, *set(FIELDS) - {"fold_words", *GAPPY, *REFUSED}).items():
                if not isinstance(value, str):
                    refused = field == "test_now_accuracy" and engine.config.test_batch == 1
                    assert np.isfinite(value[[0, 3]] if refused else value).all(), (name, end, field)
        engine.change(**{name: Config.fields()[name].default})


@pytest.mark.parametrize("swept", SHIFTS)
def test_marks_lie_on_the_curves_which_are_as_the_sliders_would_have_them(engine, swept):
    other = "offset" if swept != "offset" else "gain"
    engine.change(swept=swept, **{other: 0.5})
    found = values(engine, "sweep", "sweep_x", "shift_now", "shift_accuracy")
    at = list(found["sweep_x"]).index(found["shift_now"][0])
    assert found["sweep"][:, at].tolist() == found["shift_accuracy"].tolist()
    assert (np.diff(found["sweep_x"]) >= 0).all()
    for value in (SWEEPS[swept][0], SWEEPS[swept][3]):
        engine.change(**{swept: value})
        now = values(engine, "shift_accuracy")["shift_accuracy"]
        assert now.tolist() == found["sweep"][:, list(found["sweep_x"]).index(value)].tolist()


def test_curves_follow_whatever_they_depend_on(engine):
    for turned in ({"offset": 0.3}, {"rotation": 20.0}, {"noise": 0.4}, {"classes": 3}, {"target_size": 8},
                   {"momentum": 0.001}, {"statistics": "re-estimated"}):  # fmt: skip
        before = values(engine, "sweep")["sweep"]
        engine.change(**turned)
        assert not np.array_equal(values(engine, "sweep")["sweep"], before), turned


def test_knobs_leave_the_networks_alone(engine):
    before = {name: value.clone() for name, value in engine.trainer.networks["batch"].state_dict().items()}
    engine.change(gain=0.2, momentum=1.0, classes=1, statistics="re-estimated")
    values(engine)
    for name, value in engine.trainer.networks["batch"].state_dict().items():
        assert torch.equal(value, before[name]), name


def test_a_field_that_is_not_there():
    with pytest.raises(ValueError, match="inference has no field 'loss'"):
        sources.checked_fields("inference", ["loss"])


# ---------------------------------------------------------------- what is to be seen


def accuracies(engine, **knobs):
    engine.change(**Config().knobs | knobs)
    none, stored, layer, fresh = values(engine, "shift_accuracy")["shift_accuracy"]
    return none, stored, layer, fresh


def test_a_gain_hurts_stored_statistics_most_and_re_estimation_undoes_it(engine):
    clean = accuracies(engine)
    assert min(clean) > 0.94
    none, stored, layer, fresh = accuracies(engine, gain=0.3)
    assert stored < min(none, layer) - 0.3
    assert fresh == clean[3]
    assert accuracies(engine, offset=1.0)[3] == clean[3]


def test_inversion_cannot_be_undone_and_a_single_class_is_destroyed(engine):
    assert max(accuracies(engine, contrast=-1.0)) < 0.1
    none, stored, layer, fresh = accuracies(engine, classes=1)
    assert min(none, stored, layer) > 0.85
    assert fresh < 0.3


def test_forgetting_eval_hurts_small_and_sorted_batches(engine):
    found = values(engine, "shuffled", "sorted", "eval")
    at = {size: place for place, size in enumerate(TEST_SIZES)}
    assert found["eval"][0] > 0.95
    assert found["shuffled"][at[2]] < 0.6
    assert found["shuffled"][at[64]] > 0.9
    assert found["sorted"][at[32]] < 0.4
    assert found["shuffled"][at[450]] == found["sorted"][at[450]]


def test_after_few_steps_a_small_momentum_has_not_caught_up(short):
    found = values(short, "momentum_accuracy", "whole_accuracy")
    assert found["momentum_accuracy"][MOMENTA.index(0.001)] < found["whole_accuracy"][0] - 0.2
    short.change(momentum=0.001)
    running = values(short, "eval", "momentum_now_accuracy", "stored_words")
    assert running["eval"][0] == running["momentum_now_accuracy"][0] == found["momentum_accuracy"][0]
    before, after = (f"{100 * found[name][0]:.1f}%" for name in ("momentum_accuracy", "whole_accuracy"))
    assert f"momentum 0.001: {before}." in running["stored_words"]
    assert after not in running["stored_words"]
    short.change(statistics="re-estimated")
    whole = values(short, "eval", "momentum_now_accuracy", "stored_words")
    assert whole["eval"][0] == whole["momentum_now_accuracy"][0] == found["whole_accuracy"][0]
    gained = 100 * (found["whole_accuracy"][0] - found["momentum_accuracy"][0])
    assert f"momentum 0.001: {before}. After" in whole["stored_words"]
    assert f"{after}, {gained:.1f} points gained." in whole["stored_words"]
    short.change(momentum=0.1, statistics="running")


def test_a_batch_of_one_is_refused_in_train_mode_and_minds_neither_eval_mode_nor_layer_norm(engine):
    engine.change(test_batch=1)
    found = values(engine, "eval", "shuffled", "sorted", "layer_norm", "test_now", "test_now_accuracy", "mode_words")
    assert found["test_now"].tolist() == [1] * 4
    stored, shuffled, by_class, layer = found["test_now_accuracy"]
    assert np.isnan([shuffled, by_class]).all()
    assert stored == found["eval"][0] > 0.95
    assert layer == found["layer_norm"][0] > 0.94
    assert len(set(found["layer_norm"])) == 1  # whatever comes with an example
    norm = torch.nn.BatchNorm1d(64)
    with pytest.raises(ValueError, match="more than 1 value per channel") as refused:
        norm(torch.zeros(1, 64))
    assert f"It says: “{refused.value}”." in found["mode_words"]


# ------------------------------------------------------------------------- words


def test_words_say_what_the_numbers_are(engine):
    engine.change(gain=0.3, momentum=0.1, layer=3, unit=7, folded_layer=1, folded_unit=7)
    found = values(engine)
    none, stored, layer, fresh = (f"{100 * share:.1f}%" for share in found["shift_accuracy"])
    for part in (none, stored, layer, fresh, "= 0.300 x + 0.000", "Undone: a > 0"):
        assert part in found["shift_words"]
    assert "Layer 3, unit 7, at step 400" in found["unit_words"]
    assert "9 steps old" in found["unit_words"]
    assert "32/31 = 1.032" in found["unit_words"]
    assert f"{100 * found['sorted'][5]:.1f}% sorted by class" in found["mode_words"]
    weight = found["weights"][6, 0], found["folded_weights"][6, 0]
    assert f"the first, {weight[0]:.3f}, becomes {weight[1]:.3f}".replace("-", "−") in found["fold_words"]
    assert f"f = γ / √(σ² + ε) = {engine.look().folded_linear.scale.gamma[6]:.3f}" in found["fold_words"]
    assert "times as fast" in found["fold_words"]


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({}, "No shift"),
        ({"offset": 0.5}, "Undone: a > 0"),
        ({"contrast": -0.5}, "Cannot be undone: a < 0"),
        ({"contrast": 0.0}, "Nothing is left of the digits"),
        ({"rotation": 30.0}, "Not undone: statistics centre and scale each unit again, but rotation changes"),
        ({"rotation": 30.0, "noise": 0.2}, "but rotation and noise change"),
        ({"classes": 1}, "The target holds a single class"),
        ({"classes": 2}, "The target holds 2 classes"),
        ({"target_size": 8}, "Statistics of 8 examples are noisy"),
    ],
)
def test_words_tell_what_can_be_undone(engine, knobs, said):
    engine.change(**knobs)
    assert said in values(engine, "shift_words")["shift_words"]


def test_no_points_are_said_to_be_lost_where_none_are(engine):
    engine.change(classes=5)
    for fresh, said in ((0.897, None), (0.899, None), (0.9, None), (0.95, None), (0.885, "cost 2 points")):
        look = engine.look()
        look.shifted.now = np.array([0.9, 0.9, 0.9, fresh])
        text = look.snapshot(["shift_words"]).values["shift_words"]
        assert said in text if said else "cost" not in text, fresh


def test_a_shift_is_not_called_undone_where_epsilon_outweighs_a_variance(engine):
    """Of two examples that hardly differ after the shift."""
    engine.change(gain=0.3, contrast=0.05, classes=5, target_size=2)
    look = engine.look()
    weights, target = look.trained.linear.exact_weights, torch.from_numpy(look.shifted.members)
    inputs = look.trained.examples.inputs[target].double()
    before, after = (re_estimated(weights, images, 2)[0] for images in (inputs, 0.015 * inputs + 0.1425))
    differ = float((after - before).abs().max() / before.abs().max())
    assert differ > 0.5
    text = values(engine, "shift_words")["shift_words"]
    assert "Undone but for ε: a > 0" in text
    shown = re.search(r"by up to ([\d,]+)% of the largest output", text)
    assert float(shown[1].replace(",", "")) == pytest.approx(100 * differ, rel=0.01)


@pytest.mark.parametrize("knobs", [{"gain": 0.3}, {"contrast": 0.05}, {"offset": 0.5, "target_size": 2}])
def test_a_shift_is_called_undone_where_outputs_stay(engine, knobs):
    engine.change(**knobs)
    assert "Undone: a > 0" in values(engine, "shift_words")["shift_words"]
    assert engine.look().shifted.undone(EPS).share < 0.01


def test_words_say_how_far_the_training_is():
    engine = Engine(Config(steps=30))
    assert values(engine, "progress")["progress"].startswith("Training: step 0 of 30.")
    assert values(engine, "unit_words")["unit_words"] == "No batch has been seen yet."
    engine.advance(6)
    assert values(engine, "progress")["progress"].startswith("Trained for 30 steps of 32 examples.")
