"""Steps per second of the trainer, recording, against the same two networks in a plain PyTorch loop, not recording.

    python -m tests.benchmarks.training

Both run in turns of a few hundred steps, on one thread, and are timed by what that thread has of the core; the figure
is the median over the turns of their ratio. Beside it stands the share of the trainer's time that goes into recording,
of which most are the rows of the grid: after the first 200 steps, at every 50th. And ``ratio_recording`` is the one
against the same loop as it is commonly watched: with a forward hook on each layer that takes a histogram of its values.
"""

from collections.abc import Callable
from itertools import chain
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


def plain_loop(
    networks: list[nn.Sequential], inputs: torch.Tensor, targets: torch.Tensor, config: Config
) -> Callable[[int], None]:
    """Training as a torch user writes it; gives what makes a number of steps."""
    optimizers = [torch.optim.SGD(network.parameters(), lr=config.learning_rate) for network in networks]

    def plain(steps: int) -> None:
        for _ in range(steps):
            picked = torch.randint(len(inputs), (config.batch_size,))
            batch, wanted = inputs[picked], targets[picked]
            for network, optimizer in zip(networks, optimizers, strict=True):
                optimizer.zero_grad()
                nn.functional.cross_entropy(network(batch), wanted).backward()
                optimizer.step()

    return plain


@torch.no_grad()
def histogram(_layer: nn.Module, _inputs: tuple[torch.Tensor, ...], outputs: torch.Tensor) -> None:
    """What is commonly recorded of a layer: a histogram of its values."""
    outputs.detach().histc(208, -6.5, 6.5)


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
    twins = [plain_networks(config, data.features, data.classes) for _ in range(2)]
    for layer in chain(*twins[1]):
        if isinstance(layer, nn.Linear | nn.BatchNorm1d):
            layer.register_forward_hook(histogram)
    trainer = Trainer(config)
    ways = [*(plain_loop(networks, inputs, targets, config) for networks in twins), trainer.advance]
    for way in ways:
        way(50)
    recording = watched(trainer.record)
    rates, shares = [], []
    for _ in range(TURNS):
        recorded, times = recording(), [thread_time()]
        for way in ways:
            way(STEPS)
            times.append(thread_time())
        rates.append(STEPS / np.diff(times))
        shares.append((recording() - recorded) / (times[-1] - times[-2]))
    plain, hooked, ours = np.transpose(rates)
    ratios = (ours / plain).tolist()
    report(
        "training", ratio=median(ratios), ratio_min=min(ratios), ratio_max=max(ratios),
        ratio_recording=median((ours / hooked).tolist()), trainer_steps_per_s=median(ours.tolist()),
        plain_steps_per_s=median(plain.tolist()), recording_share=median(shares), turns=TURNS,
    )  # fmt: skip


if __name__ == "__main__":
    main()
