"""Headings inside a text: numbered, bulleted, marked by markup, or standing alone between paragraphs."""

from __future__ import annotations

import re

from malmoi.documents import signals
from malmoi.documents.lines import Line
from malmoi.types import SectionKind

_MARKERS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("part", r"제\s?\d{1,3}\s?[장편부](?:\s|$)"),
        ("section", r"제\s?\d{1,3}\s?절(?:\s|$)"),
        ("article", r"제\s?\d{1,4}\s?조(?:의\d+)?(?:\s|\()"),
        ("chapter", r"(?:Chapter|Part|Section|Step)\s+[\dIVX]+\b"),
        ("roman", r"(?:[Ⅰ-Ⅻ]\s?\.?\s?|[IVX]{1,4}\.\s)\S"),
        ("1.1.", r"\d{1,2}\.\d{1,2}\.?\s+\S"),
        ("1.", r"\d{1,2}\.\s?(?=[^\d\s])"),
        ("1)", r"\d{1,2}\)\s?\S"),
        ("(1)", r"\(\d{1,2}\)\s?\S"),
        ("①", r"[①-⑳❶-❿]\s?\S"),
        ("가.", r"[가나다라마바사아자차카타파하]\.\s?\S"),
        ("가)", r"[가나다라마바사아자차카타파하]\)\s?\S"),
        ("【", r"[【〈《].{2,40}[】〉》]$"),
        ("■", r"[■▣◼]\s?\S"),
        ("□", r"[□◻]\s?\S"),
        ("◆", r"[◆◇◈❖]\s?\S"),
        ("●", r"[●◎◉]\s?\S"),
        ("○", r"[○◯]\s?\S"),
    )
)
_NUMBER = re.compile(r"^(?:\d{1,2}\.(?:\d{1,2}\.?)*|[(]?\d{1,2}[)]|[①-⑳]|[IVX]{1,4}\.|[가-하][.)])\s+")
_HASH = re.compile(r"(#{1,6})\s+\S")
_PLAIN_STATEMENT = re.compile(r"[.。,:;]$|[다요죠네까]$|[을를은는의에며고면서와과로]$")
_BULLET = re.compile(r"[-–—·•*+▶▷▲△☞→>|]\s?\S")
_LONGEST = 80
_LONGEST_UNMARKED = 60


def marker(text: str) -> str:
    """Return the class of the marker the line begins with, or an empty string."""
    if match := _HASH.match(text):
        return f"h{len(match[1])}"
    return next((name for name, pattern in _MARKERS if pattern.match(text)), "")


def title_of(text: str, *, numbered: bool = False) -> str:
    """Return a heading's text without Markdown's marks, and without its number where it stands for a document."""
    shown = re.sub(r"^#{1,6}\s+|\s+#+$", "", text).strip("*_ ")
    if numbered:
        shown = _NUMBER.sub("", shown)
    return shown or text


def _is_marked(line: Line, before: Line | None, after: Line | None) -> str:
    name = marker(line.text)
    if not name or len(line.text) > _LONGEST or after is None or signals.is_truncated(line.text):
        return ""
    if line.text.endswith((".", "。")) or (name[0] != "h" and re.search(r"[다요죠]$", line.text)):
        return ""
    # Neighbours with the same marker make it an item of a list.
    if name[0] != "h" and name in {marker(n.text) for n in (before, after) if n}:
        return ""
    return name


def _is_unmarked(line: Line, before: Line | None, after: Line | None) -> bool:
    text = line.text
    if after is None or line.hint.paragraph or not 5 <= len(text) <= _LONGEST_UNMARKED or line.prose:
        return False
    if _PLAIN_STATEMENT.search(text) or signals.is_truncated(text) or signals.is_url(text) or _BULLET.match(text):
        return False
    if not after.prose or len(after.text) < 40 or marker(after.text) or _BULLET.match(after.text):
        return False
    if before is not None and not signals.ends_sentence(before.text):
        return False
    return line.gap or (len(text) <= 40 and len(after.text) >= 60)


def find_headings(lines: list[Line]) -> None:
    """Set `heading` on the body lines that are headings.

    Where markup names headings, only those count.
    """
    body = [line for line in lines if line.kind is SectionKind.BODY]
    if any(line.hint.level for line in body):
        for line in body:
            line.heading = f"h{line.hint.level}" if line.hint.level else ""
        return
    for i, line in enumerate(body):
        before = body[i - 1] if i else None
        after = body[i + 1] if i + 1 < len(body) else None
        line.heading = _is_marked(line, before, after)
    previous: Line | None = None
    for i, line in enumerate(body):
        after = body[i + 1] if i + 1 < len(body) else None
        if not line.heading and not marker(line.text):
            above = None if previous is None or previous.heading else previous
            line.heading = "sub" if _is_unmarked(line, above, after) else ""
        previous = line
    unmarked = [line for line in body if line.heading == "sub"]
    if len(unmarked) * 2 > sum(line.prose for line in body):
        for line in unmarked:
            line.heading = ""


class HeadingPath:
    """The headings above the current line, outermost first.

    Markup levels nest by number, marker classes in the order in which they first appear under one another.
    """

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []

    def enter(self, name: str, title: str) -> None:
        """Step under the heading `title` of marker class `name`."""
        if name[0] == "h" and name[1:].isdigit():
            while self._open and self._open[-1][0][0] == "h" and self._open[-1][0] >= name:
                self._open.pop()
        else:
            names = [n for n, _ in self._open]
            if name in names:
                del self._open[names.index(name) :]
        self._open.append((name, title))

    @property
    def path(self) -> tuple[str, ...]:
        """The titles, outermost first."""
        return tuple(title for _, title in self._open)
