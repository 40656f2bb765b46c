"""The whole-document view: a document as its reader knows it, with one span marked, and everything labelled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from malmoi.types import Document, Language, Section, SectionKind, Span
from malmoi.web.language import Theme
from malmoi.web.render import render

CONTEXT_CHARS = 700
"""How much of a section is shown on either side of a cited span."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a paragraph; `first` is true of the first marked one of the page."""

    text: str
    marked: bool = False
    first: bool = False

    @property
    def is_heading(self) -> bool:
        """It begins a line that Markdown reads as a heading; shown as it was written, signs and all."""
        return re.match(r"#{1,6} ", self.text) is not None


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it is shown."""

    kind: str
    paragraphs: tuple[tuple[Piece, ...], ...]
    marked: bool
    characters: int
    heading: str = ""
    author: str | None = None
    date: str | None = None
    when: str | None = None


def document_page(document: Document, cited: Span | None, language: Language, theme: Theme) -> str:
    """The page of one document; `cited` is marked and can be jumped to by `#cited`."""
    return render("document.html", language, document=document, theme=theme, parts=parts(document, cited), cited=cited)


def parts(document: Document, cited: Span | None) -> list[Part]:
    """A document's sections as they are shown; all text of the document is in them, once."""
    shown: list[Part] = []
    heading: tuple[str, ...] = ()
    first = True
    for section in document.sections:
        marked = bool(cited and cited[0] < section.end and section.start < cited[1])
        paragraphs = tuple(_paragraphs(document.text, section, cited, first=first and marked))
        first = first and not marked
        own = section.heading[-1] if section.heading and section.heading != heading else ""
        if document.text[section.start : section.end].lstrip("# ").startswith(own) or own == document.title:
            own = ""  # the text says it itself
        heading = section.heading
        shown.append(
            Part(
                section.kind.value,
                paragraphs,
                marked,
                section.end - section.start,
                own,
                section.author,
                section.date,
                section.when,
            )
        )
    return shown


def _paragraphs(text: str, section: Section, cited: Span | None, *, first: bool) -> Iterator[tuple[Piece, ...]]:
    for match in re.finditer(r"[^\n]*\S[^\n]*", text[section.start : section.end]):
        start, end = match.start() + section.start, match.end() + section.start
        low, high = (min(max(p, start), end) for p in cited) if cited else (end, end)
        pieces = [Piece(text[start:low])] if low > start else []
        if high > low:
            pieces.append(Piece(text[low:high], marked=True, first=first))
            first = False
        if end > high:
            pieces.append(Piece(text[high:end]))
        yield tuple(pieces)


def section_at(document: Document, start: int) -> Section:
    """The section that holds an offset; the whole text as body where sections leave a gap."""
    for section in document.sections:
        if section.start <= start < section.end:
            return section
    return Section(SectionKind.BODY, 0, len(document.text))


def surroundings(document: Document, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a span in its section, up to `CONTEXT_CHARS`, cut at white space.

    An ellipsis marks a side that was cut.
    """
    section = section_at(document, start)
    before = document.text[max(section.start, start - CONTEXT_CHARS) : start]
    after = document.text[end : max(end, min(section.end, end + CONTEXT_CHARS))]
    if start - CONTEXT_CHARS > section.start:
        before = "… " + re.sub(r"^\S*\s+", "", before)
    if end + CONTEXT_CHARS < section.end:
        after = re.sub(r"\s+\S*$", "", after) + " …"
    return before, after
