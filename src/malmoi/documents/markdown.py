"""Markdown files: the source is the text, its structure comes in as hints."""

from __future__ import annotations

import datetime
import re
from typing import Any

from malmoi.documents import plain
from malmoi.documents.dates import normalise_date
from malmoi.documents.lines import Hint
from malmoi.documents.parsed import Parsed
from malmoi.text import clean_text
from malmoi.types import SectionKind

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_LINK_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+!?\[[^\]]*\]\([^)]*\)\s*")
_LINK = re.compile(r"!?\[[^\[\]]*\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_LINK_ROW = re.compile(rf"(?>\s*+{_LINK.pattern}\s*+[|·•/,>›»-]*+)++")
_FEWEST_LINKS = 3
_KINDS = {
    "fence": SectionKind.BODY,
    "code_block": SectionKind.BODY,
    "table_open": SectionKind.BODY,
}


class _Offsets:
    """Offsets of the first character of each line that is not white space."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def first(self, number: int) -> int | None:
        line = self.lines[number] if number < len(self.lines) else ""
        return self._starts[number] + len(line) - len(line.lstrip()) if line.strip() else None


def _front_matter(text: str) -> tuple[dict[str, Any], int]:
    """Return the YAML mapping at the file's beginning and where it ends; an empty one where there is none."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, 0
    import yaml

    try:
        found = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, 0
    return (found, match.end()) if isinstance(found, dict) else ({}, 0)


def _hints(text: str, skip: int) -> dict[int, Hint]:
    from markdown_it import MarkdownIt

    offsets = _Offsets(text)
    skipped = text.count("\n", 0, skip)
    hints: dict[int, Hint] = {}

    def put(first: int, last: int, hint: Hint) -> None:
        for number in range(first, last):
            at = offsets.first(number)
            if at is not None:
                hints[at] = hint

    put(0, skipped, Hint(kind=SectionKind.FURNITURE))
    # Inline text is not needed: only the blocks' places are.
    parser = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table").disable("inline")
    for token in parser.parse(text[skip:]):
        if token.map is None:
            continue
        first, last = token.map[0] + skipped, token.map[1] + skipped
        if token.type == "heading_open":
            put(first, first + 1, Hint(level=int(token.tag[1])))
            put(first + 1, last, Hint(kind=SectionKind.BODY))  # the underline of a setext heading
        elif token.type == "paragraph_open":
            put(first, last, Hint(paragraph=True))
        elif token.type in _KINDS:
            put(first, last, Hint(kind=_KINDS[token.type]))
        elif token.type == "html_block" and offsets.lines[first].lstrip().startswith("<!--"):
            put(first, last, Hint(kind=SectionKind.FURNITURE))
    _mark_link_lists(offsets, hints)
    _mark_link_rows(offsets, hints)
    return hints


def _mark_link_lists(offsets: _Offsets, hints: dict[int, Hint]) -> None:
    """Take runs of list items that are a link and nothing else as menus."""
    run: list[int] = []
    for number in range(len(offsets.lines) + 1):
        line = offsets.lines[number] if number < len(offsets.lines) else "end"
        if _LINK_ITEM.fullmatch(line):
            run.append(number)
        elif line.strip():
            for item in run if len(run) >= _FEWEST_LINKS else ():
                at = offsets.first(item)
                if at is not None:
                    hints[at] = Hint(kind=SectionKind.FURNITURE)
            run = []


def _mark_link_rows(offsets: _Offsets, hints: dict[int, Hint]) -> None:
    """Take rows of links as menus, and above the title a single link or image too."""
    places = [at for n in range(len(offsets.lines)) if (at := offsets.first(n)) is not None]
    title = next((at for at in places if at in hints and hints[at].level == 1), 0)
    for number, line in enumerate(offsets.lines):
        at = offsets.first(number)
        if at is None or not _LINK_ROW.fullmatch(line):
            continue
        if at < title or len(_LINK.findall(line)) > 1:
            hints[at] = Hint(kind=SectionKind.FURNITURE)


def _field(front: dict[str, Any], *names: str) -> str:
    for name in names:
        value = front.get(name)
        if isinstance(value, list):
            value = ", ".join(str(v) for v in value)
        if isinstance(value, datetime.datetime):
            return value.replace(tzinfo=None).isoformat()
        if isinstance(value, str | int | datetime.date) and not isinstance(value, bool):
            return " ".join(clean_text(str(value)).split())
    return ""


def parse(text: str) -> Parsed:
    """Read a Markdown file; its front matter overrides what the page seems to say."""
    front, skip = _front_matter(text)
    parsed = plain.parse(text, _hints(text, skip))
    given = {
        "title": _field(front, "title"),
        "date": normalise_date(_field(front, "date", "published", "created")) or "",
        "author": _field(front, "author", "authors"),
        "publisher": _field(front, "publisher", "site", "source"),
    }
    for key, value in given.items():
        if value:
            setattr(parsed, key, value)
            parsed.found.pop(key, None)
            if (at := text.find(value)) >= 0:
                parsed.found[key] = (at, at + len(value))
    parsed.language = _field(front, "lang", "language") or None
    return parsed
