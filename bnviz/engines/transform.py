"""One unit's values on one mini-batch, and what batch normalization makes of them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from bnviz.engines import Still
from bnviz.snapshot import Snapshot
from bnviz.sources import transform as source
from bnviz.sources.transform import Config
from bnviz.transform import agreement, backward, bound, mates, walk
from bnviz.transform.arithmetic import Steps, Terms, upstream
from bnviz.transform.draws import Batch, drawn
from bnviz.transform.scaling import Scaled


class Look:
    """A look at the batch as the knobs stand now; what several fields need is computed once."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @cached_property
    def batch(self) -> Batch:
        """The batch before an example is moved."""
        config = self.config
        if config.values != "network":
            return drawn(config.values, config.batch, config.batch_size, config.centre, config.spread)
        from bnviz.transform import learning  # noqa: PLC0415 - only who asks for a network trains one

        return learning.batch(config.trained, config.layer, config.unit, config.batch, config.batch_size)

    @cached_property
    def before(self) -> Steps:
        """The four steps before an example is moved."""
        config = self.config
        return Steps(self.batch.values, config.gamma, config.beta, config.eps)

    @cached_property
    def steps(self) -> Steps:
        """The four steps."""
        config, x = self.config, self.batch.values.copy()
        x[config.place(config.moved)] += config.moved_by
        return Steps(x, config.gamma, config.beta, config.eps)

    @cached_property
    def terms(self) -> Terms:
        """The backward pass."""
        config = self.config
        place = config.place(config.example)
        return Terms(self.steps.normalized, upstream(config.upstream, self.batch.gradient, self.steps, place))

    @cached_property
    def scaled(self) -> Scaled:
        """The same values by other methods."""
        return Scaled(self.batch, self.config)

    def snapshot(self, fields: frozenset[str]) -> Snapshot:
        """These fields."""
        values: dict[str, Any] = {}
        for names, make in self._pictures.items():
            if fields & frozenset(names):
                values |= make()
        values |= {name: self._texts[name]() for name in fields & self._texts.keys()}
        return Snapshot(
            step=0, arms=(), knobs=self.config.knobs, diverged={}, edges={},
            values={name: values[name] for name in sorted(fields)},
        )  # fmt: skip

    @property
    def _pictures(self) -> dict[tuple[str, ...], Callable[[], dict[str, Any]]]:
        return {
            source.WALK_FIELDS: lambda: walk.numbers(self.steps, self.config),
            source.MATES_FIELDS: lambda: mates.numbers(self.before, self.steps, self.config),
            source.BOUND_FIELDS: lambda: bound.numbers(self.steps, self.batch.pool),
            source.TERMS_FIELDS: lambda: backward.numbers(self.terms),
            source.SCALING_FIELDS: self.scaled.numbers,
        }

    @property
    def _texts(self) -> dict[str, Callable[[], str]]:
        config = self.config
        here, moved = config.place(config.example), config.place(config.moved)
        arrived = self.batch.arrived if config.upstream == "drawn" else 1.0
        return {
            "said": lambda: walk.said(self.steps),
            "cell": lambda: walk.cell(self.steps, here),
            "mates": lambda: mates.words(self.before, self.steps, moved),
            "bounds": lambda: bound.words(self.steps),
            "agreement": lambda: agreement.words(self.steps, self.terms.direct),
            "backward": lambda: backward.words(self.steps, self.terms, here, arrived),
            "scaling": lambda: self.scaled.words(config),
        }


class Engine(Still):
    """What batch normalization makes of one mini-batch."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        if config.values == "network":
            _ = Look(config).batch  # trains it, when the run begins and not while a slider is dragged

    def look(self) -> Look:
        """What gives snapshots of this moment, and is over with the next change."""
        return Look(self.config)
