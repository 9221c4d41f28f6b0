"""A convolutional network as a torch user writes it."""

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """A convolution, a normalizer and a nonlinearity."""

    def __init__(self, inputs: int, channels: int, normalized: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, channels, kernel_size=3, padding=1)
        self.normalizer = nn.BatchNorm2d(channels) if normalized else nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        """Maps (image, channel, height, width)."""
        return torch.relu(self.normalizer(self.convolution(images)))


class ConvNet(nn.Module):
    """Blocks, the mean of each channel over its map, and a linear layer."""

    def __init__(self, depth: int, channels: int, classes: int, normalized: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(channels if k else 1, channels, normalized) for k in range(depth))
        self.output = nn.Linear(channels, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (image, class) of images (image, 1, height, width)."""
        for block in self.blocks:
            images = block(images)
        logits: Tensor = self.output(images.mean(dim=(2, 3)))
        return logits
