"""A page as a list of lines, each to be given a kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from malmoi.documents import signals
from malmoi.types import SectionKind

_LINE = re.compile(r"[^\n]+")
_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"\*\*(?=\S)([^*]+)\*\*|__(?=\S)([^_]+)__|(?<![\w*])([*_])(?=[^\s*_])([^*_]*[^\s*_])\3(?![\w*])")


@dataclass(slots=True)
class Hint:
    """What markup says about a line; every field may be unknown.

    Attributes:
        level: of a heading, 1 to 6; 0 for other lines.
        paragraph: the line is running text by its markup, so never an unmarked heading.
        comment: the line lies in the page's comment area.
        role: "author" or "time" of a comment, empty for other lines.
    """

    kind: SectionKind | None = None
    level: int = 0
    paragraph: bool = False
    comment: bool = False
    role: str = ""


@dataclass(slots=True)
class Line:
    """One line without its outer white space, and what was found out about it.

    Attributes:
        gap: a blank line stands before it.
        prose, furniture: what the line says by itself, before its position is weighed.
        kind: None until decided.
        heading: the marker class of a heading ("1.", "①", "sub", "h2" …), empty for other lines.
        comment: number of the comment that it belongs to, or -1.
    """

    start: int
    end: int
    text: str
    gap: bool
    hint: Hint
    prose: bool = False
    furniture: bool = False
    kind: SectionKind | None = None
    heading: str = ""
    comment: int = -1

    @property
    def bare(self) -> str:
        """The text as Markdown shows it: without marks of emphasis and quotation, links as their labels."""
        return bare(self.text)


def bare(text: str) -> str:
    """Return a line as Markdown shows it; a line without Markdown's marks stays as it is."""
    if "](" in text:
        text = _LINK.sub(lambda link: "" if link[1] else link[2], text)
    if "*" in text or "_" in text:
        text = _EMPHASIS.sub(lambda marked: marked[1] or marked[2] or marked[4], text)
    return text.removeprefix("> ").strip()


def split_lines(text: str, hints: Mapping[int, Hint] | None = None) -> list[Line]:
    """Return the lines of `text` that are not blank; `hints` are keyed by the offset of a line's first character."""
    lines: list[Line] = []
    last_end = 0
    for match in _LINE.finditer(text):
        stripped = match.group().strip()
        if not stripped:
            continue
        start = match.start() + match.group().index(stripped)
        hint = (hints or {}).get(start) or Hint()
        gap = text.count("\n", last_end, start) > 1 or not lines
        line = Line(start, start + len(stripped), stripped, gap, hint)
        if hint.kind is SectionKind.FURNITURE:
            line.kind, line.furniture = SectionKind.FURNITURE, True
        else:
            shown = line.bare
            line.furniture = not hint.level and hint.kind is None and not hint.role and signals.is_furniture(shown)
            line.prose = not line.furniture and signals.is_prose(shown)
        lines.append(line)
        last_end = line.end
    return lines


def mark(lines: Iterable[Line], kind: SectionKind) -> None:
    """Give `kind` to every line that has none yet."""
    for line in lines:
        if line.kind is None:
            line.kind = kind
