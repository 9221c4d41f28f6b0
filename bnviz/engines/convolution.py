"""Two convolutional networks in lockstep, with and without batch norm."""

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bnviz import config as training
from bnviz import datasets, keeping, normalized_axes, optimizers, statistics
from bnviz.backpropagation import ByAutograd
from bnviz.batches import BatchOrder
from bnviz.change_log import ChangeLog
from bnviz.convnets import Block, ConvNet
from bnviz.engines import Plain
from bnviz.histogram import Histogram
from bnviz.history import History
from bnviz.parameters import Parameters
from bnviz.snapshot import Change, Snapshot
from bnviz.sources.convolution import ARMS, AXIS, IMAGES, IN_BLOCK, ROWS, SIDE, Config
from bnviz.words.phrases import name, number, percent

EARLY, EVERY, SELDOM = 200, 10, 50  # accuracy takes as long as four steps: up to step EARLY every 10th, then seldom


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
        self.networks = _paired(config, data.classes, generator)
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

    def look(self) -> "Look":
        """What gives snapshots of this moment."""
        return Look(self)

    @torch.no_grad()
    def accuracy(self) -> NDArray[np.float64]:
        """Share of the held-out images that each arm classifies rightly, with their own statistics, (arm,)."""
        inputs, targets = self._test
        found = [_outputs(network, inputs)[0].argmax(1) == targets for network in self.networks.values()]
        return np.array([right.double().mean().item() for right in found])

    def _record(self) -> None:
        if self.step % (EVERY if self.step <= EARLY else SELDOM) == 0:
            self.accuracies.append(self.step, accuracy=self.accuracy())

    @torch.no_grad()
    def maps(self) -> dict[str, tuple[Tensor, Tensor]]:
        """Of each arm the layer's values before and after the normalizer (image, channel, height, width)."""
        layer = self.config.layer_looked_at - 1
        return {arm: _outputs(network, self._test[0][:IMAGES])[1][layer] for arm, network in self.networks.items()}

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


class Look:
    """A look at the networks as they stand now; over with the next step or change."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._config = engine, engine.config

    def snapshot(self, fields: frozenset[str]) -> Snapshot:
        """These fields."""
        engine = self._engine
        values = {field: _FIELDS[field](self) for field in sorted(fields)}
        return Snapshot(engine.step, ARMS, self._config.knobs, dict(engine.diverged), {}, values, ghost_step=None)

    @cached_property
    def _maps(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        return [(before.numpy(), after.numpy()) for before, after in self._engine.maps().values()]

    def _picture(self, place: int) -> NDArray[np.float32]:
        """The maps of the chosen image side by side, in units of the spread over all images, (arm, y, x)."""
        pictures = []
        for maps in self._maps:
            spread = maps[place].std(dtype=np.float64)
            pictures.append(_mosaic(maps[place][self._config.image] / (spread if spread > 0 else 1)))
        return np.stack(pictures).astype(np.float32)

    def _channels(self, place: int) -> NDArray[np.uint8]:
        """The density of each channel's values, (arm, channel, bin) in 256 levels."""
        return np.stack(
            [statistics.profile(Histogram(_by_channel(maps[place]), AXIS).density.counts) for maps in self._maps]
        )

    def _moments(self, place: int, which: int) -> NDArray[np.float64]:
        return np.stack([statistics.moments(_by_channel(maps[place]))[which] for maps in self._maps])

    def _block(self) -> NDArray[np.float64]:
        """(image, channel): 0 for other maps, 1 for those that share their mean with the one looked at, which is 2."""
        config = self._config
        shared = normalized_axes.companions(config.norm, IN_BLOCK, config.width, config.example, config.channel)
        block = shared.astype(np.float64)
        block[config.example, config.channel] = 2
        return block

    def _block_cells(self) -> NDArray[np.float32]:
        """The same for each of a map's H × W values, (y, x): maps beside each other with a line of NaN between."""
        maps = self._block()
        images, channels = maps.shape
        cells = np.full((images, SIDE + 1, channels, SIDE + 1), np.nan, np.float32)
        cells[:, :SIDE, :, :SIDE] = maps[:, None, :, None]
        return cells.reshape(images * (SIDE + 1), channels * (SIDE + 1))[:-1, :-1].copy()

    @property
    def _values(self) -> NDArray[np.float64]:
        """What batch norm is given in the layer looked at, in float64."""
        return self._maps[ARMS.index("batch")][0].astype(np.float64)

    def _companions(self) -> str:
        config = self._config
        shared = int(self._block().astype(bool).sum())
        images = IMAGES if config.norm == "batch" else 1
        maps = images if config.norm == "batch" else shared
        values = maps * SIDE * SIDE
        return f"One mean for {maps} map{'s' * (maps > 1)} of {SIDE} × {SIDE}: {values} values."

    def _agreement(self) -> str:
        maps, norm = self._values, self._config.norm
        ours, theirs = normalized_axes.by_hand(norm, maps), normalized_axes.by_torch(norm, maps)
        spatial = np.abs(normalized_axes.by_hand("instance", maps) - normalized_axes.by_torch("batch", maps)).max()
        return (
            f"By hand and by PyTorch, on the {maps.size} values of this layer: the largest difference is "
            f"{np.abs(ours - theirs).max():.1e}. "
            f"Normalized over height and width only, values differ from BatchNorm2d's by up to {number(spatial)}: "
            "that is instance norm."
        )

    def _cancelled(self) -> str:
        maps, bias = self._values, self._config.bias
        difference = np.abs(
            normalized_axes.by_torch("batch", maps + bias) - normalized_axes.by_torch("batch", maps)
        ).max()
        return (
            f"With b = {bias:g} added to every value, the mean of every channel moves by {bias:g}, and the normalized "
            f"values by at most {difference:.1e}."
        )

    def _words(self) -> str:
        engine = self._engine
        if engine.step == 0:
            return "Nothing has been learned yet."
        at, newest = max(engine.accuracies.steps.tolist()), engine.accuracies["accuracy"][-1]
        right = " and ".join(f"{percent(value)} {name(arm)}" for arm, value in zip(ARMS, newest, strict=True))
        return f"At step {at} the networks classified {right} of the held-out images rightly."


def _losses(look: Look) -> NDArray[np.float32]:
    rows: NDArray[np.float32] = look._engine.losses["loss"]
    return rows.reshape(-1, len(ARMS)).T


_FIELDS: dict[str, Callable[[Look], Any]] = {
    "train_loss": lambda look: look._engine.train_loss.copy(),
    "loss_steps": lambda look: look._engine.losses.steps,
    "loss_history": _losses,
    "test_accuracy": lambda look: look._engine.accuracies["accuracy"][-1],  # the last that was recorded
    "accuracy_steps": lambda look: look._engine.accuracies.steps,
    "accuracy_history": lambda look: look._engine.accuracies["accuracy"].T.astype(np.float32),
    "picture": lambda look: look._engine.images[look._config.image, 0].numpy()[::-1].copy(),
    "maps_before": lambda look: look._picture(0),
    "maps_after": lambda look: look._picture(1),
    "channels_before": lambda look: look._channels(0),
    "channels_after": lambda look: look._channels(1),
    "mean_before": lambda look: look._moments(0, 0),
    "std_before": lambda look: look._moments(0, 1),
    "mean_after": lambda look: look._moments(1, 0),
    "std_after": lambda look: look._moments(1, 1),
    "block": Look._block,
    "block_cells": Look._block_cells,
    "words": Look._words,
    "companions": Look._companions,
    "agreement": Look._agreement,
    "cancelled": Look._cancelled,
}


def _images(pixels: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(pixels).float().reshape(-1, 1, SIDE, SIDE)


def _by_channel(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """(channel, value)."""
    return np.ascontiguousarray(maps.swapaxes(0, 1)).reshape(maps.shape[1], -1)


def _mosaic(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Maps (channel, y, x) in rows, the first above, with a line of NaN between; y runs upwards, as in pictures."""
    columns = len(maps) // ROWS
    picture = np.full((ROWS * (SIDE + 1) - 1, columns * (SIDE + 1) - 1), np.nan, np.float32)
    for place, one in enumerate(maps):
        top, left = (SIDE + 1) * (place // columns), (SIDE + 1) * (place % columns)
        picture[top : top + SIDE, left : left + SIDE] = one
    return picture[::-1].copy()


def _paired(config: Config, classes: int, generator: torch.Generator) -> dict[str, ConvNet]:
    """Both arms with the same weights, N(0, 2/fan-in), and biases of 0 (He et al. 2015, arXiv:1502.01852)."""
    networks = {}
    for arm in ARMS:
        with torch.random.fork_rng():
            networks[arm] = ConvNet(config.depth, config.width, classes, normalized=arm != "none")
    first = networks[ARMS[0]]
    with torch.no_grad():
        for parameter in first.parameters():
            if parameter.dim() == 1:
                parameter.zero_()
            else:
                gain = 2 if parameter.dim() == 4 else 1
                parameter.normal_(0, math.sqrt(gain / parameter[0].numel()), generator=generator)
        weights = dict(first.named_parameters())
        for network in networks.values():
            for named, parameter in network.named_parameters():
                if named in weights:
                    parameter.copy_(weights[named])
    return networks


def _outputs(network: ConvNet, images: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Logits, and each block's values before and after its normalizer; the running statistics stay as they are."""
    kept = [(buffer, buffer.clone()) for buffer in network.buffers()]
    found = []
    for block in network.blocks:
        before = cast(Block, block).convolution(images)
        after = cast(Block, block).normalizer(before)
        found.append((before, after))
        images = torch.relu(after)
    for buffer, value in kept:
        buffer.copy_(value)
    return network.output(images.mean(dim=(2, 3))), found
