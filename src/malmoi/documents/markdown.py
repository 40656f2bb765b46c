"""Markdown files."""

from __future__ import annotations

from malmoi.documents import plain
from malmoi.documents.parsed import Parsed


def parse(text: str) -> Parsed:
    """Read a Markdown file."""
    return plain.parse(text)
