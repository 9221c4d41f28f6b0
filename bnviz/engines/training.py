"""Networks that train side by side."""

from bnviz.trainer import Trainer as Engine

__all__ = ["Engine"]
