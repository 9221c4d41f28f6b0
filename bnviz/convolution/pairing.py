"""Pairing: convolutional networks that start from the same weights, and what passes through them."""

import math
from typing import cast

import torch
from torch import Tensor

from bnviz.convolution.convnet import Block, ConvNet
from bnviz.sources.convolution import ARMS, Config


def paired(config: Config, classes: int, generator: torch.Generator) -> dict[str, ConvNet]:
    """Both arms with the same weights, N(0, 2/fan-in), and biases of 0 (He et al. 2015, arXiv:1502.01852)."""
    networks = {}
    for arm in ARMS:
        with torch.random.fork_rng():
            networks[arm] = ConvNet(config.depth, config.width, classes, normalized=arm != "none")
    first = networks[ARMS[0]]
    with torch.no_grad():
        for parameter in first.parameters():
            if parameter.dim() == 1:
                parameter.zero_()
            else:
                gain = 2 if parameter.dim() == 4 else 1
                parameter.normal_(0, math.sqrt(gain / parameter[0].numel()), generator=generator)
        weights = dict(first.named_parameters())
        for network in networks.values():
            for named, parameter in network.named_parameters():
                if named in weights:
                    parameter.copy_(weights[named])
    return networks


def outputs(network: ConvNet, images: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Logits, and each block's values before and after its normalizer; the running statistics stay as they are."""
    kept = [(buffer, buffer.clone()) for buffer in network.buffers()]
    found = []
    for block in network.blocks:
        before = cast(Block, block).convolution(images)
        after = cast(Block, block).normalizer(before)
        found.append((before, after))
        images = torch.relu(after)
    for buffer, value in kept:
        buffer.copy_(value)
    return network.output(images.mean(dim=(2, 3))), found
