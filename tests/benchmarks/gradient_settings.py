"""Whether each setting of the Gradients page shows what it says, over ten seeds.

    python -m tests.benchmarks.gradient_settings

One line for each setting: in how many seeds what is said of the start was there, and what is said of training; the
least and the most of the growth of the gradient for each layer at the start, of the gradient at the first layer over
that at the last, and of the accuracies at the end, without normalization and with batch norm.
"""

from dataclasses import replace

import numpy as np
import torch

from bnviz import Trainer
from bnviz.gradient_settings import FIELDS, SETTINGS, GradientSetting
from tests.benchmarks.report import report

SEEDS = range(10)


def spread(values: np.ndarray) -> list[float]:
    return [float(f"{value:.3g}") for value in (np.nanmin(values), np.nanmax(values))]


def measure(setting: GradientSetting) -> None:
    starts, ends = [], []
    for seed in SEEDS:
        trainer = Trainer(replace(setting.config, seed=seed, device="cpu"))
        starts.append(trainer.snapshot(FIELDS))
        trainer.advance(setting.steps)
        ends.append(trainer.snapshot(FIELDS))
    numbers = {
        "growth": np.array([start.growth[:, 0] for start in starts]),
        "first_of_last": np.array([start.gradient_rms[:, 0] / start.gradient_rms[:, -1] for start in starts]),
        "accuracy": np.array([end.test_accuracy for end in ends]),
    }
    spreads = {f"{arm}_{name}": spread(values[:, index]) for name, values in numbers.items()
               for index, arm in enumerate(("plain", "batch"))}  # fmt: skip
    report(
        "gradient_settings", setting=setting.name, steps=setting.steps, seeds=len(SEEDS),
        starts=sum(map(setting.starts, starts)), seen=sum(map(setting.seen, ends)), **spreads,
    )  # fmt: skip


def main() -> None:
    torch.set_num_threads(1)
    for setting in SETTINGS:
        measure(setting)


if __name__ == "__main__":
    main()
