"""Spans of documents that a reader opens."""

from __future__ import annotations

from typing import Any

from malmoi.errors import UnknownDocument
from malmoi.types import Document, Span
from malmoi.web.pages import section_at, surroundings
from malmoi.web.render import digest

MAX_QUOTE = 20_000


class UnknownPassage(UnknownDocument):
    """The offsets do not lie in the document."""

    code = "document.passage"


def span_in(document: Document, start: int | None, end: int | None, check: str = "") -> Span:
    """The span, where there is one.

    Args:
        check: `digest` of the text that was cited; another text at the span's place is not shown as if it were.

    Raises:
        UnknownPassage: the document has no such span, or not this text in it.
    """
    if start is None or end is None or not 0 <= start < end <= len(document.text) or end - start > MAX_QUOTE:
        raise UnknownPassage("The document has no such passage", "It may have been replaced since it was cited.")
    if check and check != digest(document.text[start:end]):
        raise UnknownPassage("The document has changed since it was cited", "Ask again for the present text.")
    return start, end


def passage_json(document: Document, start: int, end: int) -> dict[str, Any]:
    """A cited span in its surroundings, with what is known about where it stands."""
    section = section_at(document, start)
    before, after = surroundings(document, start, end)
    return {
        "document": document.id,
        "name": document.name,
        "title": document.title or document.name,
        "date": section.date or document.date,
        "source": document.publisher,
        "author": section.author or (document.author if section.kind.value != "comment" else None),
        "when": section.when,
        "kind": section.kind.value,
        "heading": list(section.heading),
        "before": before,
        "quote": document.text[start:end],
        "after": after,
        "start": start,
        "end": end,
        "url": f"document/{document.id}?start={start}&end={end}#cited",
    }
