"""The words and signs of the pages, explained; and the keys of the player."""

import streamlit as st

TERMS = {
    "Unit, layer": "A unit is one number that a layer computes; a hidden layer here is a linear map, perhaps a "
    "normalization, and a nonlinearity.",
    "Batch": "The examples that one step of training sees. m is their number.",
    "Batch norm": "x̂ = (x − μ) / √(σ² + ε), then y = γ x̂ + β. μ and σ² are the mean and the variance of one unit over "
    "the examples of the batch (Ioffe & Szegedy 2015).",
    "γ, β": "The factor and the summand after normalization, one pair for each unit. They are learned, unless held.",
    "ε": "A small number that keeps the division from being one by zero.",
    "Effective gain": "γ / √(σ² + ε): by how much a unit's values are stretched in all.",
    "Running statistics": "Averages of μ and σ² over past batches. A network in use takes them in place of a batch's "
    "own. Momentum is the weight of the newest batch.",
    "Drift": "How far the distribution of a unit moved in ten steps: the Wasserstein distance between then and now, in "
    "units of the unit's spread, averaged over the layer. Ioffe & Szegedy called such movement internal covariate "
    "shift and held it to be why training is slow; Santurkar et al. 2018 dispute that it explains batch norm.",
    "Wasserstein distance": "How far the values of one distribution have to be moved, on average, to become the other.",
    "Percentile": "The 15th percentile is the value that 15% of all values lie below.",
    "Dead": "A ReLU unit that is 0 for every example: no gradient reaches its weights.",
    "Saturated": "A value in the flat ends of tanh or sigmoid, where the gradient is nearly 0.",
    "dL/dz": "The gradient of the loss with respect to what a linear map hands on; RMS is the root mean square.",
    "Growth of the gradient": "By what factor the RMS of dL/dz grows from a layer to the one before it; as one "
    "number, the geometric mean over all layers.",
    "Spread between examples": "How far a unit's values for different examples lie apart: their standard deviation, as "
    "root mean square over the units of a layer. Without it, a layer tells nothing of an example.",
    "Update size": "log₁₀ of the spread of a step's changes to the weights over the spread of the weights. About −3 is "
    "a rule of thumb; far below, a layer hardly moves.",
    "Decision surface": "What a network says of each point of the plane, with running statistics: of two classes the "
    "probability of the second, of more the class itself.",
    "Diverged": "The loss is no finite number any more.",
    "Probe": "The 256 held-out examples, or one batch if that is larger, whose values are drawn. They go through the "
    "network in groups of the batch size.",
    "Accuracy": "The share of held-out examples classified rightly.",
}

KEYS = {
    "Space": "play or pause",
    ".": "one step",
    "← →": "look back and forth",
    "L": "back to live",
    "G": "pin the step shown, or let it go",
    "N": "continue from the step shown",
}


def glossary() -> None:
    """A button that opens the explanations."""
    with st.popover("Glossary and keys", width="stretch"):
        st.markdown("\n".join(f"- **{term}**: {text}" for term, text in TERMS.items()))
        st.markdown("Keys, while no slider or field has the focus:")
        st.markdown("\n".join(f"- **{key}**: {text}" for key, text in KEYS.items()))
