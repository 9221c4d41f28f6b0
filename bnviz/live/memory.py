"""Memory that is free inside this process, given back to the system."""

import ctypes
from collections.abc import Callable
from typing import Any


def _trimming() -> Callable[[int], Any] | None:
    """The C library's ``malloc_trim``, where there is one."""
    try:
        found: Callable[[int], Any] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, or Windows
        return None
    return found


_TRIM = _trimming()


def give_back() -> None:
    """Give back whole pages that lie free between what is in use; takes a few milliseconds.

    What runs keep for long is small and made between large values that are soon gone. Without this their gaps stay
    with the process, and it grows for as long as its runs fill their histories.
    """
    if _TRIM is not None:
        _TRIM(0)
