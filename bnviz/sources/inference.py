"""Three trained networks and what becomes of them in use: stored statistics, batches at test time, shifted inputs."""

from dataclasses import dataclass
from typing import ClassVar

from bnviz.asked import SEEDS, Asked, knob, names, structure
from bnviz.fields import Number

DEPTH, WIDTH, CLASSES = 3, 64, 10
CHANNELS = 8  # of the convolutional network, which is as deep
TAPS = 3  # along a side of its kernels
HELD_OUT = 450
MOMENTA = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
TEST_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, HELD_OUT)
SHIFTS = ("gain", "offset", "contrast", "rotation", "noise")
SWEEPS = {  # where each shift is tried while it goes along an axis, beside where its slider stands
    "gain": (0.1, 0.2, 0.35, 0.55, 0.8, 1.0, 1.5, 2.2, 3.0),
    "offset": (-1.0, -0.6, -0.3, -0.1, 0.0, 0.1, 0.3, 0.6, 1.0),
    "contrast": (-1.0, -0.6, -0.25, -0.05, 0.05, 0.25, 0.5, 0.75, 1.0),
    "rotation": (-90.0, -60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0, 90.0),
    "noise": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0),
}


@dataclass(frozen=True)
class Config(Asked):
    """What is asked of trained networks."""

    TRAINS: ClassVar[bool] = False  # for a second or two; there is nothing to play
    TURN_MS: ClassVar[float] = 25.0

    source: str = structure("inference", "Source", names(inference="trained networks"), "What the numbers come from.")
    steps: int = structure(
        400, "Training steps", Number(10, 1000, stops=(10, 20, 30, 50, 100, 200, 400, 1000), integer=True),
        "How long the networks train before they are looked at. Running statistics need time to forget their start.",
        unit="steps",
    )  # fmt: skip
    batch_size: int = structure(
        32, "Batch size in training", Number(2, 256, stops=(2, 4, 8, 16, 32, 64, 128, 256), integer=True),
        "How many examples m each step sees.", unit="examples",
    )  # fmt: skip
    seed: int = structure(
        0, "Seed", SEEDS,
        "Fixes the split of the data, the starting weights, the order of the batches, and the noise on the inputs.",
    )  # fmt: skip
    momentum: float = knob(
        0.1, "Momentum", Number(0.001, 1, stops=MOMENTA),
        "The weight of the newest batch in the running statistics, as PyTorch counts it. Training takes no notice of "
        "it: the same batches are averaged anew.",
    )  # fmt: skip
    layer: int = knob(2, "Layer", Number(1, DEPTH, integer=True), "The hidden layer that is looked at.")
    unit: int = knob(1, "Unit", Number(1, WIDTH, integer=True), "The unit of this layer that is looked at.")
    folded: str = knob(
        "linear", "Batch norm is folded into", names(linear="linear layers", convolution="convolutions"),
        "The network with batch norm above, or a convolutional one on the same digits, which is trained when it is "
        "asked for.", only_looks=True,
    )  # fmt: skip
    folded_layer: int = knob(
        2, "Layer folded", Number(1, DEPTH, integer=True), "The hidden layer whose weights are drawn, before and after."
    )
    folded_unit: int = knob(
        1, "Unit folded", Number(1, WIDTH, integer=True), "The unit of this layer that is folded in numbers.",
        only_with=(("folded", lambda: {"linear"}),),
    )  # fmt: skip
    folded_channel: int = knob(
        1, "Channel folded", Number(1, CHANNELS, integer=True), "The channel of this layer that is folded in numbers.",
        only_with=(("folded", lambda: {"convolution"}),),
    )  # fmt: skip
    statistics: str = knob(
        "running", "Stored statistics are",
        names(running="averages over past batches", **{"re-estimated": "those of the whole training set"}),
        "What batch norm takes in eval mode; re-estimated, after training, in one pass in train mode: the whole "
        "training set as one batch, its variances unbiased, as PyTorch stores them.",
    )  # fmt: skip
    test_batch: int = knob(
        32, "Batch size at test time", Number(1, HELD_OUT, stops=TEST_SIZES, integer=True),
        "How many held-out examples go through the network together; in train mode they are normalized together.",
        unit="examples",
    )  # fmt: skip
    gain: float = knob(1.0, "Gain", Number(0.1, 3, step=0.05), "Multiplies every pixel.", unit="×")
    offset: float = knob(0.0, "Offset", Number(-1, 1, step=0.05), "Added to every pixel; pixels run from 0 to 1.")
    contrast: float = knob(
        1.0, "Contrast", Number(-1, 1, step=0.05),
        "The distance of every pixel from middle grey is multiplied by it: at −1 black and white are exchanged.",
    )  # fmt: skip
    rotation: float = knob(0.0, "Rotation", Number(-90, 90, step=5), "Turns every image.", unit="°")
    noise: float = knob(0.0, "Noise", Number(0, 1, step=0.05), "Standard deviation of Gaussian noise on every pixel.")
    classes: int = knob(
        CLASSES, "Classes in the target", Number(1, CLASSES, integer=True),
        "The target holds only the digits below this number: 1 leaves the zeros alone.",
    )  # fmt: skip
    target_size: int = knob(
        HELD_OUT, "Re-estimated from",
        Number(2, HELD_OUT, stops=(2, 4, 8, 16, 32, 64, 128, 256, HELD_OUT), integer=True),
        "How many target examples k the statistics are re-estimated from, without their labels; at most all of them. "
        "They are those of one batch of k in train mode: its variances are biased, Σ(x − μ)² / k.",
        unit="examples",
    )  # fmt: skip
    swept: str = knob(
        "gain", "Swept along the axis",
        names(gain="gain", offset="offset", contrast="contrast", rotation="rotation", noise="noise"),
        "The shift that runs along the axis of the picture; the others stand where their sliders are.", only_looks=True,
    )  # fmt: skip

    @property
    def stored_momentum(self) -> float | None:
        """The momentum of the statistics that eval mode takes; None where they are re-estimated."""
        return self.momentum if self.statistics == "running" else None


UNIT_FIELDS = (
    "steps", "batch_mean", "running_mean", "batch_var", "running_var", "whole_steps", "whole_mean", "whole_var",
)  # fmt: skip
MOMENTUM_FIELDS = ("momentum_accuracy", "whole_accuracy", "momentum_now", "momentum_now_accuracy")
MODE_FIELDS = ("shuffled", "sorted", "layer_norm", "eval", "test_now", "test_now_accuracy")
SHIFT_FIELDS = ("sweep_x", "sweep", "shift_now", "shift_line", "shift_accuracy", "images")
FOLD_FIELDS = ("weights", "folded_weights", "factors", "folded_row", "folded_factor")
CONVOLUTION_FIELDS = (
    "kernels", "folded_kernels", "kernel_places", "channel_factors", "channel_row", "channel_factor",
    "kernel", "folded_kernel",
)  # fmt: skip
TEXT_FIELDS = ("progress", "unit_words", "stored_words", "mode_words", "shift_words", "fold_words")
FIELDS = tuple(dict.fromkeys((
    *UNIT_FIELDS, *MOMENTUM_FIELDS, *MODE_FIELDS, *SHIFT_FIELDS, *FOLD_FIELDS, *CONVOLUTION_FIELDS, *TEXT_FIELDS,
)))  # fmt: skip
MOMENTARY: frozenset[str] = frozenset()  # all is looked at when training is over
