"""The decision surface of a network on data that are points of the plane."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bnviz.config import Config
from bnviz.measuring import PROBE, seen
from bnviz.networks import Network

CELLS = 48  # along each axis
MARGIN = 0.08  # of the points' extent, on each side


class Plane:
    """A grid over the held-out points; empty when the inputs are not points of the plane."""

    def __init__(self, inputs: Tensor, targets: Tensor, classes: int) -> None:
        self.classes = classes
        points, shown = inputs.cpu().double().numpy(), min(len(inputs), PROBE)
        flat = points.shape[1] == 2
        low, high = (points.min(0), points.max(0)) if flat else (np.zeros(2), np.zeros(2))
        edge = MARGIN * (high - low)
        count = CELLS if flat else 0
        self.x, self.y = (np.linspace(low[k] - edge[k], high[k] + edge[k], count) for k in (0, 1))
        grid = np.stack(np.meshgrid(self.x, self.y), axis=-1).reshape(-1, 2)
        self._grid = torch.from_numpy(grid).to(inputs)
        self.points: dict[str, NDArray[Any]] = {
            "point_x": points[:shown, 0] if flat else np.zeros(0),
            "point_y": points[:shown, 1] if flat else np.zeros(0),
            "point_class": targets[:shown].cpu().numpy() if flat else np.zeros(0, np.int64),
        }

    def surface(self, network: Network, config: Config) -> NDArray[np.uint8]:
        """What the network says of each cell (y, x), with running statistics, in levels from 0 to 255.

        With two classes the probability of the second; with more the class decided for, spread evenly. 128 where an
        output is not finite.
        """
        if not len(self._grid):
            return np.zeros((0, 0), np.uint8)
        logits = network.logits(seen(self._grid, config)[None], running=True)[0].double()
        decided = logits.argmax(1) / (self.classes - 1)
        level = 255 * (logits.softmax(1)[:, 1] if self.classes == 2 else decided)
        level = torch.where(logits.isfinite().all(1), level, 128)
        return level.round().to(torch.uint8).reshape(CELLS, CELLS).cpu().numpy()
