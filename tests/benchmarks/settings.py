"""Whether each setting shows what it promises, over ten seeds.

    python -m tests.benchmarks.settings

One line for each setting: in how many seeds it was seen, the least and the most of either network's accuracy (among
those that are finite), and the steps at which the plain network diverged. For a shifted input also the largest
difference that the shift makes to the accuracy with batch norm.
"""

from dataclasses import replace

import numpy as np
import torch

from bnviz import Config, Trainer
from bnviz.settings import FIELDS, SETTINGS, Setting
from bnviz.snapshot import Snapshot
from tests.benchmarks.report import report

SEEDS = range(10)


def ended(config: Config, seed: int, steps: int) -> Snapshot:
    """What is measured after so many steps of a run with this seed."""
    trainer = Trainer(replace(config, seed=seed, device="cpu"))
    trainer.advance(steps)
    return trainer.snapshot(FIELDS)


def spread(accuracies: np.ndarray) -> list[float]:
    finite = accuracies[np.isfinite(accuracies)]
    return [round(float(value), 3) for value in (finite.min(), finite.max())] if len(finite) else []


def measure(setting: Setting) -> None:
    runs = [ended(setting.config, seed, setting.steps) for seed in SEEDS]
    plain, batch = np.array([run.test_accuracy for run in runs]).T
    more = {}
    if setting.config.input_shift:
        unshifted = replace(setting.config, input_shift=0.0)
        without = np.array([ended(unshifted, seed, setting.steps).test_accuracy[1] for seed in SEEDS])
        more["batch_shift_difference"] = float(np.abs(batch - without).max())
    report(
        "settings", setting=setting.name, steps=setting.steps, seen=sum(map(setting.seen, runs)), seeds=len(SEEDS),
        plain_accuracy=spread(plain), batch_accuracy=spread(batch),
        plain_diverged=sorted(run.diverged["none"][0] for run in runs if "none" in run.diverged), **more,
    )  # fmt: skip


def main() -> None:
    torch.set_num_threads(1)
    for setting in SETTINGS:
        measure(setting)


if __name__ == "__main__":
    main()
