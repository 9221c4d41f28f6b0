"""Mosaic: small pictures side by side as one."""

import numpy as np
from numpy.typing import NDArray


def mosaic(tiles: NDArray[np.floating]) -> NDArray[np.float32]:
    """Pictures (row, column, y, x) as one, (row · (y + 1) − 1, column · (x + 1) − 1), with a line of NaN between."""
    rows, columns, height, width = tiles.shape
    picture = np.full((rows, height + 1, columns, width + 1), np.nan, np.float32)
    picture[:, :height, :, :width] = tiles.swapaxes(1, 2)
    return picture.reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1].copy()
