"""The convolutional network in float64: what batch norm does not see of its weights, and one image alone."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from bnviz.convolution.convnet import ConvNet


def network_of(normalized):
    torch.manual_seed(0)
    network = ConvNet(depth=3, channels=4, classes=5, normalized=normalized).double()
    for block in network.blocks:
        block.normalizer.eps = 1e-20
    return network


def images(count=6):
    return torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def passed(network, inputs):
    """The logits, and the loss's gradients of weights and biases of the second convolution."""
    convolution = network.blocks[1].convolution
    logits = network(inputs)
    loss = cross_entropy(logits, torch.arange(len(inputs)) % 5)
    return logits.detach(), *torch.autograd.grad(loss, [convolution.weight, convolution.bias])


@pytest.mark.parametrize("scale", [0.01, 3.0, 1000.0])
@pytest.mark.parametrize("normalized", [True, False])
def test_the_scale_of_a_convolution_is_not_seen_and_divides_its_gradient(normalized, scale):
    network = network_of(normalized)
    logits, gradient, _ = passed(network, images())
    with torch.no_grad():
        network.blocks[1].convolution.weight.mul_(scale)
    scaled_logits, scaled_gradient, _ = passed(network, images())
    assert torch.allclose(scaled_logits, logits, rtol=1e-9, atol=1e-9) == normalized
    if normalized:
        torch.testing.assert_close(scaled_gradient, gradient / scale, rtol=1e-8, atol=1e-11 / scale)
        assert abs((network.blocks[1].convolution.weight * scaled_gradient).sum()) < 1e-12


@pytest.mark.parametrize("normalized", [True, False])
def test_the_bias_of_a_convolution_cancels_and_gets_no_gradient(normalized):
    network = network_of(normalized)
    logits, _, gradient = passed(network, images())
    with torch.no_grad():
        network.blocks[1].convolution.bias.add_(torch.tensor([-3.0, 0.5, 2.0, 5.0]))
    assert torch.allclose(passed(network, images())[0], logits, rtol=1e-9, atol=1e-9) == normalized
    assert (gradient.abs().max() < 1e-14) == normalized


def test_one_image_alone_is_normalized_over_its_places():
    network = network_of(normalized=True)
    (image,) = images(1)
    maps = network.blocks[0].convolution(image[None])
    normalized = network.blocks[0].normalizer(maps)
    centred = maps - maps.mean(dim=(2, 3), keepdim=True)
    expected = centred / centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
    torch.testing.assert_close(normalized, expected, rtol=1e-11, atol=1e-11)
