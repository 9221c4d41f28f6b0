"""Words for numbers, as they stand in calculations."""

import math


def say(value: float, digits: int = 3) -> str:
    """A number with so many significant digits: ``−0.125``, ``1,020``, ``1e−8``."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "no number")
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    if 1e-4 <= abs(rounded) < 1e6:
        places = max(digits - 1 - math.floor(math.log10(abs(rounded))), 0)
        text = f"{rounded:,.{places}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa, _, power = f"{rounded:.{digits - 1}e}".partition("e")
        text = f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(power)}"
    return text.replace("-", "−")


def bracketed(value: float) -> str:
    """The same, in brackets where it is negative: to stand after an operator."""
    return f"({say(value)})" if value < 0 else say(value)


def percent(share: float) -> str:
    """A share without decimals."""
    return f"{100 * share:.0f}%"
