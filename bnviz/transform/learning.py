"""Learning: mini-batches from a layer of a network in training, at every tenth of its first steps."""

import copy
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from bnviz import datasets
from bnviz.config import Config
from bnviz.networks import Network
from bnviz.sources.transform import EVERY, LAYERS, STEPS, UNITS
from bnviz.trainer import Trainer
from bnviz.transform.draws import POOL, Batch, Floats, unit_size

NETWORKS = Config(normalizers=("batch",), depth=LAYERS, width=UNITS, init="gain", learning_rate=0.1, device="cpu")


class Course(NamedTuple):
    """A network at each of the steps 0, 10, 20 …, and the examples on which it learns."""

    networks: tuple[Network, ...]
    inputs: Tensor
    targets: Tensor


@lru_cache(maxsize=1)
def course() -> Course:
    """The network in training. The first call in a process trains it, in about half a second."""
    data_seed, *_ = np.random.SeedSequence(NETWORKS.seed).spawn(3)
    data = datasets.load(NETWORKS, np.random.default_rng(data_seed))
    trainer = Trainer(NETWORKS, torch.float64)
    networks = [copy.deepcopy(trainer.networks["batch"])]
    for _ in range(STEPS // EVERY):
        trainer.advance(EVERY)
        networks.append(copy.deepcopy(trainer.networks["batch"]))
    return Course(tuple(networks), torch.from_numpy(data.train_inputs).double(), torch.from_numpy(data.train_targets))


@lru_cache(maxsize=16)
def taken(step: int, layer: int, number: int, size: int) -> tuple[Floats, Floats]:
    """What the units of a layer compute, and dL/dy of what batch norm makes of it, each (example, unit)."""
    networks, inputs, targets = course()
    chosen = np.random.default_rng(number).permutation(len(inputs))[:size]
    groups, output = inputs[None, chosen], torch.empty(0)
    network, values = networks[step // EVERY], torch.empty(0)
    for place, each in enumerate(network.layers, start=1):
        groups, sites = each.sites(groups, running=False)  # type: ignore[operator]
        if place == layer:
            values, output = sites["pre_activation"], sites["affine_output"]
    loss = nn.functional.cross_entropy(network.output(groups)[0], targets[chosen])
    (gradient,) = torch.autograd.grad(loss, [output])
    return values[0].detach().numpy(), gradient[0].numpy()


def batch(step: int, layer: int, unit: int, number: int, size: int) -> Batch:
    """One unit on one batch, which passes through the network as in training: normalized by its own statistics."""
    values, gradients = taken(step, layer, number, size)
    pool, _ = taken(step, layer, number, POOL)
    gradient, arrived = unit_size(gradients[:, unit - 1])
    return Batch(values[:, unit - 1], gradient, pool[:, unit - 1], arrived)
