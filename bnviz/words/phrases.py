"""The smallest parts of sentences: names, numbers, and how much fits."""

import math
from collections.abc import Iterable

from bnviz import registry

LONGEST = 320  # characters
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def name(arm: str) -> str:
    """An arm as a sentence names it: ``without normalization``, ``with batch norm``, ``with RMS norm``."""
    if arm == "none":
        return "without normalization"
    label = registry.entries("normalizers")[arm].label
    return f"with {label if label[:2].isupper() else label[:1].lower() + label[1:]}"


def percent(share: float) -> str:
    """A share without decimals: ``97%``."""
    return f"{100 * share:.0f}%"


def number(value: float) -> str:
    """A number that is not negative, with two significant digits: ``0.038``, ``2,400``, ``over a million``."""
    if value >= 1e6:
        return "over a million"
    if 0 < value < 0.001:
        return "under 0.001"
    digits = float(f"{value:.1e}")
    return f"{digits:,.0f}" if digits >= 100 else f"{digits:g}"


def power(value: float) -> str:
    """A positive number of any size, with two significant digits: ``0.038``, ``2,400``, ``3.1 · 10⁻¹²``."""
    if 0.001 <= value < 1e6:
        return number(value)
    digits, _, exponent = f"{value:.1e}".partition("e")
    return f"{digits} · 10{str(int(exponent)).translate(RAISED)}"


def ratio(value: float, unit: float) -> float | None:
    """``value`` in units of ``unit``; None where one of them is not finite or there is no unit."""
    return value / unit if 0 <= value < math.inf and 0 < unit < math.inf else None


def capital(sentence: str) -> str:
    """The sentence with a capital at its start."""
    return sentence[:1].upper() + sentence[1:]


def fitting(sentences: Iterable[str]) -> str:
    """The first three sentences, without those that would make the text longer than ``LONGEST``."""
    text = ""
    for sentence in list(sentences)[:3]:
        if len(text) + len(sentence) < LONGEST:
            text = f"{text} {sentence}".lstrip()
    return text
