"""What a format's parser returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from malmoi.types import Section, Span


@dataclass
class Parsed:
    """A document without its name: cleaned text, sections, metadata."""

    text: str
    sections: tuple[Section, ...]
    title: str = ""
    date: str | None = None
    author: str | None = None
    publisher: str | None = None
    language: str | None = None
    found: dict[str, Span] = field(default_factory=dict)
