"""HTML pages."""

from __future__ import annotations

from malmoi.documents import plain
from malmoi.documents.parsed import Parsed


def parse(text: str) -> Parsed:
    """Read an HTML page."""
    from bs4 import BeautifulSoup

    return plain.parse(BeautifulSoup(text, "html.parser").get_text("\n"))
