"""Networks that train side by side, with and without normalization."""

from bnviz.config import Config
from bnviz.snapshot import FIELDS, MOMENTARY

__all__ = ["FIELDS", "MOMENTARY", "Config"]
