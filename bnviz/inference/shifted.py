"""Shifted: what the trained networks make of held-out digits whose inputs are shifted."""

from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bnviz.inference.evaluation import accuracy, layer_norm, plain, re_estimated, right, share
from bnviz.inference.shifts import Shift
from bnviz.inference.trained import Trained
from bnviz.mosaic import mosaic
from bnviz.sources.convolution import SIDE
from bnviz.sources.inference import SHIFTS, SWEEPS, Config

PICTURES = 10  # images that are shown


class Moved(NamedTuple):
    """What a shift does to the outputs, as largest values over examples and classes."""

    difference: float
    output: float  # of the images as they were

    @property
    def share(self) -> float:
        """The difference in units of the largest output."""
        return self.difference / self.output


class Shifted:
    """The target, which is the held-out digits of some classes, and each arm's answers to it under shifts.

    An answer is remembered by what it depends on: while one knob moves, only that is computed which follows from it.
    """

    def __init__(self, trained: Trained, config: Config) -> None:
        self._trained, self._config, self._recent = trained, config, trained.recent
        self.shift = Shift(**{name: getattr(config, name) for name in SHIFTS})

    @cached_property
    def members(self) -> NDArray[np.bool_]:
        """Which of the held-out examples the target holds."""
        return np.asarray(self._trained.examples.targets < self._config.classes)

    @cached_property
    def classes(self) -> NDArray[np.int64]:
        """The classes of the target's examples."""
        return self._trained.examples.targets[self.members]

    def images(self, shift: Shift) -> Tensor:
        """The target's images, shifted."""
        return self._trained.shifted(shift)[torch.from_numpy(self.members)]

    # ------------------------------------------------------------------ accuracies

    def accuracies(self, shift: Shift) -> NDArray[np.float64]:
        """Of no normalizer, batch norm with stored statistics, layer norm, and batch norm re-estimated, (arm,)."""
        arms = self._plain(shift), self._stored(shift), self._layer(shift)
        return np.array([*(share(found[self.members]) for found in arms), self._fresh(shift)])

    def _plain(self, shift: Shift) -> NDArray[np.bool_]:
        linear = self._trained.weights["none"].linear
        return self._recent.get(("none", shift), lambda: self._right(plain(linear, self._trained.shifted(shift))))

    def _layer(self, shift: Shift) -> NDArray[np.bool_]:
        weights = self._trained.weights["layer"]
        return self._recent.get(
            ("layer", shift), lambda: self._right(layer_norm(weights, self._trained.shifted(shift)))
        )

    def _stored(self, shift: Shift) -> NDArray[np.bool_]:
        momentum = self._config.stored_momentum
        folded = self._trained.linear.stored(momentum).folded
        return self._recent.get(
            ("stored", shift, momentum), lambda: self._right(plain(folded, self._trained.shifted(shift)))
        )

    def _right(self, logits: Tensor) -> NDArray[np.bool_]:
        return right(logits, self._trained.examples.targets)

    def _fresh(self, shift: Shift) -> float:
        weights, size, classes = self._trained.linear.weights, self._config.target_size, self._config.classes
        return self._recent.get(
            ("fresh", shift, size, classes),
            lambda: accuracy(re_estimated(weights, self.images(shift), size)[0], self.classes),
        )

    @cached_property
    def now(self) -> NDArray[np.float64]:
        """The accuracies where the sliders stand."""
        return self.accuracies(self.shift)

    @property
    def swept_to(self) -> float:
        """Where the slider of the shift that is swept stands."""
        return float(getattr(self._config, self._config.swept))

    @cached_property
    def sweep(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The places along which one shift is swept while the others stand, and there the accuracies, (arm, place).

        Where the slider stands is one of them, so that its marks lie on the curves.
        """
        swept, now = self._config.swept, self.swept_to
        places = np.array(SWEEPS[swept])
        found = np.stack([self.accuracies(replace(self.shift, **{swept: place})) for place in SWEEPS[swept]], axis=1)
        at = int(np.searchsorted(places, now))
        return np.insert(places, at, now), np.insert(found, at, self.now, axis=1)

    # ------------------------------------------------------------------ can it be undone?

    @property
    def rescaled_accuracy(self) -> float:
        """Of the plain network, where the target's pixels are given the mean and the spread of the training pixels."""
        return self._recent.get(("rescaled", self.shift, self._config.classes), self._rescaled)

    def _rescaled(self) -> float:
        images, train = self.images(self.shift), self._trained.examples.train_inputs
        spread = images.std()
        scaled = (images - images.mean()) * (train.std() / spread if spread else 0) + train.mean()
        return accuracy(plain(self._trained.weights["none"].linear, scaled), self.classes)

    def undone(self, eps: float) -> Moved:
        """What the shift does to the outputs of re-estimated batch norm, in float64."""
        size, weights = self._config.target_size, self._trained.linear.exact_weights

        def found() -> Moved:
            target = torch.from_numpy(self.members)
            inputs, noise = (part[target].double() for part in (self._trained.examples.inputs, self._trained.noise))
            both = (shift.apply(inputs, noise) for shift in (Shift(), self.shift))
            before, after = (re_estimated(weights, images, size, eps)[0] for images in both)
            return Moved(float((before - after).abs().max()), float(before.abs().max()))

        return self._recent.get(("undone", self.shift, size, self._config.classes, eps), found)

    # ------------------------------------------------------------------ pictures

    @property
    def pictures(self) -> NDArray[np.float32]:
        """The target's first images, shifted, and above them as they were, with NaN in the gaps; the lowest row first.

        Shape (2 · 8 + 1, 9 · PICTURES − 1); where the target has fewer images, the rest is NaN too.
        """
        target = torch.from_numpy(np.flatnonzero(self.members)[:PICTURES])
        inputs, noise = self._trained.examples.inputs[target], self._trained.noise[target]
        images = np.full((2, PICTURES, SIDE, SIDE), np.nan, np.float32)
        for row, shift in zip(images, (Shift(), self.shift), strict=True):
            row[: len(inputs)] = shift.apply(inputs, noise).numpy().reshape(-1, SIDE, SIDE)
        return mosaic(images)[::-1].copy()
