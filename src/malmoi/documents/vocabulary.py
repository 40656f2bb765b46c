"""The words and expressions in `words/`, each file read once."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources


@cache
def words(name: str) -> frozenset[str]:
    """Return the words of `words/NAME.txt`."""
    return frozenset(" ".join(_entries(name)).split())


@cache
def pattern(name: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """Return the alternatives of `words/NAME.txt` as one expression."""
    return re.compile(f"{before}(?:{'|'.join(_entries(name))}){after}", re.I | re.X)


def _entries(name: str) -> list[str]:
    text = (resources.files("malmoi.documents") / "words" / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
