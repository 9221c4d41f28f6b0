"""The convolutional networks: paired, trained as plain torch trains them, and looked at without a trace."""

import copy

import numpy as np
import pytest
import torch

from bnviz import engines
from bnviz.convolution.convnet import ConvNet
from bnviz.convolution.normalized_axes import by_torch
from bnviz.sources.convolution import ARMS, FIELDS, IMAGES, IN_BLOCK, SIDE, Config

SMALL = {"depth": 2, "width": 4, "batch_size": 16}


@pytest.fixture
def engine():
    return engines.make(Config(**SMALL))


def same(one, other):
    for name, value in one.values.items():
        if isinstance(value, str):
            assert value == other.values[name]
        else:
            np.testing.assert_array_equal(value, other.values[name], err_msg=name)


def test_both_arms_start_from_the_same_weights(engine):
    plain, normed = (dict(engine.networks[arm].named_parameters()) for arm in ARMS)
    assert plain.keys() < normed.keys()
    assert all(torch.equal(value, normed[name]) for name, value in plain.items())
    assert not torch.equal(plain["blocks.0.convolution.weight"], torch.zeros_like(plain["blocks.0.convolution.weight"]))


def test_steps_are_those_of_plain_torch(engine):
    twins = {}
    for arm in ARMS:
        twins[arm] = ConvNet(2, 4, 10, normalized=arm == "batch")
        twins[arm].load_state_dict(engine.networks[arm].state_dict())
    order = engines.make(Config(**SMALL))._order
    for _ in range(3):
        batch = torch.from_numpy(order.next(16))
        for twin in twins.values():
            loss = torch.nn.functional.cross_entropy(twin(engine._train[0][batch]), engine._train[1][batch])
            twin.zero_grad()
            loss.backward()
            with torch.no_grad():
                for parameter in twin.parameters():
                    parameter.sub_(0.3 * parameter.grad)
    engine.advance(3)
    for arm, twin in twins.items():
        for name, value in twin.state_dict().items():
            torch.testing.assert_close(engine.networks[arm].state_dict()[name], value, rtol=1e-4, atol=1e-5)


def test_accuracy_is_that_of_plain_torch_in_train_mode_and_recorded_more_seldom_later(engine):
    inputs, targets = engine._test
    shares = {}
    for step in (0, 20, 40):
        engine.advance(step - engine.step)
        twins = [copy.deepcopy(network).train() for network in engine.networks.values()]
        shares[step] = [(twin(inputs).argmax(1) == targets).double().mean().item() for twin in twins]
    engine.advance(215)
    found = engine.snapshot(["accuracy_steps", "accuracy_history"])
    assert found.accuracy_steps.tolist() == [*range(0, 210, 20), 250]
    np.testing.assert_allclose(found.accuracy_history[:, :3].T, list(shares.values()), rtol=1e-6)


def test_what_lies_beyond_the_axis_is_counted(engine):
    engine.advance(30)
    found = engine.snapshot(["channels_below", "channels_above"])
    after = np.stack([maps[1].numpy() for maps in engine.maps().values()]).swapaxes(1, 2)
    values = after.reshape(len(ARMS), SMALL["width"], -1)
    np.testing.assert_allclose(found.channels_below, (values < -5).mean(axis=-1))
    np.testing.assert_allclose(found.channels_above, (values > 5).mean(axis=-1))
    assert found.channels_above.any()


def test_looking_leaves_no_trace_and_every_field_is_there(engine):
    engine.advance(4)
    before, again = engine.save(), None
    again = engine.snapshot(FIELDS)
    assert set(again.values) == set(FIELDS)
    same(again, engine.snapshot(FIELDS))
    assert engine.save() == before


def test_the_maps_are_those_before_and_after_the_normalizer(engine):
    engine.advance(3)
    engine.change(layer="1", image=5)
    network = engine.networks["batch"]
    before = network.blocks[0].convolution(engine.images).detach()
    normalizer = network.blocks[0].normalizer
    after = by_torch("batch", before.double().numpy()) * normalizer.weight.detach().numpy()[:, None, None]
    after = after + normalizer.bias.detach().numpy()[:, None, None]
    for field, maps in (("maps_before", before.numpy()), ("maps_after", after)):
        picture = engine.snapshot([field]).values[field][1][::-1]  # the first row above
        shown = maps[5] / maps.std()
        for channel in range(4):
            top, left = (SIDE + 1) * (channel // 2), (SIDE + 1) * (channel % 2)
            np.testing.assert_allclose(picture[top : top + SIDE, left : left + SIDE], shown[channel], atol=1e-4)
    assert before.shape[0] == IMAGES


def test_what_is_said_of_the_batch_norm_layer_is_measured(engine):
    engine.advance(3)
    texts = engine.snapshot(["agreement", "cancelled", "companions"]).values
    difference = float(texts["agreement"].partition("difference is ")[2].partition(". ")[0])
    assert difference < 1e-12
    assert float(texts["cancelled"].rpartition("at most ")[2].rstrip(".")) < 1e-10
    assert texts["companions"] == (
        f"One mean for {IMAGES} maps of 8 × 8, one of each of the {IMAGES} held-out images that are looked at: "
        f"{64 * IMAGES} values."
    )
    engine.change(norm="group")
    assert engine.snapshot(["companions"]).values["companions"] == "One mean for 2 maps of 8 × 8: 128 values."
    engine.change(norm="instance")
    assert engine.snapshot(["companions"]).values["companions"] == "One mean for 1 map of 8 × 8: 64 values."


@pytest.mark.parametrize("norm", ["batch", "layer", "instance", "group"])
def test_the_block_shows_the_chosen_map_and_those_it_shares_its_mean_with(engine, norm):
    engine.change(norm=norm, example=3, channel=2)
    block = engine.snapshot(["block"]).values["block"]
    assert block[3, 2] == 2
    assert (block == 2).sum() == 1
    assert {"batch": 7, "layer": 3, "instance": 0, "group": 1}[norm] == (block == 1).sum()
    cells = engine.snapshot(["block_cells"]).values["block_cells"]
    assert cells.shape == (IN_BLOCK * (SIDE + 1) - 1, 4 * (SIDE + 1) - 1)
    for (image, channel), value in np.ndenumerate(block):
        top, left = (SIDE + 1) * image, (SIDE + 1) * channel
        assert (cells[top : top + SIDE, left : left + SIDE] == value).all()
    assert np.isfinite(cells).sum() == block.size * SIDE * SIDE  # and nothing between


def test_a_saved_run_goes_on_bit_by_bit_and_one_taken_back_repeats_itself(engine):
    engine.advance(10)
    kept = engine.checkpoint()
    restored = engines.restore(engine.config, engine.save())
    for one in (engine, restored):
        one.change(learning_rate=0.1)
        one.advance(13)
    same(engine.snapshot(FIELDS), restored.snapshot(FIELDS))
    (undone,) = engine.rewind(kept)
    assert (engine.step, engine.config.learning_rate, undone.now) == (10, 0.3, {"learning_rate": 0.1})
    engine.change(**undone.now)
    engine.advance(13)
    same(engine.snapshot(FIELDS), restored.snapshot(FIELDS))


def test_an_arm_that_diverges_stops_and_the_other_goes_on(engine):
    torch.nn.init.constant_(engine.networks["none"].output.bias, torch.nan)
    engine.advance(2)
    assert engine.diverged == {"none": (1, "the loss")}
    assert not engine.finished
    assert np.isfinite(engine.train_loss[1])


@pytest.mark.parametrize(
    "values", [{"depth": 2, "layer": "3"}, {"width": 4, "channel": 4}, {"depth": 7}, {"image": 64}]
)
def test_what_cannot_be_is_refused_and_mended_in_links(values):
    with pytest.raises(ValueError, match="must"):
        Config(**values)
    assert isinstance(Config.nearest(values), Config)
