"""The convolutional network: its training against plain torch, its folding against torch's modules in float64."""

import numpy as np
import pytest
import torch
from torch import nn

from bnviz.batches import BatchOrder
from bnviz.convolution.convnet import ConvNet
from bnviz.engines.inference import Engine
from bnviz.inference.convolution import LEARNING_RATE
from bnviz.sources.inference import CHANNELS, DEPTH, Config
from tests.inference.conftest import CONVOLVED


@pytest.fixture
def engine(convolved):
    yield convolved
    convolved.change(**Config(**CONVOLVED).knobs)


@pytest.fixture(scope="module")
def twin(convolved):
    """The same network as a torch user trains it, with torch's own momentum."""
    inputs, targets = convolved.trainer.examples["train"]
    order = BatchOrder(len(inputs), np.random.default_rng(0))
    torch.manual_seed(0)
    network = ConvNet(DEPTH, CHANNELS, 10, normalized=True)
    optimizer = torch.optim.SGD(network.parameters(), LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, 30)
    for _ in range(30):
        batch = torch.from_numpy(order.next(32))
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(inputs[batch].reshape(-1, 1, 8, 8) / 16), targets[batch]).backward()
        optimizer.step()
        schedule.step()
    return network


def images(engine):
    return engine.look().trained.examples.inputs.reshape(-1, 1, 8, 8)


# ---------------------------------------------------------------------- training


def test_it_is_trained_when_it_is_asked_for_in_steps_as_short_as_the_others():
    engine = Engine(Config(steps=20))
    engine.advance(4)
    assert not engine.trains
    known = engine.look().trained
    engine.change(folded="convolution")
    done = []
    while engine.trains:
        engine.advance()
        done.append(engine.look().convolution_step)
    assert done == [5, 10, 15, 20]
    assert engine.step == 20
    assert engine.look().trained is known  # nothing of the others is computed anew
    with pytest.raises(ValueError, match="the training ends after 20 updates"):
        engine.advance()


def test_it_says_how_far_its_training_is():
    engine = Engine(Config(steps=10, folded="convolution"))
    engine.advance(2)
    assert "The convolutional network trains: step 0 of 10." in engine.snapshot(["fold_words"]).values["fold_words"]
    engine.advance(2)
    assert "The convolutional network trains" not in engine.snapshot(["fold_words"]).values["fold_words"]


def test_its_weights_and_running_statistics_are_those_of_a_plain_training_loop(engine, twin):
    ours = engine.look().convolutional
    for affine, module in zip(ours.weights.linear, [*(b.convolution for b in twin.blocks), twin.output], strict=True):
        torch.testing.assert_close(affine.weight, module.weight.data, rtol=1e-3, atol=1e-4)
    for moments, block in zip(ours.stored(0.1).statistics, twin.blocks, strict=True):
        torch.testing.assert_close(moments.mean, block.normalizer.running_mean, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(moments.var, block.normalizer.running_var, rtol=1e-3, atol=1e-4)


@torch.no_grad()
def test_in_eval_mode_it_answers_as_torch_does(engine, twin):
    twin.eval()
    right = (twin(images(engine)).argmax(1).numpy() == engine.look().trained.examples.targets).mean()
    assert engine.look().convolutional.stored(0.1).accuracy == pytest.approx(right, abs=0.005)


@torch.no_grad()
def test_re_estimated_statistics_are_those_of_all_images_at_once(engine, twin):
    everything = engine.look().trained.examples.train_inputs.reshape(-1, 1, 8, 8)
    first = twin.blocks[0].convolution(everything)
    mean, var = engine.look().convolutional.stored(None).statistics[0]
    torch.testing.assert_close(mean, first.mean((0, 2, 3)), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(var, first.var((0, 2, 3)), rtol=1e-3, atol=1e-4)


# ----------------------------------------------------------------------- folding


@torch.no_grad()
@pytest.mark.parametrize("momentum", [0.001, 0.1, None])
def test_the_folded_network_gives_what_the_unfolded_one_does_in_float64(engine, momentum):
    ours, inputs = engine.look().convolutional, engine.look().trained.examples.inputs.double()
    stored = ours.stored(momentum)
    exact = [type(moments)(*(part.double() for part in moments)) for moments in stored.statistics]
    kept = ours.modules(ours.exact_weights, exact)
    folded = ours.folded_modules(ours.exact_weights.folded(exact))
    assert sum(isinstance(module, nn.BatchNorm2d) for module in kept.modules()) == DEPTH
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    torch.testing.assert_close(folded(inputs), kept(inputs), rtol=0, atol=1e-11)
    assert stored.fold_difference == pytest.approx(float((folded(inputs) - kept(inputs)).abs().max()), abs=1e-13)
    assert 0 < stored.fold_difference < 1e-11


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_pictures_and_numbers_are_those_of_the_kernels(engine, layer):
    engine.change(folded_layer=layer, folded_channel=4)
    found = engine.snapshot([
        "kernels", "folded_kernels", "kernel_places", "channel_factors", "channel_factor", "kernel", "folded_kernel",
        "fold_words",
    ]).values  # fmt: skip
    block = engine._convolution._network.blocks[layer - 1]
    weight = block.convolution.weight.detach().numpy()
    inputs = weight.shape[1]
    assert found["kernels"].shape == found["folded_kernels"].shape == (4 * CHANNELS - 1, 4 * inputs - 1)
    assert len(found["kernel_places"]) == 4 * inputs - 1
    for number in range(inputs):
        np.testing.assert_array_equal(found["kernels"][12:15, 4 * number : 4 * number + 3], weight[3, number])
    assert np.isnan(found["kernels"][3::4]).all()
    _, var = engine.look().convolutional.stored(0.1).statistics[layer - 1]
    factors = block.normalizer.weight.detach() / torch.sqrt(var + 1e-5)
    np.testing.assert_allclose(found["channel_factors"], factors, rtol=1e-6)
    assert found["channel_factor"] == found["channel_factors"][3]
    np.testing.assert_array_equal(found["kernel"], weight[3, 0])
    np.testing.assert_allclose(found["folded_kernel"], found["channel_factor"] * weight[3, 0], rtol=1e-6)
    by_row = np.repeat(found["channel_factors"], 4)[:-1, None]
    np.testing.assert_allclose(found["folded_kernels"], by_row * found["kernels"], rtol=1e-6)
    assert f"Layer {layer}, channel 4" in found["fold_words"]
    assert ("its kernel times" if inputs == 1 else "its 8 kernels times") in found["fold_words"]
