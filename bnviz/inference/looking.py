"""Looking: what follows from the trained networks and the knobs; each field is made when asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bnviz.inference import estimates, words
from bnviz.inference.evaluation import Statistics, accuracy, layer_norm, plain, re_estimated
from bnviz.inference.folding import Affine, Moments
from bnviz.inference.shifts import SIDE, Shift
from bnviz.inference.trained import Trained
from bnviz.snapshot import Snapshot
from bnviz.sources.inference import SHIFTS, SWEEPS, TEST_SIZES, Config

PICTURES = 10  # images that are shown


@dataclass(frozen=True)
class Look:
    """A look at trained networks under some knobs."""

    trained: Trained
    config: Config

    def snapshot(self, fields: Iterable[str]) -> Snapshot:
        """These fields, as ``sources.checked_fields`` gives them."""
        return Snapshot(
            step=self.trained.step, arms=tuple(self.trained.networks), knobs=self.config.knobs, diverged={}, edges={},
            values={name: _FIELDS[name](self) for name in sorted(fields)},
        )  # fmt: skip

    # ------------------------------------------------------------------ statistics

    @cached_property
    def running(self) -> Statistics:
        """The running statistics of this momentum."""
        return self.trained.gathered.stored(self.config.momentum)

    @property
    def stored(self) -> Statistics:
        """The statistics that batch norm's eval mode takes."""
        return self.running if self.config.statistics == "running" else self.trained.whole

    @cached_property
    def folded(self) -> list[Affine]:
        """The layers of batch norm's network with the stored statistics folded into them."""
        return self.trained.weights["batch"].folded(self.stored)

    @cached_property
    def eval_accuracy(self) -> float:
        """Of batch norm in eval mode, on the held-out examples as they are."""
        return accuracy(plain(self.folded, self.trained.inputs), self.trained.targets)

    @cached_property
    def running_accuracy(self) -> float:
        """The same with the running statistics, whatever is stored."""
        if self.config.statistics == "running":
            return self.eval_accuracy
        return self.trained.stored_accuracy(self.running)

    def of_unit(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """What belongs to the unit looked at, of values (…, layer, unit)."""
        return values[..., self.config.layer - 1, self.config.unit - 1]

    @cached_property
    def mean_course(self) -> NDArray[np.float64]:
        """The unit's running mean over steps."""
        return estimates.course(self.of_unit(self.trained.gathered.means), self.config.momentum, estimates.START_MEAN)

    @cached_property
    def var_course(self) -> NDArray[np.float64]:
        """The unit's running variance over steps."""
        values = self.of_unit(self.trained.gathered.unbiased_vars)
        return estimates.course(values, self.config.momentum, estimates.START_VAR)

    @property
    def test_place(self) -> int:
        """Where the batch size at test time stands among ``TEST_SIZES``; of one in between, the next smaller."""
        return int(np.searchsorted(TEST_SIZES, self.config.test_batch, side="right")) - 1

    # ------------------------------------------------------------------ shifts

    @property
    def shift(self) -> Shift:
        """What happens to the inputs."""
        return Shift(**{name: getattr(self.config, name) for name in SHIFTS})

    @cached_property
    def target(self) -> NDArray[np.bool_]:
        """Which of the held-out examples the target holds."""
        return np.asarray(self.trained.targets < self.config.classes)

    def images(self, shift: Shift) -> Tensor:
        """The target's images, shifted."""
        return shift.apply(*self._unshifted)

    @cached_property
    def _unshifted(self) -> tuple[Tensor, Tensor]:
        """The target's images as they were, and the noise that is drawn for them."""
        target = torch.from_numpy(self.target)
        return self.trained.inputs[target], self.trained.noise[target]

    @cached_property
    def target_classes(self) -> NDArray[np.int64]:
        """The classes of the target's examples."""
        return self.trained.targets[self.target]

    def accuracies(self, shift: Shift) -> NDArray[np.float64]:
        """Of no normalizer, batch norm with stored statistics, layer norm, and batch norm re-estimated, (arm,)."""
        images, weights = self.images(shift), self.trained.weights
        logits = (
            plain(weights["none"].linear, images),
            plain(self.folded, images),
            layer_norm(weights["layer"], images),
            re_estimated(weights["batch"], images, self.config.target_size)[0],
        )
        return np.array([accuracy(each, self.target_classes) for each in logits])

    @cached_property
    def shift_accuracy(self) -> NDArray[np.float64]:
        """The same at the shift that the sliders ask for."""
        return self.accuracies(self.shift)

    @property
    def swept_to(self) -> float:
        """Where the slider of the shift that is swept stands."""
        return float(getattr(self.config, self.config.swept))

    @property
    def sweep(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The places along which one shift is swept while the others stand, and there the accuracies, (arm, place).

        Where the slider stands is one of them, so that its marks lie on the curves.
        """
        swept, shift, now = self.config.swept, self.shift, self.swept_to
        momentum = self.config.momentum if self.config.statistics == "running" else None
        key = (swept, replace(shift, **{swept: 0.0}), self.config.classes, self.config.target_size, momentum)
        if key not in self.trained.sweeps:
            found = [self.accuracies(replace(shift, **{swept: value})) for value in SWEEPS[swept]]
            self.trained.sweeps.clear()
            self.trained.sweeps[key] = np.stack(found, axis=1)
        at = int(np.searchsorted(SWEEPS[swept], now))
        return (
            np.insert(np.array(SWEEPS[swept]), at, now),
            np.insert(self.trained.sweeps[key], at, self.shift_accuracy, axis=1),
        )

    @property
    def rescaled_accuracy(self) -> float:
        """Of the plain network, where the target's pixels are given the mean and the spread of the training pixels."""
        images, train = self.images(self.shift), self.trained.train_inputs
        spread = images.std()
        scaled = (images - images.mean()) * (train.std() / spread if spread else 0) + train.mean()
        return accuracy(plain(self.trained.weights["none"].linear, scaled), self.target_classes)

    def undone_difference(self, eps: float) -> float:
        """The largest difference that the shift makes to an output of re-estimated batch norm, in float64."""
        inputs, noise = (part.double() for part in self._unshifted)
        both = (shift.apply(inputs, noise) for shift in (Shift(), self.shift))
        size, weights = self.config.target_size, self.trained.exact_weights
        before, after = (re_estimated(weights, images, size, eps)[0] for images in both)
        return float((before - after).abs().max())

    @property
    def pictures(self) -> NDArray[np.float32]:
        """The target's first images, shifted, and above them as they were, with NaN in the gaps; the lowest row first.

        Shape (2 · 8 + 1, 9 · PICTURES − 1); where the target has fewer images, the rest is NaN too.
        """
        found = np.full((2, SIDE, PICTURES * (SIDE + 1)), np.nan, np.float32)
        for rows, shift in zip(found, (Shift(), self.shift), strict=True):
            for number, image in enumerate(self.images(shift)[:PICTURES].numpy()):
                left = number * (SIDE + 1)
                rows[:, left : left + SIDE] = image.reshape(SIDE, SIDE)
        gap = np.full((1, found.shape[2]), np.nan, np.float32)
        return np.concatenate([found[0], gap, found[1]])[::-1, :-1].copy()

    # ------------------------------------------------------------------ folding

    def of_layer(self, layers: list[Affine]) -> NDArray[np.float32]:
        """The weights (unit, input) of the layer folded."""
        return layers[self.config.folded_layer - 1].weight.numpy().copy()

    @property
    def unit_scale(self) -> tuple[float, float, Moments]:
        """γ and β of the unit folded, and its stored statistics."""
        layer, unit, weights = self.config.folded_layer - 1, self.config.folded_unit - 1, self.trained.weights["batch"]
        mean, var = self.stored[layer]
        gamma, beta = weights.scales[layer]
        return float(gamma[unit]), float(beta[unit]), Moments(mean[unit], var[unit])


_FIELDS: dict[str, Callable[[Look], Any]] = {
    "steps": lambda look: np.arange(1, len(look.trained.gathered.means) + 1, dtype=np.int32),
    "batch_mean": lambda look: look.of_unit(look.trained.gathered.means).copy(),
    "batch_var": lambda look: look.of_unit(look.trained.gathered.unbiased_vars).copy(),
    "running_mean": lambda look: look.mean_course,
    "running_var": lambda look: look.var_course,
    "whole_steps": lambda look: look.trained.gathered.whole_steps,
    "whole_mean": lambda look: look.of_unit(look.trained.gathered.whole_means).copy(),
    "whole_var": lambda look: look.of_unit(look.trained.gathered.whole_vars).copy(),
    "momentum_accuracy": lambda look: look.trained.momentum_accuracy,
    "whole_accuracy": lambda look: np.full(2, look.trained.whole_accuracy),
    "momentum_now": lambda look: np.array([look.config.momentum]),
    "momentum_now_accuracy": lambda look: np.array([look.running_accuracy]),
    "shuffled": lambda look: look.trained.shuffled,
    "sorted": lambda look: look.trained.sorted,
    "eval": lambda look: np.full(2, look.eval_accuracy),
    "test_now": lambda look: np.full(3, TEST_SIZES[look.test_place]),
    "test_now_accuracy": lambda look: np.array(
        [look.eval_accuracy, look.trained.shuffled[look.test_place], look.trained.sorted[look.test_place]]
    ),
    "sweep_x": lambda look: look.sweep[0],
    "sweep": lambda look: look.sweep[1],
    "shift_now": lambda look: np.full(4, look.swept_to),
    "shift_line": lambda look: np.full(2, look.swept_to),
    "shift_accuracy": lambda look: look.shift_accuracy,
    "images": lambda look: look.pictures,
    "weights": lambda look: look.of_layer(look.trained.weights["batch"].linear),
    "folded_weights": lambda look: look.of_layer(look.folded),
    "progress": words.progress,
    "unit_words": words.of_unit,
    "mode_words": words.of_modes,
    "shift_words": words.of_shift,
    "fold_words": words.of_folding,
}
