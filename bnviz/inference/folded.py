"""Folded: one hidden layer before and after batch norm is folded into it."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bnviz.inference.evaluation import EPS
from bnviz.inference.foldable import Foldable, Stored
from bnviz.inference.folding import Affine, Moments, Scale
from bnviz.mosaic import mosaic
from bnviz.sources.inference import TAPS, Config


class FoldedLayer:
    """A hidden layer of a network, and a row of it, a unit or a channel, that is looked at; rows count from 1."""

    def __init__(self, network: Foldable, config: Config, row: int) -> None:
        self.network, self.row, self._layer = network, row - 1, config.folded_layer - 1
        self.stored: Stored = network.stored(config.stored_momentum)

    @property
    def before(self) -> Affine:
        """The layer as it was trained."""
        return self.network.weights.linear[self._layer]

    @property
    def after(self) -> Affine:
        """The layer with batch norm folded into it."""
        return self.stored.folded[self._layer]

    @property
    def scale(self) -> Scale:
        """γ and β, (row,)."""
        return self.network.weights.scales[self._layer]

    @property
    def moments(self) -> Moments:
        """The stored statistics, (row,)."""
        return self.stored.statistics[self._layer]

    @cached_property
    def factors(self) -> NDArray[np.float32]:
        """What folding multiplies each row by: f = γ / √(σ² + ε)."""
        factors: NDArray[np.float32] = (self.scale.gamma / (self.moments.var + EPS).sqrt()).numpy()
        return factors

    # ------------------------------------------------------------------ convolutions

    def kernels(self, layer: Affine) -> NDArray[np.float32]:
        """The kernels of a convolution as a picture: a row of kernels for each channel, one for each of its inputs.

        Shape (4 · CHANNELS − 1, 4 · inputs − 1) with NaN in the gaps; the first channel first.
        """
        return mosaic(layer.weight.numpy())  # (channel, input, 3, 3)

    @property
    def kernel_places(self) -> NDArray[np.float64]:
        """Where the picture's columns stand on an axis from 0 to 1: they fill it, however many inputs there are."""
        columns = (TAPS + 1) * self.before.weight.shape[1] - 1
        return (np.arange(columns) + 0.5) / columns

    @property
    def kernel_middle(self) -> int:
        """The picture's row in which the middle of the chosen channel's kernels lies."""
        return (TAPS + 1) * self.row + TAPS // 2

    def kernel(self, layer: Affine) -> NDArray[np.float32]:
        """The row's kernel over its first input, (3, 3)."""
        return layer.weight[self.row, 0].numpy().copy()
