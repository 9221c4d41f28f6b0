"""Batch normalization at work in real networks that train while you look.

``Config`` says what is asked for; ``Trainer`` trains it; ``Snapshot`` holds the numbers of one step.
Torch is imported with ``Trainer`` only, so that labels and ranges can be read without it.
"""

from typing import TYPE_CHECKING, Any

from bnviz.config import Config

if TYPE_CHECKING:
    from bnviz.trainer import Snapshot, Trainer

__all__ = ["Config", "Snapshot", "Trainer"]


def __getattr__(name: str) -> Any:
    if name in ("Trainer", "Snapshot"):
        from bnviz import trainer

        return getattr(trainer, name)
    raise AttributeError(f"bnviz has no attribute {name!r}; it has {', '.join(__all__)}")
