"""Trained networks: the training that comes first, and then the looks at them."""

import json

import numpy as np

from bnviz import config as training
from bnviz import keeping
from bnviz.engines import Plain
from bnviz.inference import convolution
from bnviz.inference.evaluation import Weights, one_pass
from bnviz.inference.foldable import Examples
from bnviz.inference.looking import Look
from bnviz.inference.trained import Gathered, Trained
from bnviz.snapshot import Change
from bnviz.sources.inference import DEPTH, WIDTH, Config
from bnviz.trainer import Trainer

ARMS = ("none", "batch", "layer")
STRIDE = 5  # updates of a step, so that the training takes a second or two at the speed at which a run begins


def trained_as(config: Config) -> training.Config:
    """The config of the networks: pixels from 0 to 1, three hidden layers of 64, ReLU, SGD.

    With momentum 1 the running statistics are those of the last batch, which are gathered; training takes no notice.
    """
    return training.Config(
        dataset="digits", scaling="raw", input_scale=1 / 16, normalizers=ARMS, depth=DEPTH, width=WIDTH,
        activation="relu", init="gain", learning_rate=0.1, batch_size=config.batch_size, momentum=1.0,
        seed=config.seed, device="cpu",
    )  # fmt: skip


class Engine(Plain):
    """Trains three networks and then stays; knobs turn what is looked at, never the training.

    When folding is looked at with convolutions, a convolutional network is trained as well.
    """

    config: Config

    def __init__(self, config: Config, trainer: Trainer | None = None) -> None:
        self.config = config
        self.trainer = trainer or Trainer(trained_as(config))
        points = -(-config.steps // STRIDE) + 1
        self._means, self._vars = np.zeros((2, config.steps, DEPTH, WIDTH), np.float32)
        self._whole = np.zeros((2, points, DEPTH, WIDTH), np.float32)
        self._whole_steps = np.zeros(points, np.int32)
        self._points = 0
        self._trained: Trained | None = None
        scale = self.trainer.config.input_scale
        (train, train_targets), (inputs, targets) = (self.trainer.examples[part] for part in ("train", "held out"))
        self._examples = Examples(train * scale, inputs * scale, targets.numpy())
        self._convolution = convolution.Training(config, train_targets, self._examples)
        if trainer is None:
            self._measure_whole()

    @property
    def trains(self) -> bool:
        """Whether steps are left to make."""
        return self._steps_left > 0 or (self.config.folded == "convolution" and self._convolution.trains)

    @property
    def _steps_left(self) -> int:
        return int(self.config.steps - self.step)

    @property
    def step(self) -> int:
        """The updates made of the three networks."""
        return self.trainer.step

    def advance(self, steps: int = 1) -> None:
        """Make steps, each of up to ``STRIDE`` updates. Raises ValueError when the training is over."""
        for _ in range(steps):
            if not self.trains:
                raise ValueError(f"the training ends after {self.config.steps} updates; ask for more in steps")
            if not self._steps_left:
                self._convolution.advance(STRIDE)
                continue
            for _ in range(min(STRIDE, self._steps_left)):
                self.trainer.advance()
                self._gather()
            self._measure_whole()
            self._trained = None

    def _gather(self) -> None:
        """Note the statistics of the last batch."""
        for layer, normalizer in enumerate(self.trainer.networks["batch"].normalizers):
            kept = dict(normalizer.named_buffers())  # type: ignore[attr-defined]
            self._means[self.step - 1, layer] = kept["running_mean"].numpy()
            self._vars[self.step - 1, layer] = kept["running_var"].numpy()

    def _measure_whole(self) -> None:
        """Note the statistics of the whole training set."""
        found = one_pass(Weights(self.trainer.networks["batch"]), self._examples.train_inputs)
        for layer, (mean, var) in enumerate(found):
            self._whole[:, self._points, layer] = mean.numpy(), var.numpy()
        self._whole_steps[self._points] = self.step
        self._points += 1

    def look(self) -> Look:
        """What gives snapshots of this moment, and is over with the next step or change."""
        if self._trained is None:
            gathered = Gathered(
                self._means[: self.step], self._vars[: self.step], self._whole_steps[: self._points],
                *self._whole[:, : self._points],
            )  # fmt: skip
            self._trained = Trained(self.step, self.trainer.networks, self._examples, gathered, self.config.seed)
        return Look(self._trained, self._convolution.foldable, self._convolution.step, self.config)

    def checkpoint(self) -> bytes:
        """Nothing: there is no way back."""
        return b""

    def rewind(self, checkpoint: bytes) -> list[Change]:  # noqa: ARG002 - as an engine's
        """There is no way back. Raises ValueError."""
        raise ValueError("a training that is over in two seconds has no way back; start it anew")

    def save(self) -> bytes:
        """All that is needed to go on. The convolutional network is trained anew, which gives the same."""
        return keeping.to_bytes({
            "config": self.config.to_json(), "trainer": np.frombuffer(self.trainer.save(), np.uint8),
            "means": self._means, "vars": self._vars, "whole": self._whole, "whole_steps": self._whole_steps,
            "points": self._points,
        })  # fmt: skip

    @classmethod
    def restore(cls, state: bytes) -> "Engine":
        """What goes on where ``save`` left off. Nothing in ``state`` is executed."""
        kept = keeping.from_bytes(state)
        engine = cls(Config.from_dict(json.loads(kept["config"])), Trainer.restore(kept["trainer"].tobytes()))
        engine._means, engine._vars, engine._whole = kept["means"], kept["vars"], kept["whole"]
        engine._whole_steps, engine._points = kept["whole_steps"], kept["points"]
        return engine
