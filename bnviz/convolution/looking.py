"""Looking: what is seen of two convolutional networks as they stand; each field is made when asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from bnviz import statistics
from bnviz.convolution import normalized_axes
from bnviz.histogram import Histogram
from bnviz.history import History
from bnviz.mosaic import mosaic
from bnviz.snapshot import Snapshot
from bnviz.sources.convolution import ARMS, AXIS, IMAGES, IN_BLOCK, ROWS, SIDE, Config
from bnviz.statistics import Density
from bnviz.words.phrases import name, number, percent


@dataclass(frozen=True)
class Look:
    """A look at the networks as they stand now; over with the next step or change.

    ``maps`` gives of each arm the layer's values before and after the normalizer (image, channel, height, width).
    """

    step: int
    config: Config
    diverged: Mapping[str, tuple[int, str]]
    train_loss: NDArray[np.float64]
    losses: History
    accuracies: History
    images: Tensor  # the held-out ones whose maps are looked at, (image, 1, height, width)
    maps: Callable[[], Mapping[str, tuple[Tensor, Tensor]]]

    def snapshot(self, fields: frozenset[str]) -> Snapshot:
        """These fields."""
        values = {field: _FIELDS[field](self) for field in sorted(fields)}
        return Snapshot(self.step, ARMS, self.config.knobs, dict(self.diverged), {}, values, ghost_step=None)

    @cached_property
    def _maps(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        return [(before.numpy(), after.numpy()) for before, after in self.maps().values()]

    def _picture(self, place: int) -> NDArray[np.float32]:
        """The maps of the chosen image side by side, in units of the spread over all images, (arm, y, x)."""
        pictures = []
        for maps in self._maps:
            spread = maps[place].std(dtype=np.float64)
            shown = maps[place][self.config.image] / (spread if spread > 0 else 1)
            pictures.append(mosaic(shown.reshape(ROWS, -1, SIDE, SIDE))[::-1])  # y runs upwards, as in pictures
        return np.stack(pictures).astype(np.float32)

    def _channels(self, place: int) -> NDArray[np.uint8]:
        """The density of each channel's values, (arm, channel, bin) in 256 levels."""
        return np.stack([statistics.profile(density.counts) for density in self._densities[place]])

    @cached_property
    def _densities(self) -> list[list[Density]]:
        """Where the values of each channel lie, before the normalizer and after it, of each arm."""
        return [[Histogram(_by_channel(maps[place]), AXIS).density for maps in self._maps] for place in (0, 1)]

    def _outside(self, side: str) -> NDArray[np.float64]:
        """Share of each channel's values after the normalizer that lie beyond one end of the axis, (arm, channel)."""
        counts = np.stack([getattr(density, side) for density in self._densities[1]])
        return counts / (IMAGES * SIDE * SIDE)

    def _moments(self, place: int, which: int) -> NDArray[np.float64]:
        return np.stack([statistics.moments(_by_channel(maps[place]))[which] for maps in self._maps])

    def _block(self) -> NDArray[np.float64]:
        """(image, channel): 0 for other maps, 1 for those that share their mean with the one looked at, which is 2."""
        config = self.config
        shared = normalized_axes.companions(config.norm, IN_BLOCK, config.width, config.example, config.channel)
        block = shared.astype(np.float64)
        block[config.example, config.channel] = 2
        return block

    def _block_cells(self) -> NDArray[np.float32]:
        """The same for each of a map's H × W values, (y, x): maps beside each other with a line of NaN between."""
        maps = self._block()
        return mosaic(np.broadcast_to(maps[:, :, None, None], (*maps.shape, SIDE, SIDE)))

    @property
    def _values(self) -> NDArray[np.float64]:
        """What batch norm is given in the layer looked at, in float64."""
        return self._maps[ARMS.index("batch")][0].astype(np.float64)

    def _companions(self) -> str:
        maps = IMAGES if self.config.norm == "batch" else int(np.count_nonzero(self._block()))
        values = maps * SIDE * SIDE
        of = f", one of each of the {IMAGES} held-out images that are looked at" if self.config.norm == "batch" else ""
        return f"One mean for {maps} map{'s' * (maps > 1)} of {SIDE} × {SIDE}{of}: {values} values."

    def _agreement(self) -> str:
        maps, norm = self._values, self.config.norm
        ours, theirs = normalized_axes.by_hand(norm, maps), normalized_axes.by_torch(norm, maps)
        spatial = np.abs(normalized_axes.by_hand("instance", maps) - normalized_axes.by_torch("batch", maps)).max()
        return (
            f"By hand and by PyTorch, on the {maps.size} values of this layer: the largest difference is "
            f"{np.abs(ours - theirs).max():.1e}. "
            f"Normalized over height and width only, values differ from BatchNorm2d's by up to {number(spatial)}: "
            "that is instance norm."
        )

    def _cancelled(self) -> str:
        maps, bias = self._values, self.config.bias
        difference = np.abs(
            normalized_axes.by_torch("batch", maps + bias) - normalized_axes.by_torch("batch", maps)
        ).max()
        return (
            f"With b = {bias:g} added to every value, the mean of every channel moves by {bias:g}, and the normalized "
            f"values by at most {difference:.1e}."
        )

    def _words(self) -> str:
        if self.step == 0:
            return "Nothing has been learned yet."
        at, newest = max(self.accuracies.steps.tolist()), self.accuracies["accuracy"][-1]
        right = " and ".join(f"{percent(value)} {name(arm)}" for arm, value in zip(ARMS, newest, strict=True))
        return f"At step {at} the networks classified {right} of the held-out images rightly."


def _losses(look: Look) -> NDArray[np.float32]:
    rows: NDArray[np.float32] = look.losses["loss"]
    return rows.reshape(-1, len(ARMS)).T


_FIELDS: dict[str, Callable[[Look], Any]] = {
    "train_loss": lambda look: look.train_loss.copy(),
    "loss_steps": lambda look: look.losses.steps,
    "loss_history": _losses,
    "test_accuracy": lambda look: look.accuracies["accuracy"][-1],  # the last that was recorded
    "accuracy_steps": lambda look: look.accuracies.steps,
    "accuracy_history": lambda look: look.accuracies["accuracy"].T.astype(np.float32),
    "picture": lambda look: look.images[look.config.image, 0].numpy()[::-1].copy(),
    "maps_before": lambda look: look._picture(0),
    "maps_after": lambda look: look._picture(1),
    "channels_before": lambda look: look._channels(0),
    "channels_after": lambda look: look._channels(1),
    "channels_below": lambda look: look._outside("underflow"),
    "channels_above": lambda look: look._outside("overflow"),
    "mean_before": lambda look: look._moments(0, 0),
    "std_before": lambda look: look._moments(0, 1),
    "mean_after": lambda look: look._moments(1, 0),
    "std_after": lambda look: look._moments(1, 1),
    "block": Look._block,
    "block_cells": Look._block_cells,
    "words": Look._words,
    "companions": Look._companions,
    "agreement": Look._agreement,
    "cancelled": Look._cancelled,
}


def _by_channel(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """(channel, value)."""
    return np.ascontiguousarray(maps.swapaxes(0, 1)).reshape(maps.shape[1], -1)
