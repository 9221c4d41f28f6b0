"""Transform: what does batch normalization compute?"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnviz import registry
from bnviz.charts.making import made
from bnviz.sources.transform import LAYERS, SHOWN, Config
from bnviz.ui.controls import asked_of, control, matters, repair_url, settle, take_over
from bnviz.ui.live import LiveRun, live_chart, live_motion, live_player, live_text
from bnviz.ui.projector import SWITCH, enlarged, projected

PLACE = 2

ABOUT = (
    "For the m examples of a mini-batch, one unit of a network computes the values x. Batch norm takes their mean "
    "μ and variance σ², makes x̂ of them, with mean 0 and spread near 1, and hands on y = γ x̂ + β. γ and β are "
    "learned; ε keeps the divisor from being 0. Drag anything: all numbers and pictures are computed anew while "
    "you do."
)
WALK = (
    "Top to bottom: the values as they come; without their mean; divided by √(σ² + ε); after γ and β. The axis is "
    "the same for all. Upright line: the mean; bar: one spread (standard deviation) to each side; ◂ ▸: the share "
    f"outside. The histogram holds all examples, the points are the first {SHOWN}. Only width and place change, "
    "and with γ < 0 left and right, never the shape: batch norm does not make values normally distributed. The bins "
    "stay where they are, so that wide values look rougher. Click a point to have its calculation "
    "written out. ▶ plays the steps one after the other; drag “Slow motion” to stay between two."
)
VARIANCE = (
    "σ² is the biased variance, divided by m and not by m − 1. In use, a network takes running averages of μ and "
    "σ² instead of the batch's own."
)
MATES = (
    "An example's output depends on the others in its batch. Click one in the picture and move it with the slider: "
    "all outputs move, directly for the one, through μ and σ² for its batch-mates. The larger the batch, the less "
    "they feel it."
)
BOUND = (
    "Σ x̂² ≤ m and Σ x̂ = 0, so that no |x̂| exceeds √(m − 1); a batch in which all values are alike but one "
    "reaches it, as long as ε is small. Some articles say that normalized values lie between 0 and 1: count them."
)
CODE = (
    "The package's own functions, as they stand in its files: NumPy forward and backward, and the same by "
    "PyTorch, with which they are compared. Inputs have a row for each example and a column for each unit; each "
    "column is normalized by itself."
)
BACKWARD = (
    "dL/dx says how the loss changes with x, given dL/dy, here dy and dx for short. s = √(σ² + ε). A value acts "
    "on the loss in three ways: directly, through μ, and through σ². Adding the same to all inputs changes no "
    "output, so dx sums to 0. Stretching them about their mean changes none either, but for ε, so dx · x̂ sums to "
    "nearly 0. What remains is what is left of dy over x̂ when the dashed line is taken away: that of least "
    "squares, as long as ε is small."
)
SCALING = (
    "Articles confuse these. Scaling to [0, 1] and standardizing are done to the inputs of a network, with "
    "numbers taken once from all training examples: each value has one result. Batch norm stands inside the "
    "network, takes its numbers anew from each batch, passes the gradient through them, and has γ and β to learn. "
    "Only scaling to [0, 1] puts values between 0 and 1 (the grey band)."
)
NETWORK = (
    f"The network learns digits; each of its {LAYERS} layers has batch norm. x is what one unit hands to its "
    "normalization while a batch of the chosen size passes through the layers below. γ, β and ε here are yours, "
    "not the network's, and an example that you move is moved here only."
)

FIELDS = Config.fields()
SOURCE = ("values", "centre", "spread", "trained", "layer", "unit", "batch")
KNOBS = ("batch_size", "gamma", "beta", "eps", "stage")
MOVING = ("moved", "moved_by")
CODES = (("normalizers", "batch", "reference"), ("normalizers", "batch", "reference_backward"),
         ("transform", "agreement", "by_torch"))  # fmt: skip
SLIDERS = (*SOURCE[1:], *KNOBS, *MOVING, "example")
STAY = """<style>
@media (min-width: 900px) {
  [data-testid=stLayoutWrapper]:has(> .st-key-knobs) {
    position: sticky; top: 0; z-index: 999991; padding: 0.3rem 0 0.5rem;
  }
  [data-testid=stAppViewContainer], [data-testid=stAppViewContainer] > div, [data-testid=stMain],
  [data-testid=stMainBlockContainer], [data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock],
  [data-testid=stLayoutWrapper]:has(> .st-key-knobs) { background-color: inherit; }
}
</style>"""  # above Streamlit's header, which is empty there; the page's colour is a variable in components only

repair_url({SWITCH.name: SWITCH}, Config)
settle(Config)


def row(*names: str) -> DeltaGenerator:
    """Controls side by side; those that have no effect now are left out. Gives the place beside the last one."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name in names:
            if matters(FIELDS[name], Config):
                with st.container(width="stretch"):
                    control(FIELDS[name])
        return st.container(width="content")


st.markdown(ABOUT)
with st.sidebar:
    for name in SOURCE:
        if matters(FIELDS[name], Config):
            control(FIELDS[name])
    control(SWITCH, inline=True)
projector = projected()
if not projector:
    st.html(STAY)


def beside(*widths: float) -> list[DeltaGenerator]:
    """Columns; one below the other for a projector, where all is wider."""
    return [st.container() for _ in widths] if projector else st.columns(widths, gap="medium")


with st.container(key="knobs"):
    beside_stage = row(*KNOBS)
walk, calculation = beside(1.9, 1)
with calculation:
    said = st.container()
    st.markdown("**One value, step by step**")
    control(FIELDS["example"])
st.markdown("##### Batch-mates")
st.markdown(MATES)
row(*MOVING)
mates, bound = beside(1, 1)
code = st.container()
st.markdown("##### Backward")
st.markdown(BACKWARD)
control(FIELDS["upstream"], inline=True)
backward = st.container()
scaling = st.container()

run = LiveRun(asked_of(Config), name="transform")


def chart(name: str, **options: int) -> None:
    """A chart of the batch, by its name."""
    found = made(name, run.config, **options)
    live_chart(run, enlarged(found) if projector else found, key=f"chart_{name}")


def words(field: str, title: str) -> None:
    """Numbers in words."""
    live_text(run, field, title, key=f"text_{field}", each_frame=True)


with beside_stage:
    live_motion(run, "stage", range(1, 5), "Play the steps one after the other", key="motion")
with walk:
    live_player(run, SLIDERS, on_report=lambda knobs: take_over(knobs, Config))
    chart("walk", height=400)
    st.caption(WALK)
    if run.config.values == "network":
        st.caption(NETWORK)
with said:
    words("said", "What the knobs do")
with calculation:
    words("cell", "The calculation of one example")
    st.caption(VARIANCE)
with mates:
    chart("mates")
    words("mates", "What moved")
with bound:
    chart("bound")
    words("bounds", "The bound")
    st.caption(BOUND)
with code:
    st.markdown("##### In code")
    st.markdown(CODE)
    forward, reverse = beside(1, 1)
    for column, (kind, name, function) in ((forward, CODES[0]), (reverse, CODES[1]), (forward, CODES[2])):
        column.code(registry.source_of(kind, name, function), language="python", wrap_lines=True)
    words("agreement", "The largest difference from torch")
with backward:
    chart("terms")
    words("backward", "The backward pass in numbers")
with scaling:
    st.markdown("##### Scaling inputs is something else")
    st.markdown(SCALING)
    chart("scaling")
    words("scaling", "One value by three methods")
