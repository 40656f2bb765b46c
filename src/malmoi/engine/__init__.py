"""The one object that every surface of Malmoi works with."""

from malmoi.engine.engine import Malmoi

__all__ = ["Malmoi"]
