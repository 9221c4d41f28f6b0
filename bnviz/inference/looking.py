"""Looking: what follows from the trained networks and the knobs; each field is made when asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.inference import estimates, folding_words, words
from bnviz.inference.foldable import Foldable, Stored
from bnviz.inference.folded import FoldedLayer
from bnviz.inference.shifted import Shifted
from bnviz.inference.trained import Trained
from bnviz.snapshot import Snapshot
from bnviz.sources.inference import TEST_SIZES, Config


@dataclass(frozen=True)
class Look:
    """A look at trained networks under some knobs."""

    trained: Trained
    convolutional: Foldable
    convolution_step: int  # of the training of the convolutional network, which may have to wait until it is asked for
    config: Config

    def snapshot(self, fields: Iterable[str]) -> Snapshot:
        """These fields, as ``sources.checked_fields`` gives them."""
        return Snapshot(
            step=self.trained.step, arms=tuple(self.trained.networks), knobs=self.config.knobs, diverged={}, edges={},
            values={name: _FIELDS[name](self) for name in sorted(fields)},
        )  # fmt: skip

    @property
    def stored(self) -> Stored:
        """Batch norm's network with the statistics that its eval mode takes."""
        return self.trained.linear.stored(self.config.stored_momentum)

    @property
    def running(self) -> Stored:
        """The same with the running statistics, whatever is stored."""
        return self.trained.linear.stored(self.config.momentum)

    @property
    def whole(self) -> Stored:
        """The same with the statistics of the whole training set."""
        return self.trained.linear.stored(None)

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

    @cached_property
    def test_now(self) -> NDArray[np.float64]:
        """The accuracies at the batch size at test time: eval mode, train mode shuffled, sorted, and layer norm."""
        trained = self.trained
        found = (curve[self.test_place] for curve in (trained.shuffled, trained.sorted, trained.layer_norm))
        return np.array([self.stored.accuracy, *found])

    @cached_property
    def shifted(self) -> Shifted:
        """The target under the shift that the sliders ask for."""
        return Shifted(self.trained, self.config)

    @cached_property
    def folded_linear(self) -> FoldedLayer:
        """The linear layer that is folded."""
        return FoldedLayer(self.trained.linear, self.config, self.config.folded_unit)

    @cached_property
    def folded_convolution(self) -> FoldedLayer:
        """The convolution that is folded."""
        return FoldedLayer(self.convolutional, self.config, self.config.folded_channel)


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
    "whole_accuracy": lambda look: np.full(2, look.whole.accuracy),
    "momentum_now": lambda look: np.array([look.config.momentum]),
    "momentum_now_accuracy": lambda look: np.array([look.stored.accuracy]),
    "shuffled": lambda look: look.trained.shuffled,
    "sorted": lambda look: look.trained.sorted,
    "eval": lambda look: np.full(2, look.stored.accuracy),
    "layer_norm": lambda look: look.trained.layer_norm,
    "test_now": lambda look: np.full(4, TEST_SIZES[look.test_place]),
    "test_now_accuracy": lambda look: look.test_now,
    "sweep_x": lambda look: look.shifted.sweep[0],
    "sweep": lambda look: look.shifted.sweep[1],
    "shift_now": lambda look: np.full(4, look.shifted.swept_to),
    "shift_line": lambda look: np.full(2, look.shifted.swept_to),
    "shift_accuracy": lambda look: look.shifted.now,
    "images": lambda look: look.shifted.pictures,
    "weights": lambda look: look.folded_linear.before.weight.numpy(),
    "folded_weights": lambda look: look.folded_linear.after.weight.numpy(),
    "factors": lambda look: look.folded_linear.factors,
    "folded_row": lambda look: np.array([look.config.folded_unit]),
    "folded_factor": lambda look: look.folded_linear.factors[[look.config.folded_unit - 1]],
    "kernels": lambda look: look.folded_convolution.kernels(look.folded_convolution.before),
    "folded_kernels": lambda look: look.folded_convolution.kernels(look.folded_convolution.after),
    "kernel_places": lambda look: look.folded_convolution.kernel_places,
    "channel_factors": lambda look: look.folded_convolution.factors,
    "channel_row": lambda look: np.array([look.folded_convolution.kernel_middle]),
    "channel_factor": lambda look: look.folded_convolution.factors[[look.config.folded_channel - 1]],
    "kernel": lambda look: look.folded_convolution.kernel(look.folded_convolution.before),
    "folded_kernel": lambda look: look.folded_convolution.kernel(look.folded_convolution.after),
    "progress": words.progress,
    "unit_words": words.of_unit,
    "stored_words": words.of_stored,
    "mode_words": words.of_modes,
    "shift_words": words.of_shift,
    "fold_words": folding_words.of_folding,
}
