"""Which values of N examples with C channels share one mean and variance: what tells four normalizations apart."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

GROUPS = 2  # of group norm
EPS = 1e-5

Floats = NDArray[np.float64]


def by_hand(norm: str, maps: Floats, eps: float = EPS) -> Floats:
    """x̂ = (x − μ) / √(σ² + ε), with mean μ and biased variance σ² over all values that share them.

    Of maps (N, C, H, W), with batch norm: N, H, W, for each channel. Layer norm: C, H, W, for each image. Instance
    norm: H, W, for each image and channel. Group norm: H, W and the channels of a group, for each image. Sequences
    (N, C, L) have L in place of H, W, and single values (N, C) neither, so that instance norm has nothing to share.

    Sources: Ioffe & Szegedy 2015, section 3.2, arXiv:1502.03167; Wu & He 2018, equation 1 to 6, arXiv:1803.08494.
    """
    if norm == "group":
        n, c, *place = maps.shape
        return by_hand("layer", maps.reshape(n * GROUPS, c // GROUPS, *place), eps).reshape(maps.shape)
    places = tuple(range(2, maps.ndim))
    axes = {"batch": (0, *places), "layer": (1, *places), "instance": places}[norm]
    mean = maps.mean(axis=axes, keepdims=True)
    variance = ((maps - mean) ** 2).mean(axis=axes, keepdims=True)
    normalized: Floats = (maps - mean) / np.sqrt(variance + eps)
    return normalized


def by_torch(norm: str, maps: Floats, eps: float = EPS) -> Floats:
    """The same by torch's own functions."""
    acts: dict[str, Callable[[Tensor], Tensor]] = {
        "batch": lambda x: functional.batch_norm(x, None, None, training=True, eps=eps),
        "layer": lambda x: functional.layer_norm(x, x.shape[1:], eps=eps),
        "instance": lambda x: functional.instance_norm(x, eps=eps),
        "group": lambda x: functional.group_norm(x, GROUPS, eps=eps),
    }
    found: Floats = acts[norm](torch.from_numpy(maps)).numpy()
    return found


def companions(norm: str, images: int, channels: int, image: int, channel: int) -> NDArray[np.bool_]:
    """The maps (image, channel) whose values share their mean with those of one of them."""
    n, c = np.indices((images, channels))
    of_group = c * GROUPS // channels == channel * GROUPS // channels
    found: NDArray[np.bool_] = {
        "batch": c == channel, "layer": n == image, "instance": (n == image) & (c == channel),
        "group": (n == image) & of_group,
    }[norm]  # fmt: skip
    return found
