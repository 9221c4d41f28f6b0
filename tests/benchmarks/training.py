"""Steps per second of the trainer, recording, against the same two networks in a plain PyTorch loop, not recording.

    python -m tests.benchmarks.training

Both run in turns of a few hundred steps, on one thread; the figure is the median over the turns of their ratio.
"""

from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import nn

from bnviz import Config, Trainer, datasets
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
    ours, theirs = [], []
    for _ in range(TURNS):
        start = perf_counter()
        plain(STEPS)
        middle = perf_counter()
        trainer.advance(STEPS)
        theirs.append(STEPS / (middle - start))
        ours.append(STEPS / (perf_counter() - middle))
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    report(
        "training", ratio=median(ratios), ratio_min=min(ratios), ratio_max=max(ratios),
        trainer_steps_per_s=median(ours), plain_steps_per_s=median(theirs), turns=TURNS,
    )  # fmt: skip


if __name__ == "__main__":
    main()
