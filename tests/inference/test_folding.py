"""Folding against torch's own, in float64."""

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from bnviz.inference.folding import Affine, Moments, Scale, fold


def filled(norm, seed):
    """A norm in eval mode with random numbers."""
    generator = torch.Generator().manual_seed(seed)
    for values in (norm.weight.data, norm.bias.data, norm.running_mean):
        values.copy_(torch.randn(len(values), generator=generator))
    norm.running_var.copy_(torch.rand(norm.num_features, generator=generator) + 0.1)
    return norm.double().eval()


def folded(layer, norm):
    scale, moments = Scale(norm.weight, norm.bias), Moments(norm.running_mean, norm.running_var)
    return fold(Affine(layer.weight, layer.bias), scale, moments, norm.eps)


@torch.no_grad()
def test_a_linear_layer():
    layer, norm = nn.Linear(5, 7).double(), filled(nn.BatchNorm1d(7), 0)
    found, fused = folded(layer, norm), fuse_linear_bn_eval(layer.eval(), norm)
    torch.testing.assert_close(found.weight, fused.weight, rtol=0, atol=1e-12)
    torch.testing.assert_close(found.bias, fused.bias, rtol=0, atol=1e-12)
    inputs = torch.randn(20, 5).double()
    torch.testing.assert_close(nn.functional.linear(inputs, *found), norm(layer(inputs)), rtol=0, atol=1e-12)


@torch.no_grad()
def test_a_convolution():
    layer, norm = nn.Conv2d(3, 6, 3).double(), filled(nn.BatchNorm2d(6), 1)
    found, fused = folded(layer, norm), fuse_conv_bn_eval(layer.eval(), norm)
    torch.testing.assert_close(found.weight, fused.weight, rtol=0, atol=1e-12)
    torch.testing.assert_close(found.bias, fused.bias, rtol=0, atol=1e-12)
    images = torch.randn(4, 3, 8, 8).double()
    torch.testing.assert_close(nn.functional.conv2d(images, *found), norm(layer(images)), rtol=0, atol=1e-12)
