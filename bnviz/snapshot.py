"""Snapshot: the numbers of one step, and the value axes on which densities are counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bnviz.config import Config
from bnviz.statistics import Axis

SITES = ("pre_activation", "normalized", "affine_output", "activation")

SITE_LABELS = {
    "pre_activation": "after the linear map",
    "normalized": "after normalization, before γ and β",
    "affine_output": "after normalization, γ and β",
    "activation": "after the activation",
}

SITE_FIELDS = (
    "density", "underflow", "overflow", "nonfinite", "mean", "std", "percentiles",
    "profile", "below", "above", "lost", "ghost", "distance",
)  # fmt: skip
LAYER_FIELDS = (
    "drift", "signal", "dead", "saturated", "gradient_rms", "growth", "layer_growth", "weight_gradient", "update_ratio",
    "gamma_mean", "gamma_std", "beta_mean", "beta_std",
    "gain_mean", "gain_std", "running_mean_gap", "running_std_ratio",
)  # fmt: skip
GHOSTS = {  # what the ghost can hold, and of which field it is what it was then
    **{f"ghost/{site}": f"profile/{site}" for site in SITES},
    "signal_ghost": "signal",
    "gradient_rms_ghost": "gradient_rms",
}
OVER_TIME = (
    "loss_steps", "loss_history", "accuracy_steps", "accuracy_history", "accuracy_running_history",
    "grid_steps", "drift_history", "density_history", "percentile_steps", "percentile_history",
)  # fmt: skip
PLANE_FIELDS = ("surface_x", "surface_y", "point_x", "point_y", "point_class")
TEXT_FIELDS = ("words", "flow", "ledger", "changes")
PLAIN_FIELDS = (
    "train_loss", "recent_loss", "test_accuracy", "test_accuracy_running", *LAYER_FIELDS,
    "signal_ghost", "gradient_rms_ghost", "surface",
    *OVER_TIME, *PLANE_FIELDS, *TEXT_FIELDS,
)  # fmt: skip
FIELDS = (*PLAIN_FIELDS, *(f"{name}/{site}" for name in SITE_FIELDS for site in SITES))

MOMENTARY = frozenset(FIELDS) - {*OVER_TIME, *PLANE_FIELDS, "ledger", "changes"}  # what can be kept, step by step

_WIDE = Axis(first=-40, bins=80, power=3)  # −5 to 5
_POSITIVE = Axis(first=-8, bins=80, power=3, pile=8)  # −1 to 9; ReLU piles half of all values up at 0
_ACTIVATION_AXES = {
    "relu": _POSITIVE,
    "gelu": Axis(first=-8, bins=80, power=3),
    "identity": _WIDE,
    "tanh": Axis(first=-32, bins=64, power=5),  # −1 to 1
    "sigmoid": Axis(first=0, bins=64, power=6),  # 0 to 1
}


class Change(NamedTuple):
    """Knobs turned at a step: what they were, and what they are from the next step on."""

    step: int
    before: Mapping[str, Any]
    now: Mapping[str, Any]


def axes(config: Config) -> dict[str, Axis]:
    """The fixed value axis of each site, shared by all layers and arms."""
    return {site: _ACTIVATION_AXES[config.activation] if site == "activation" else _WIDE for site in SITES}


Paths = Mapping[str, tuple[str, ...]]


def paths_by_name(fields: tuple[str, ...]) -> Paths:
    """What each name stands for: a path for itself, and ``density`` for ``density/activation`` and all its sites."""
    sited = {path.partition("/")[0] for path in fields if "/" in path}
    grouped = {name: tuple(path for path in fields if path.startswith(f"{name}/")) for name in sited}
    return {path: (path,) for path in fields} | grouped


def looked_up(known: Paths, names: Iterable[str]) -> tuple[frozenset[str], list[str]]:
    """The paths that names stand for, and the names that are not known."""
    asked = dict.fromkeys(names)
    unknown = [name for name in asked if name not in known]
    return frozenset(path for name in asked for path in known.get(name, ())), unknown


_PATHS = paths_by_name(FIELDS)  # asked for with each frame by each page: looked up, not searched


def checked_fields(fields: Iterable[str] | None) -> frozenset[str]:
    """The paths (``drift``, ``density/activation``) that the names stand for; ``density`` alone is all its sites.

    Raises ValueError for an unknown name.
    """
    if fields is None:
        return frozenset(FIELDS)
    paths, unknown = looked_up(_PATHS, fields)
    if unknown:
        raise ValueError(
            f"a snapshot has no field {str(unknown[0])[:40]!r}; fields are {', '.join(PLAIN_FIELDS + SITE_FIELDS)}"
        )
    return paths


@dataclass(frozen=True)
class Snapshot:
    """The numbers of one step, with the knobs in force; the fields asked for are attributes.

    train_loss                              (arm,), of the last batch; NaN before the first step
    recent_loss                             (arm,), mean of the last 10 batches
    test_accuracy, test_accuracy_running    (arm,), with batch and with running statistics
    density[site]                           (arm, layer, bin), counts on edges[site] (bin + 1,)
    underflow[site], overflow[site], nonfinite[site]   (arm, layer), counts of what is outside or not finite
    mean[site], std[site]                   (arm, layer), over all units and examples of the probe
    percentiles[site]                       (arm, layer, 3): 15, 50, 85, of the knob ``unit`` or of all units
    profile[site]                           (arm, layer, bin), the density in 256 levels (see statistics.profile)
    ghost[site]                             (arm, layer, bin), the profile at ghost_step
    below[site], above[site], lost[site]    (arm, layer), shares outside the axis, and not finite
    distance[site]                          (arm, layer), Wasserstein-1 to the first arm, in the values' unit
    drift                                   (arm, layer), of the last step divisible by 10
    signal                                  (arm, layer), spread of the activations over examples (see statistics)
    dead, saturated                         (arm, layer), share of units, share of values (see statistics)
    gradient_rms, update_ratio              (arm, layer), on the last batch (see gradients)
    growth, layer_growth, weight_gradient   (arm, layer), on the last batch (see gradients); growth at layer 1: of all
    signal_ghost, gradient_rms_ghost        (arm, layer), the same at ghost_step; like the ghost only where these were
                                            asked for then, else NaN, and 0
    gamma_mean, …, running_std_ratio        (arm, layer), see measuring.Scales
    loss_steps, loss_history                (point,), (arm, point): the loss of single batches
    accuracy_steps, accuracy_history        (point,), (arm, point): as test_accuracy
    accuracy_running_history                (arm, point): as test_accuracy_running
    grid_steps, drift_history               (point,), (arm, layer, point)
    density_history                         (arm, point, bin): profiles of the knob ``layer`` at affine_output
    percentile_steps, percentile_history    (point,), (arm, 3, point): of the knobs ``layer`` and ``unit``
    surface, surface_x, surface_y           (arm, y, x) levels, (x,), (y,): see surface; empty unless inputs are points
    point_x, point_y, point_class           (point,): held-out points of the plane
    words, flow, ledger, changes            text
    """

    step: int
    arms: tuple[str, ...]
    knobs: Mapping[str, Any]
    diverged: Mapping[str, tuple[int, str]]  # arm: the step whose loss was not finite, and where it began
    edges: Mapping[str, Any]
    values: Mapping[str, Any] = field(repr=False)
    ghost_step: int | None = 0  # when the ghost was there; None where there is none

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("values", {})
        if name in values:
            return values[name]
        sites = {path.partition("/")[2]: value for path, value in values.items() if path.startswith(f"{name}/")}
        if sites:
            return sites
        if name in PLAIN_FIELDS + SITE_FIELDS:
            raise AttributeError(f"this snapshot was taken without {name!r}; ask for it: snapshot(fields=({name!r},))")
        raise AttributeError(f"a snapshot has no field {name!r}")
