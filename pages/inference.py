"""Inference: what happens after training?"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnviz.charts.making import made
from bnviz.sources.inference import SHIFTS, Config
from bnviz.ui.controls import (
    asked_of,
    control,
    hold_in_url,
    matters,
    new_seed,
    page_value,
    put_in_url,
    repair_url,
    settings_button,
    settle,
    take_over,
)
from bnviz.ui.glossary import glossary
from bnviz.ui.live import LiveRun, live_chart, live_player, live_text
from bnviz.ui.projector import SWITCH, enlarged, projected
from bnviz.ui.watching import watched

PLACE = 6
FIELDS = Config.fields()
STATISTICS = FIELDS["statistics"]
STRUCTURE = ("steps", "batch_size", "seed")
ROWS = ("folded_unit", "folded_channel")  # of the layer folded, one for each kind of layer
SLIDERS = ("momentum", "layer", "unit", "test_batch", *SHIFTS, "classes", "target_size", "folded_layer", *ROWS)

ABOUT = """
In training, batch norm takes mean μ and variance σ² of each unit from the batch. In use there may be no batch, so that
it takes **stored** statistics: an average over past batches. Here three networks (without normalization, with batch
norm, with layer norm; 3 hidden layers of 64 on 8 × 8 digits with pixels from 0 to 1) are trained on the same batches in
a second or two. Then everything below is measured on them while you drag.
"""
UNIT = """
After each batch the running average goes a small way to the batch's value: r ← (1 − momentum) r + momentum · value,
from r = 0 for the mean and 1 for the variance. A small momentum averages over many batches but lags behind weights
that still move; a large one follows, and is as noisy as single batches. What it estimates is the dashed line: the
statistics of all training examples under the weights of that step. With a momentum of 0.001, or after few steps, the
average is still far off when training ends; then one more pass over the training data can re-estimate it.
"""
MODES = """
`model.eval()` makes batch norm take the stored statistics; forgotten, it goes on taking those of each test batch. Then
the answer to one example depends on the others in its batch. A test set sorted by class is where that hurts most. Drag
the batch size down to 1: one example has no variance, and only eval mode, or another normalization, has an answer.
"""
SHIFT = """
Stored statistics are those of the training data. If the inputs in use come shifted (a darker camera, another scanner),
batch norm goes on subtracting the old mean and dividing by the old spread, and often loses more than a network
without it. Re-estimating the statistics on unlabelled target examples can mend that. The target is the held-out digits
with the shift of the sliders.
"""
LIMITS = """
Established: stored statistics do not adapt, and W(a x + c) with a > 0 is normalized to the same as W x. Reported for
large image models: re-estimation helps much under corruptions (Schneider et al. 2020, arXiv:2006.16971), and helps
less, or harms, under natural shifts (Nado et al. 2020, arXiv:2006.10963). How far that carries to your data, measure.
"""
FOLDING = """
With stored statistics batch norm is y = f x + (β − f μ), the same for every example, with f = γ / √(σ² + ε). If a
linear layer with weights W and bias b, or a convolution, comes right before it, both are one layer: **W′ = f W** and
**b′ = f (b − μ) + β**, for each unit or channel. Deployed networks often do so: nothing is left of batch norm to be
computed. It does not hold in train mode, nor with a nonlinearity in between.
"""


# A darker camera: what stored statistics are blind to is to be seen at once.
OPENING = Config(gain=0.3)


def put(config: Config, *names: str) -> None:
    """Put these controls where they stand in a config."""
    for name in names:
        if name == STATISTICS.name:
            put_in_url(STATISTICS, getattr(config, name))
        else:
            st.session_state[name] = getattr(config, name)


def beside(share: float) -> list[DeltaGenerator]:
    """Two columns, the first larger by so much; one below the other where type is large."""
    return [st.container(), st.container()] if projector else st.columns([share, 1], gap="medium")


def row(*names: str) -> None:
    """Controls side by side, also on a phone."""
    with st.container(horizontal=True, gap="medium"):
        for name in names:
            with st.container(width="stretch"):
                control(FIELDS[name])


def re_estimation() -> None:
    """The button that re-estimates the stored statistics, or goes back to those of training."""
    if watched():
        return control(STATISTICS)
    value, other = page_value(STATISTICS), {"running": "re-estimated", "re-estimated": "running"}
    st.button(
        {"running": "Re-estimate the statistics", "re-estimated": "Back to those of training"}[value],
        on_click=put_in_url, args=(STATISTICS, other[value]), key="re_estimate", help=STATISTICS.help,
    )  # fmt: skip


repair_url({SWITCH.name: SWITCH}, Config, OPENING)
hold_in_url(STATISTICS)
settle(Config)
with st.sidebar:
    for name in STRUCTURE:
        control(FIELDS[name])
    settings_button("New seed", new_seed, width="stretch", help="Train anew from other weights, on another split.")
    settings_button(
        "Defaults", put, args=(OPENING, *STRUCTURE, *Config.knob_names()), width="stretch",
        help="Put every setting back to where the page opens.",
    )  # fmt: skip
    control(SWITCH, inline=True)
    glossary()

projector = projected()
st.markdown("##### What happens after training?")
st.markdown(ABOUT)
top = st.container(gap="xsmall")

st.markdown("##### One unit, three statistics")
st.markdown(UNIT)
unit, momentum = beside(1.75)
with unit:
    row("momentum", "layer", "unit")
with momentum:
    momentum_chart = st.container()
    re_estimation()

st.markdown("##### Train mode and eval mode")
st.markdown(MODES)
modes, beside_modes = beside(1.35)
with beside_modes:
    control(FIELDS["test_batch"])

st.markdown("##### Shifted inputs")
st.markdown(SHIFT)
shift, beside_shift = st.columns([1.35, 1], gap="medium")  # also where type is large: one sees what one drags
with shift:
    control(FIELDS["swept"], inline=True)
with beside_shift:
    images = st.container()
    row("gain", "offset")
    row("contrast", "rotation")
    row("noise", "classes")
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width="stretch"):
            control(FIELDS["target_size"])
        settings_button("No shift", put, args=(Config(), *SHIFTS, "classes", "target_size"))
below_shift = st.container()

st.markdown("##### Folding batch norm away")
st.markdown(FOLDING)
folding, beside_folding = beside(1.35)
with folding:
    control(FIELDS["folded"], inline=True)
    row("folded_layer", *(name for name in ROWS if matters(FIELDS[name], Config)))

run = LiveRun(asked_of(Config), name="inference")


def place(name: str) -> None:
    """A chart of the run."""
    chart = made(name, run.config)
    live_chart(run, enlarged(chart) if projector else chart, key=f"panel_{name}")


with top:
    live_player(run, SLIDERS, on_report=lambda knobs: take_over(knobs, Config))
    live_text(run, "progress", "How far the training is", key="text_progress")
with unit:
    place("unit")
    live_text(run, "unit_words", "The unit in numbers", key="text_unit")
with momentum_chart:
    place("momentum")
with momentum:
    live_text(run, "stored_words", "Before and after in numbers", key="text_stored")
with modes:
    place("modes")
with beside_modes:
    live_text(run, "mode_words", "Both modes in numbers", key="text_modes")
with shift:
    place("shift")
with images:
    place("images")
with below_shift:
    live_text(run, "shift_words", "The shift in numbers", key="text_shift")
    st.caption(LIMITS)
with folding:
    place("folding")
with beside_folding:
    if run.config.folded == "convolution":
        place("kernel")
    live_text(run, "fold_words", "Folding in numbers", key="text_folding")
