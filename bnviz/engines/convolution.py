"""Two convolutional networks in lockstep, with and without batch norm."""

import math
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bnviz import config as training
from bnviz import datasets, keeping, optimizers
from bnviz.backpropagation import ByAutograd
from bnviz.batches import BatchOrder
from bnviz.change_log import ChangeLog
from bnviz.convolution.looking import Look
from bnviz.convolution.pairing import outputs, paired
from bnviz.engines import Plain
from bnviz.history import History
from bnviz.parameters import Parameters
from bnviz.snapshot import Change
from bnviz.sources.convolution import ARMS, IMAGES, SIDE, Config

EARLY, EVERY, SELDOM = 200, 20, 50  # accuracy takes as long as four steps: up to step EARLY every 20th, then seldom


class Engine(Plain):
    """Trains the two networks on the same batches, from the same weights. Looking changes nothing of them."""

    config: Config
    trains = True

    def __init__(self, config: Config) -> None:
        self.config, self.step = config, 0
        data_seed, weight_seed, order_seed = np.random.SeedSequence(config.seed).spawn(3)
        data = datasets.load(training.Config(seed=config.seed), np.random.default_rng(data_seed))
        self._train = _images(data.train_inputs), torch.from_numpy(data.train_targets)
        self._test = _images(data.test_inputs), torch.from_numpy(data.test_targets)
        generator = torch.Generator().manual_seed(int(weight_seed.generate_state(1)[0]))
        self.networks = paired(config, data.classes, generator)
        self._order = BatchOrder(len(data.train_inputs), np.random.default_rng(order_seed))
        parameters = {arm: Parameters(network) for arm, network in self.networks.items()}
        self._backpropagation = {arm: ByAutograd(self.networks[arm], parameters[arm]) for arm in ARMS}
        self._optimizers = {arm: optimizers.make("sgd", parameters[arm]) for arm in ARMS}
        self.diverged: dict[str, tuple[int, str]] = {}
        self._log = ChangeLog()
        self.train_loss = np.full(len(ARMS), np.nan)
        self.losses, self.accuracies = History(), History(240, EVERY)
        self._record()

    def advance(self, steps: int = 1) -> None:
        """Make optimizer steps, both arms in lockstep; one whose loss is not finite stops where it is."""
        for _ in range(steps):
            batch = torch.from_numpy(self._order.next(self.config.batch_size))
            inputs, targets = (part[batch] for part in self._train)
            self.step += 1
            for index, arm in enumerate(ARMS):
                if arm in self.diverged:
                    continue
                self.train_loss[index] = loss = self._backpropagation[arm](inputs, targets)
                if math.isfinite(loss):
                    self._optimizers[arm].step(self.config.learning_rate, 0)
                else:
                    self.diverged[arm] = (self.step, "the loss")
            self.finished = len(self.diverged) == len(ARMS)
            self.losses.append(self.step, loss=self.train_loss.astype(np.float32))
            self._record()

    def change(self, **knobs: Any) -> None:
        """Turn knobs; in force from the next step. Raises ValueError for what is not allowed."""
        before, self.config = self.config.knobs, self.config.change(**knobs)
        self._log.add(Change(self.step, {name: before[name] for name in knobs}, dict(knobs)))

    def look(self) -> Look:
        """What gives snapshots of this moment."""
        return Look(
            self.step, self.config, self.diverged, self.train_loss, self.losses, self.accuracies, self.images, self.maps
        )

    @torch.no_grad()
    def accuracy(self) -> NDArray[np.float64]:
        """Share of the held-out images that each arm classifies rightly, with their own statistics, (arm,)."""
        inputs, targets = self._test
        found = [outputs(network, inputs)[0].argmax(1) == targets for network in self.networks.values()]
        return np.array([right.double().mean().item() for right in found])

    def _record(self) -> None:
        if self.step % (EVERY if self.step <= EARLY else SELDOM) == 0:
            self.accuracies.append(self.step, accuracy=self.accuracy())

    @torch.no_grad()
    def maps(self) -> dict[str, tuple[Tensor, Tensor]]:
        """Of each arm the layer's values before and after the normalizer (image, channel, height, width)."""
        layer = self.config.layer_looked_at - 1
        return {arm: outputs(network, self._test[0][:IMAGES])[1][layer] for arm, network in self.networks.items()}

    @property
    def images(self) -> Tensor:
        """The held-out images whose maps are looked at, (image, 1, height, width)."""
        return self._test[0][:IMAGES]

    # ------------------------------------------------------------------ keeping

    def checkpoint(self) -> bytes:
        """What is needed to stand here again."""
        return keeping.to_bytes(self._state())

    def save(self) -> bytes:
        """Everything that is needed to go on bit-equally."""
        histories = {"losses": self.losses.save(), "accuracies": self.accuracies.save()}
        return keeping.to_bytes(self._state() | {"log": self._log.save(), "histories": histories})

    def _state(self) -> dict[str, Any]:
        return {
            "config": self.config.to_json(), "step": self.step, "train_loss": self.train_loss,
            "networks": {arm: network.state_dict() for arm, network in self.networks.items()},
            "order": self._order.save(), "diverged": self.diverged, "changes": self._log.count,
        }  # fmt: skip

    @classmethod
    def restore(cls, state: bytes) -> Self:
        """What goes on where ``save`` left off. Nothing in ``state`` is executed."""
        kept = keeping.from_bytes(state)
        engine = cls(Config.from_json(kept["config"]))
        engine._stand(kept)
        engine.losses, engine.accuracies = (
            History.restore(kept["histories"][name]) for name in ("losses", "accuracies")
        )
        engine._log.load(kept["log"], kept["changes"])
        return engine

    def rewind(self, checkpoint: bytes) -> list[Change]:
        """Stand again where a checkpoint was taken; gives the changes undone, in order."""
        kept = keeping.from_bytes(checkpoint)
        undone = self._log.take_back(kept["changes"])
        self.config = Config.from_json(kept["config"])
        self._stand(kept)
        for history in (self.losses, self.accuracies):
            history.cut(self.step)
        return undone

    def _stand(self, kept: dict[str, Any]) -> None:
        self.step, self.train_loss = kept["step"], kept["train_loss"]
        self._order.load(kept["order"])
        self.diverged = {arm: (step, place) for arm, (step, place) in kept["diverged"].items()}
        self.finished = len(self.diverged) == len(ARMS)
        for arm, network in self.networks.items():
            network.load_state_dict(kept["networks"][arm])


def _images(pixels: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(pixels).float().reshape(-1, 1, SIDE, SIDE)
