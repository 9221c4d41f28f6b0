"""Pictures side by side."""

import numpy as np

from bnviz.mosaic import mosaic


def test_every_picture_stands_in_its_place_with_nothing_between():
    tiles = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    found = mosaic(tiles)
    assert (found.shape, found.dtype) == ((9, 17), np.float32)
    for row in range(2):
        for column in range(3):
            np.testing.assert_array_equal(found[5 * row : 5 * row + 4, 6 * column : 6 * column + 5], tiles[row, column])
    assert np.isnan(found[4]).all()
    assert np.isnan(found[:, [5, 11]]).all()
    assert np.isnan(found).sum() == 9 * 17 - tiles.size
