"""What a setting may be: its label, help, range and unit, and the checks that follow from them.

Every value that comes from outside (a URL, a socket, a caller) passes through ``Field.check``, which refuses,
or ``Field.nearest``, which mends. Both give the value in its own type.
"""

import math
import re
import reprlib
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol


class Range(Protocol):
    """The values that a field may take."""

    def check(self, value: Any) -> Any:
        """The value in its own type; ValueError (rule, value, remedy) when it is not allowed."""

    def nearest(self, value: Any, default: Any) -> Any:
        """The allowed value nearest to ``value``, or ``default`` when nothing is near."""

    def text(self, value: Any) -> list[str]:
        """The value as it stands in a URL; several strings for several values."""

    def parse(self, texts: list[str]) -> Any:
        """What the strings of a URL say; not yet checked."""


@dataclass(frozen=True)
class Number:
    """A number between two bounds, on a linear or a logarithmic slider.

    ``stops`` are the places of a logarithmic slider, in rising order; without them the slider is linear and goes
    by ``step``. A value between two places is allowed in Python; the page takes the nearest place.
    """

    minimum: float
    maximum: float
    step: float = 1
    stops: tuple[float, ...] = ()
    integer: bool = False

    def check(self, value: Any) -> float:
        """The number as int or float."""
        number = math.nan
        if not isinstance(value, bool) and isinstance(value, Real):
            with suppress(OverflowError):  # a whole number beyond the floats
                number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"must be a finite number, got {shown(value)}")
        if self.integer and not number.is_integer():
            raise ValueError(f"must be a whole number, got {shown(value)}")
        if not self.minimum <= number <= self.maximum:
            raise ValueError(f"must lie between {self.minimum:g} and {self.maximum:g}, got {shown(value)}")
        return int(number) if self.integer else number

    def nearest(self, value: Any, default: float) -> float:
        """The number moved into the range and to the nearest place of its slider (of the stops, by ratio)."""
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return default
        if math.isnan(number) or isinstance(value, bool):
            return default
        number = min(max(number, self.minimum), self.maximum)
        if self.stops:
            number = min(self.stops, key=lambda stop: abs(math.log(stop) - math.log(max(number, 1e-300))))
        else:
            number = round(self.minimum + round((number - self.minimum) / self.step) * self.step, 10)
        return round(number) if self.integer else number

    def text(self, value: float) -> list[str]:
        """The shortest text that reads back as the same number."""
        return [number_text(value)]

    def parse(self, texts: list[str]) -> Any:
        """The last of the strings; the last wins when a URL names a field twice."""
        return texts[-1] if texts else None


class _Name:
    """What all single names have in common."""

    def check(self, value: Any) -> str:
        """The name as a string; ValueError when it is not allowed."""
        raise NotImplementedError

    def nearest(self, value: Any, default: str) -> str:
        """The name itself, or the default: names have no distance."""
        try:
            return self.check(value)
        except ValueError:
            return default

    def text(self, value: str) -> list[str]:
        """The name."""
        return [value]

    def parse(self, texts: list[str]) -> Any:
        """The last of the strings."""
        return texts[-1] if texts else None


@dataclass(frozen=True)
class Choice(_Name):
    """One of several names. ``options`` gives name and label; it is a function, so that it may look at files."""

    options: Callable[[], dict[str, str]]

    def check(self, value: Any) -> str:
        """The name as a string; numbers are names too (``affine_layer=3``)."""
        name = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(name, str) or name not in self.options():
            raise ValueError(f"must be one of {listed(self.options())}, got {shown(value)}")
        return name


@dataclass(frozen=True)
class Several:
    """Between ``fewest`` and ``most`` different names, in the order given."""

    options: Callable[[], dict[str, str]]
    most: int
    fewest: int = 1

    def check(self, value: Any) -> tuple[str, ...]:
        """The names as a tuple."""
        names = tuple(value) if isinstance(value, (list, tuple)) else (value,)
        unknown = [name for name in names if not isinstance(name, str) or name not in self.options()]
        if unknown:
            raise ValueError(f"must be taken from {listed(self.options())}, got {shown(unknown[0])}")
        if len(set(names)) != len(names) or not self.fewest <= len(names) <= self.most:
            raise ValueError(f"must be between {self.fewest} and {self.most} different names, got {shown(names)}")
        return names

    def nearest(self, value: Any, default: tuple[str, ...]) -> tuple[str, ...]:
        """The known names among those given, each once, or the default when too few are known."""
        names = value if isinstance(value, (list, tuple)) else (value,)
        if not names and not self.fewest:
            return ()
        known = [name for name in names if isinstance(name, str) and name in self.options()]
        return tuple(dict.fromkeys(known))[: self.most] or default

    def text(self, value: tuple[str, ...]) -> list[str]:
        """One string a name; an empty one for none."""
        return list(value) or [""]

    def parse(self, texts: list[str]) -> Any:
        """All strings that are not empty."""
        return tuple(text for text in texts if text)


@dataclass(frozen=True)
class Digest(_Name):
    """The fingerprint of something that the server holds: 32 hexadecimal digits, or nothing."""

    def check(self, value: Any) -> str:
        """The fingerprint as a string."""
        if not isinstance(value, str) or not re.fullmatch(r"([0-9a-f]{32})?", value):
            raise ValueError(f"must be 32 hexadecimal digits or empty, got {shown(value)}")
        return value


@dataclass(frozen=True)
class Field:
    """One setting: what users read of it, what it may be, and whether it can change while a run goes on.

    A knob that ``only_looks`` changes what is seen of the networks, not the networks.
    What is ``asked`` of a source differs from a page's own field, which says how that page shows it.
    ``implies`` are other knobs that moving this one sets: taking hold of γ holds it. ``only_with`` names other fields
    and gives, when called, the values of theirs with which alone this one has an effect.
    """

    name: str
    default: Any
    label: str
    help: str
    range: Number | Choice | Several | Digest
    unit: str = ""
    knob: bool = False
    only_looks: bool = False
    asked: bool = False
    implies: tuple[tuple[str, Any], ...] = ()
    only_with: tuple[tuple[str, Callable[[], Container[Any]]], ...] = ()

    @property
    def linked(self) -> bool:
        """Whether it stands in links; what a server holds for one visitor is nothing to send to others."""
        return not isinstance(self.range, Digest)

    def matters(self, values: Mapping[str, Any]) -> bool:
        """Whether there is anything to choose, among fields that have these values."""
        if isinstance(self.range, Choice) and len(self.range.options()) < 2:
            return False
        return all(values.get(name) in effective() for name, effective in self.only_with)

    def check(self, value: Any) -> Any:
        """The value in its own type; ValueError with the field's name, the rule and the value otherwise."""
        try:
            return self.range.check(value)
        except ValueError as error:
            raise ValueError(f"{self.name} {error}") from None

    def nearest(self, value: Any) -> Any:
        """The allowed value nearest to ``value``."""
        return self.range.nearest(value, self.default)


def number_text(value: float) -> str:
    """A number as users read it and as it stands in a URL: ``0.1``, ``1e-05``, ``64``."""
    text = f"{value:g}"
    return text if float(text) == value else repr(value)


def shown(value: Any) -> str:
    """A value from outside as an error quotes it: its Python form, shortened, however long or deep it is."""
    return reprlib.repr(value)


def listed(names: dict[str, str]) -> str:
    """The names as a sentence lists them, the longest lists shortened in the middle."""
    items = list(names)
    return ", ".join(items if len(items) <= 12 else [*items[:3], "…", items[-1]])
