"""Steps per second of the trainer, recording, against the same two networks in a plain PyTorch loop, not recording.

    python -m tests.benchmarks.training

Both run in turns of a few hundred steps, on one thread, and are timed by what that thread has of the core; the figure
is the median over the turns of their ratio. Beside it stands the share of the trainer's time that goes into recording,
of which most are the rows of the grid: after the first 200 steps, at every 50th.
"""

from collections.abc import Callable
from statistics import median
from time import thread_time
from typing import Any

import numpy as np
import torch
from torch import nn

from bnviz import Config, Trainer, datasets
from bnviz.record import Record
from tests.benchmarks.report import report

TURNS, STEPS = 7, 300


def plain_networks(config: Config, features: int, classes: int) -> list[nn.Sequential]:
    """The networks as a torch user writes them."""
    networks = []
    for normalizer in config.normalizers:
        layers: list[nn.Module] = []
        for number in range(config.depth):
            layers.append(nn.Linear(features if number == 0 else config.width, config.width))
            if normalizer == "batch":
                layers.append(nn.BatchNorm1d(config.width))
            layers.append(nn.ReLU())
        networks.append(nn.Sequential(*layers, nn.Linear(config.width, classes)))
    return networks


def watched(record: Record) -> Callable[[], float]:
    """Has the calls of a record timed; gives the function that says how many seconds they have taken so far."""
    spent = 0.0

    def timed(act: Callable[..., None]) -> Callable[..., None]:
        def call(*values: Any) -> None:
            nonlocal spent
            start = thread_time()
            act(*values)
            spent += thread_time() - start

        return call

    record.trained, record.measure = timed(record.trained), timed(record.measure)  # type: ignore[method-assign]
    return lambda: spent


def main() -> None:
    torch.set_num_threads(1)
    config = Config(device="cpu")
    data = datasets.load(config, np.random.default_rng(0))
    inputs, targets = torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_targets)
    networks = plain_networks(config, data.features, data.classes)
    optimizers = [torch.optim.SGD(network.parameters(), lr=config.learning_rate) for network in networks]

    def plain(steps: int) -> None:
        for _ in range(steps):
            picked = torch.randint(len(inputs), (config.batch_size,))
            batch, wanted = inputs[picked], targets[picked]
            for network, optimizer in zip(networks, optimizers, strict=True):
                optimizer.zero_grad()
                nn.functional.cross_entropy(network(batch), wanted).backward()
                optimizer.step()

    trainer = Trainer(config)
    plain(50)
    trainer.advance(50)
    recording = watched(trainer.record)
    ours, theirs, shares = [], [], []
    for _ in range(TURNS):
        start = thread_time()
        plain(STEPS)
        middle, recorded = thread_time(), recording()
        trainer.advance(STEPS)
        end = thread_time()
        theirs.append(STEPS / (middle - start))
        ours.append(STEPS / (end - middle))
        shares.append((recording() - recorded) / (end - middle))
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    report(
        "training", ratio=median(ratios), ratio_min=min(ratios), ratio_max=max(ratios),
        trainer_steps_per_s=median(ours), plain_steps_per_s=median(theirs), recording_share=median(shares), turns=TURNS,
    )  # fmt: skip


if __name__ == "__main__":
    main()
