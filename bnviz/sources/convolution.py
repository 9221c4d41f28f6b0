"""A small convolutional network on the digit images, with and without batch normalization."""

import math
from dataclasses import dataclass

from bnviz.asked import SEEDS, Asked, decades, knob, names, structure
from bnviz.fields import Choice, Number
from bnviz.statistics import Axis

MAX_DEPTH, MAX_WIDTH = 6, 16
IMAGES = 64  # held-out ones, whose maps are looked at; one batch
IN_BLOCK = 8  # of these, in the picture of what shares one mean
SIDE = 8  # pixels of a digit's image, along each side
ROWS = 2  # of maps, in the picture of a layer
ARMS = ("none", "batch")
AXIS = Axis(first=-20, bins=40, power=2)  # of the channels' values: −5 to 5

_LAYERS = Choice(lambda: {"last": "the last one"} | {str(k): f"layer {k}" for k in range(1, MAX_DEPTH + 1)})
_NORMS = {"batch": "batch norm", "layer": "layer norm", "instance": "instance norm", "group": "group norm"}

FIELDS = (
    "train_loss", "loss_steps", "loss_history", "test_accuracy", "accuracy_steps", "accuracy_history",
    "picture", "maps_before", "maps_after", "channels_before", "channels_after", "channels_below", "channels_above",
    "mean_before", "std_before", "mean_after", "std_after", "block", "block_cells",
    "words", "companions", "agreement", "cancelled",
)  # fmt: skip
MOMENTARY = tuple(name for name in FIELDS if not name.endswith(("_steps", "_history")))


@dataclass(frozen=True)
class Config(Asked):
    """What is asked of the two convolutional networks."""

    source: str = structure("convolution", "Source", names(convolution="convolutional networks"), "")
    depth: int = structure(
        4, "Layers", Number(1, MAX_DEPTH, integer=True), "How many convolutional layers each network has."
    )
    width: int = structure(
        8, "Channels", Number(4, MAX_WIDTH, step=4, integer=True), "How many channels, or maps, each layer has."
    )
    batch_size: int = knob(
        64, "Batch size", Number(2, 256, stops=(2, 4, 8, 16, 32, 64, 128, 256), integer=True),
        "How many images each step sees.", unit="images",
    )  # fmt: skip
    learning_rate: float = knob(
        0.3, "Learning rate", Number(1e-3, 10, stops=decades(-3, 1, 1, 2, 3, 5)),
        "How far each step goes along the gradient.",
    )  # fmt: skip
    layer: str = knob("last", "Layer looked at", _LAYERS, "The layer whose maps are drawn.", only_looks=True)
    image: int = knob(
        0, "Image", Number(0, IMAGES - 1, integer=True), "The held-out image whose maps are drawn.", only_looks=True
    )
    norm: str = knob(
        "batch", "Normalization", Choice(lambda: _NORMS), "Whose shared cells are painted in the block.",
        only_looks=True,
    )  # fmt: skip
    example: int = knob(
        2, "Image n", Number(0, IN_BLOCK - 1, integer=True), "The image of the cell looked at.", only_looks=True
    )
    channel: int = knob(
        1, "Channel c", Number(0, MAX_WIDTH - 1, integer=True), "The channel of the cell looked at.", only_looks=True
    )
    bias: float = knob(
        1.0, "Added bias b", Number(-10, 10, step=0.5), "Added to every value of a channel before it is normalized.",
        only_looks=True,
    )  # fmt: skip
    seed: int = structure(0, "Seed", SEEDS, "Fixes weights, split and order of the batches.")

    @property
    def normalizers(self) -> tuple[str, ...]:
        """The arms, as charts name and colour them."""
        return ARMS

    @property
    def layer_looked_at(self) -> int:
        """From 1 to the depth."""
        return self.depth if self.layer == "last" else int(self.layer)

    @property
    def turn_ms(self) -> float:
        """Measured: 0.5 ms for each layer of 8 channels and batch of 64, and as much again for looking."""
        work = self.depth * math.pow(self.width / 8, 1.5) * (self.batch_size + IMAGES) / 64
        return 4 + work

    def _check(self) -> None:
        if self.layer_looked_at > self.depth:
            raise ValueError(f"layer must be 'last' or a layer up to the depth of {self.depth}, got {self.layer!r}")
        if self.channel >= self.width:
            raise ValueError(f"channel must lie below the width of {self.width}, got {self.channel}")

    @classmethod
    def _mended(cls, values: dict[str, object]) -> dict[str, object]:
        depth, width = (int(str(values.get(name, getattr(cls, name)))) for name in ("depth", "width"))
        if values.get("layer", "last") != "last":
            values["layer"] = str(min(int(str(values["layer"])), depth))
        if "channel" in values:
            values["channel"] = min(int(str(values["channel"])), width - 1)
        return values
