"""Snapshot: the numbers of one step, and the value axes on which densities are counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bnviz.config import Config
from bnviz.statistics import Axis

SITES = ("pre_activation", "normalized", "affine_output", "activation")

SITE_FIELDS = ("density", "underflow", "overflow", "nonfinite", "mean", "std", "profile", "below", "above", "lost")
PLAIN_FIELDS = (
    "train_loss", "test_accuracy", "test_accuracy_running", "drift",
    "loss_steps", "loss_history", "accuracy_steps", "accuracy_history", "accuracy_running_history",
)  # fmt: skip
FIELDS = (*PLAIN_FIELDS, *(f"{name}/{site}" for name in SITE_FIELDS for site in SITES))

_WIDE = Axis(first=-40, bins=80, power=3)  # −5 to 5
_POSITIVE = Axis(first=-8, bins=80, power=3)  # −1 to 9
_ACTIVATION_AXES = {
    "relu": _POSITIVE,
    "gelu": _POSITIVE,
    "identity": _WIDE,
    "tanh": Axis(first=-32, bins=64, power=5),  # −1 to 1
    "sigmoid": Axis(first=0, bins=64, power=6),  # 0 to 1
}


def axes(config: Config) -> dict[str, Axis]:
    """The fixed value axis of each site, shared by all layers and arms."""
    return {site: _ACTIVATION_AXES[config.activation] if site == "activation" else _WIDE for site in SITES}


def checked_fields(fields: Iterable[str] | None) -> frozenset[str]:
    """The paths (``drift``, ``density/activation``) that the names stand for; ``density`` alone is all its sites.

    Raises ValueError for an unknown name.
    """
    if fields is None:
        return frozenset(FIELDS)
    paths: set[str] = set()
    for name in fields:
        found = [path for path in FIELDS if path == name or path.startswith(f"{name}/")]
        if not found:
            raise ValueError(
                f"a snapshot has no field {str(name)[:40]!r}; fields are {', '.join(PLAIN_FIELDS + SITE_FIELDS)}"
            )
        paths.update(found)
    return frozenset(paths)


@dataclass(frozen=True)
class Snapshot:
    """The numbers of one step, with the knobs in force; the fields asked for are attributes.

    train_loss, test_accuracy, test_accuracy_running     (arm,); NaN before the first step for train_loss
    density[site]                                        (arm, layer, bin), counts on edges[site] (bin + 1,)
    underflow[site], overflow[site], nonfinite[site]     (arm, layer), counts of what is outside or not finite
    mean[site], std[site]                                (arm, layer), over all units and examples of the probe
    profile[site]                                        (arm, layer, bin), the density with each peak at 1
    below[site], above[site], lost[site]                 (arm, layer), shares outside the axis, and not finite
    drift                                                (arm, layer), of the last step divisible by 10
    loss_steps, loss_history                             (point,), (arm, point): the loss of single batches
    accuracy_steps, accuracy_history                     (point,), (arm, point): as test_accuracy
    accuracy_running_history                             (arm, point): as test_accuracy_running
    """

    step: int
    arms: tuple[str, ...]
    knobs: Mapping[str, Any]
    diverged: Mapping[str, tuple[int, str]]  # arm: the step whose loss was not finite, and where it began
    edges: Mapping[str, Any]
    values: Mapping[str, Any] = field(repr=False)

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
