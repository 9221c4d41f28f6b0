"""Convolution: what does BatchNorm2d normalize over?"""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import bnviz
from bnviz.charts.making import made
from bnviz.sources.convolution import Config
from bnviz.ui.controls import asked_of, control, new_seed, put_back, repair_url, settle, take_over
from bnviz.ui.glossary import glossary
from bnviz.ui.live import LiveRun, live_chart, live_player, live_text
from bnviz.ui.projector import SWITCH, enlarged, projected

PLACE = 5
MODULE = Path(bnviz.__file__).with_name("convolution") / "convnet.py"
FIELDS = Config.fields()
TRAINING = ("batch_size", "learning_rate")
LOOKING = ("layer", "image")
BLOCK = ("norm", "example", "channel")

INTRODUCTION = """
A convolution hands on one map for each channel: N images, C channels, H × W values in a map. `BatchNorm2d` takes **one
mean and one variance for each channel, over all images and all places of the map**, N · H · W values together. Two
small networks train below on 8 × 8 digits; one has `BatchNorm2d` after each convolution.
"""
SHARING = """
Four normalizations differ only in which values share a mean μ and a variance σ²; all then take (x − μ) / √(σ² + ε).
Batch norm mixes the images of a batch, layer, instance and group norm do not. Point at a map in the picture, or tap it,
to see which values share its mean.
"""
BIAS = """
A bias b is added to every value of a channel. Batch norm subtracts the channel's mean, and b with it, so that a
convolution before `BatchNorm2d` needs none: `nn.Conv2d(..., bias=False)`. Its β does what the bias would do.
"""


def beside(*shares: float) -> list[DeltaGenerator]:
    """Columns of these widths; one below the other where type is large."""
    return [st.container() for _ in shares] if projector else st.columns(shares)


def place(name: str, **options: int) -> None:
    """A chart of the run."""
    chart = made(name, run.config, **options)
    live_chart(run, enlarged(chart) if projector else chart, key=name)


repair_url({SWITCH.name: SWITCH}, Config)
settle(Config)
with st.sidebar:
    for name in ("depth", "width", "seed"):
        control(FIELDS[name])
    control(SWITCH, inline=True)
    glossary()
projector = projected()
st.markdown("## What does BatchNorm2d normalize over?")
st.markdown(INTRODUCTION)
player = st.container()
for column, name in zip(st.columns(4), (*TRAINING, *LOOKING), strict=True):
    with column:
        control(FIELDS[name])
picture, maps = st.columns([1, 4])
channels, curves = beside(2.2, 1)

st.markdown("#### Which values share one mean")
st.markdown(SHARING)
sharing, block = beside(1, 1)
with sharing:
    for name in BLOCK:
        control(FIELDS[name], inline=name == "norm")

st.markdown("#### A bias before the normalizer cancels")
st.markdown(BIAS)
bias, cancelled = st.columns(2)
with bias:
    control(FIELDS["bias"])

run = LiveRun(asked_of(Config), name="convolution")  # once all controls hold what the link asks for
with player:
    live_player(
        run, (*TRAINING, *LOOKING, *BLOCK, "bias"), on_new_seed=new_seed, on_defaults=lambda: put_back(Config),
        on_report=lambda knobs: take_over(knobs, Config),
    )  # fmt: skip
    live_text(run, "words", "What is to be seen now", key="words")
with picture:
    place("picture", height=240)
with maps:
    place("maps", height=240)
with channels:
    place("channels", height=390)
with curves:
    for name in ("loss", "accuracy"):
        place(name, height=195)
with sharing:
    live_text(run, "companions", "How many values share one mean", key="companions", each_frame=True)
    live_text(run, "agreement", "By hand and by PyTorch", key="agreement")
with block:
    place("block")
with cancelled:
    live_text(run, "cancelled", "What the bias changes", key="cancelled")

st.markdown("#### The network in code")
st.markdown(
    "The file from which both networks above are made, as it is. Its convolutions keep their bias, so that both start "
    "from the same weights; before batch norm it has no effect."
)
st.code(MODULE.read_text("utf-8"), language="python", wrap_lines=True)
