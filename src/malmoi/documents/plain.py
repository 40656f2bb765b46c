"""Plain text: most often a page that somebody saved without its markup."""

from __future__ import annotations

from collections.abc import Mapping

from malmoi.documents.headings import title_of
from malmoi.documents.lines import Hint
from malmoi.documents.metadata import find_author, find_publisher
from malmoi.documents.page import clean_page
from malmoi.documents.parsed import Parsed


def parse(text: str, hints: Mapping[int, Hint] | None = None) -> Parsed:
    """Clean a page and read its metadata; `hints` are what markup says of its lines, by offset."""
    page = clean_page(text, hints)
    parsed = Parsed(text, page.sections)
    if page.title:
        parsed.title = title_of(text[slice(*page.title)], numbered=not page.titled)
        start = text.index(parsed.title, page.title[0])
        parsed.found["title"] = (start, start + len(parsed.title))
    if page.date:
        parsed.date, parsed.found["date"] = page.date
    if author := find_author(page.lines):
        parsed.author, parsed.found["author"] = author
    if publisher := find_publisher(page.lines):
        parsed.publisher, parsed.found["publisher"] = publisher
    return parsed
