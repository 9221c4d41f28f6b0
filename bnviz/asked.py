"""Asked: what all configs have in common. A config is what a person can ask of one source of snapshots.

It is a frozen dataclass whose fields carry their label, help, range and unit: the one origin of widgets, checks, links
and docs. Its first field, ``source``, names the source.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

from bnviz import registry
from bnviz.fields import Choice, Digest, Field, Number, Several

SEEDS = Number(0, 999_999, integer=True)


def structure(default: Any, label: str, allowed: Number | Choice | Several | Digest, help: str, **more: Any) -> Any:
    """A field whose change starts a run anew."""
    described = {"label": label, "range": allowed, "help": help, **more}
    return dataclasses.field(default=default, metadata=described)


def knob(default: Any, label: str, allowed: Number | Choice | Several | Digest, help: str, **more: Any) -> Any:
    """A field that can change while a run goes on."""
    return structure(default, label, allowed, help, knob=True, **more)


def entries(kind: registry.Kind) -> Any:
    """The options that are the files of a folder."""
    return lambda: {entry.name: entry.label for entry in registry.entries(kind).values()}


def names(**labels: str) -> Choice:
    """One of several names, with what users read for each."""
    return Choice(lambda: labels)


def decades(first: int, last: int, *digits: float) -> tuple[float, ...]:
    """The stops of a logarithmic slider: the digits in every decade from 10^first, and 10^last."""
    return (*(float(f"{d}e{e}") for e in range(first, last) for d in digits), float(f"1e{last}"))


@dataclass(frozen=True)
class Asked:
    """What is asked of a source. Knobs can change while a run goes on; a change of structure starts the run anew.

    Raises ValueError, with the rule, the value and the remedy, for anything that is not allowed.
    """

    source: str = structure("", "Source", Choice(lambda: {}), "Each subclass allows its own name.")

    TRAINS: ClassVar[bool] = True  # whether its source makes steps
    TURN_MS: ClassVar[float] = 6.0  # about how long a step and a frame hold a core

    def __post_init__(self) -> None:
        for name, field in self.fields().items():
            object.__setattr__(self, name, field.check(getattr(self, name)))
        self._check()

    def _check(self) -> None:
        """Raise ValueError where fields that are allowed one by one are not so together."""

    @classmethod
    @cache
    def fields(cls) -> dict[str, Field]:
        """The fields by name."""
        return {
            field.name: Field(name=field.name, default=field.default, asked=True, **field.metadata)
            for field in dataclasses.fields(cls)
        }

    @classmethod
    @cache
    def knob_names(cls) -> tuple[str, ...]:
        """The names of the knobs."""
        return tuple(name for name, field in cls.fields().items() if field.knob)

    @property
    def knobs(self) -> dict[str, Any]:
        """The knobs by name."""
        return {name: getattr(self, name) for name in self.knob_names()}

    @property
    def structure(self) -> dict[str, Any]:
        """All that is not a knob, by name."""
        return {name: getattr(self, name) for name in self.fields() if name not in self.knob_names()}

    @property
    def turn_ms(self) -> float:
        """About how long a step and a frame hold a core, in ms."""
        return self.TURN_MS

    def change(self, **knobs: Any) -> Self:
        """The same config with other knobs.

        Raises ValueError for a value that is not allowed and for a field that is not a knob.
        """
        for name in knobs:
            if name not in self.knob_names():
                rule = (
                    "is part of the structure: start a new run to change it" if name in self.fields() else "is no field"
                )
                raise ValueError(f"{name} {rule}; knobs are {', '.join(self.knob_names())}")
        return dataclasses.replace(self, **knobs)

    def to_json(self) -> str:
        """All fields as a JSON object."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """A config from a JSON object; missing fields take their defaults. Raises ValueError for anything else."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"a config must be JSON: {error}") from None
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """A config from a mapping of names to values; missing fields take their defaults."""
        if not isinstance(values, Mapping):
            raise ValueError(f"a config must be an object of names and values, got {type(values).__name__}")
        unknown = [str(name) for name in values if name not in cls.fields()]
        if unknown:
            raise ValueError(f"a config has no field {unknown[0][:40]!r}; its fields are {', '.join(cls.fields())}")
        return cls(**values)

    def to_query(self) -> dict[str, list[str]]:
        """The fields that differ from their defaults, as the parameters of a URL."""
        linked = {name: field for name, field in self.fields().items() if field.linked}
        changed = {name: getattr(self, name) for name, field in linked.items() if getattr(self, name) != field.default}
        return {name: linked[name].range.text(value) for name, value in changed.items()}

    @classmethod
    def from_query(cls, parameters: Mapping[str, Iterable[str]]) -> Self:
        """The nearest allowed config to what a URL asks for, every number at a place of its slider."""
        listed = {name: [texts] if isinstance(texts, str) else list(texts) for name, texts in parameters.items()}
        linked = {name: field for name, field in cls.fields().items() if name in listed and field.linked}
        return cls.nearest({name: field.range.parse(listed[name]) for name, field in linked.items()})

    @classmethod
    def nearest(cls, values: Mapping[str, Any]) -> Self:
        """The nearest allowed config to any values at all; names that are no field are passed over."""
        fields = cls.fields()
        return cls(
            **cls._mended({name: fields[name].nearest(value) for name, value in values.items() if name in fields})
        )

    @classmethod
    def _mended(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Values that are allowed one by one, made so together."""
        return values
