"""The cleaner: decides for every line of a page whether it is head, body, comment, caption, note or furniture.

Pages saved as plain text have lost their markup, so lines are weighed by what they say and where they stand:
first lists of other articles and the comments are set apart, then the head above the first running text,
then the body, then what follows it. Markup, where there was some, comes in as hints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from malmoi.documents import imprint, signals
from malmoi.documents.bylines import is_byline, is_todays_date
from malmoi.documents.comment_area import find_area, split_one_line_comments
from malmoi.documents.comments import Comment, mark_comments
from malmoi.documents.head import NEAR, body_start, is_captioned, is_note, is_title_like, mark_head, mark_signed_caption
from malmoi.documents.headings import HeadingPath, find_headings, title_of
from malmoi.documents.lines import Hint, Line, mark, split_lines
from malmoi.documents.lists import mark_lists, mark_records, mark_teasers
from malmoi.documents.metadata import page_date
from malmoi.types import Section, SectionKind, Span

_FEW = 3


@dataclass
class Page:
    """A cleaned page.

    Attributes:
        lines: every line that is not blank, each with its kind.
        title: span of the title's line, or None.
        titled: the title stands in the page's head; otherwise it is the first heading of the text.
        date: what the page's head says, with its span.
    """

    lines: list[Line]
    sections: tuple[Section, ...]
    title: Span | None
    titled: bool
    date: tuple[str, Span] | None


def _last_text(lines: list[Line], start: int) -> int:
    """Return the index of the body's last running text.

    Running text that follows the marks of a page's end (imprint, copyright, reporter's address) and is short
    beside what came before is the page's, not the article's.
    """
    running = [i for i in range(start, len(lines)) if lines[i].prose and lines[i].kind is None]
    running = [i for i in running if not is_note(lines[i])]
    if not running:
        return start
    total = sum(len(lines[i].text) for i in running)
    so_far = 0
    for here, following in pairwise(running):
        so_far += len(lines[here].text)
        between, left = lines[here + 1 : following], total - so_far
        ended = left < so_far / 3 and any(_is_end_mark(line) for line in between)
        appealed = left < so_far / 5 and any(imprint.is_appeal(line.text) for line in between)
        if ended or (appealed and len(running) - running.index(here) <= _FEW):
            return here
    return running[-1]


def _is_end_mark(line: Line) -> bool:
    text = line.text
    return (
        imprint.is_copyright(text)
        or imprint.is_company(text)
        or imprint.is_email(text)
        or signals.is_hashtags(text)
        or signals.comment_header(text) is not None
        or (line.kind is SectionKind.FURNITURE and signals.is_list_header(text))
    )


def _close(lines: list[Line], end: int) -> None:
    """Take what follows the comments as furniture, unless it is the greater part of the page."""
    before, after = (
        sum(len(line.text) for line in part if line.prose and line.kind is None) for part in (lines[:end], lines[end:])
    )
    if after <= before:
        mark(lines[end:], SectionKind.FURNITURE)


def _mark_body(lines: list[Line], start: int) -> None:
    last = _last_text(lines, start)
    stars = sum(signals.is_starred(line.text) for line in lines[start:])
    closed = False
    for i in range(start, len(lines)):
        line = lines[i]
        if line.kind is not None:
            closed = closed or (i > last and line.kind in {SectionKind.FURNITURE, SectionKind.COMMENT})
        elif line.furniture:
            line.kind = SectionKind.FURNITURE
            ends = _is_end_mark(line) or not (line.hint.paragraph or signals.is_symbols(line.text))
            closed = closed or (i > last and ends)
        elif line.hint.kind is not None:
            line.kind = line.hint.kind
        elif (is_note(line) and not line.hint.level) or (stars == 1 and signals.is_starred(line.text)):
            line.kind = SectionKind.NOTE
        elif i <= last:
            aside = not line.hint.level and (signals.is_caption(line.text) or is_captioned(lines, i))
            line.kind = SectionKind.CAPTION if aside else SectionKind.BODY
        else:
            line.kind = _after_body(lines, i, closed)
            closed = closed or line.kind is SectionKind.FURNITURE


def _is_department_box(lines: list[Line], i: int) -> bool:
    above = [n for n in lines[max(0, i - 3) : i + 1] if imprint.is_department(n.text)]
    return bool(above) and len(lines[i].text) <= 60 and not lines[i].prose


def _after_body(lines: list[Line], i: int, closed: bool) -> SectionKind:
    """Return the kind of a line below the body's last running text."""
    line = lines[i]
    if _is_department_box(lines, i):
        return SectionKind.NOTE
    if signals.is_number(line.text) and any(n.furniture for n in lines[i + 1 : i + 1 + NEAR]):
        return SectionKind.FURNITURE
    if closed or signals.is_list_header(line.bare) or signals.comment_header(line.text) is not None:
        return SectionKind.FURNITURE
    if signals.is_caption(line.text) or is_captioned(lines, i):
        return SectionKind.CAPTION
    near = [n for n in lines[max(0, i - 2) : i + 3] if n is not line]
    if imprint.is_contact(line.text) and any(imprint.is_company(n.text) for n in near):
        return SectionKind.FURNITURE
    signed = is_todays_date(line) and i + 1 < len(lines) and not lines[i + 1].furniture and not lines[i - 1].furniture
    if is_byline(line) and not line.hint.paragraph and not signed:
        return SectionKind.FURNITURE
    if line.text.startswith(("-", "–")) and any(is_note(n) for n in near):
        return SectionKind.NOTE
    return SectionKind.BODY


def _sections(lines: list[Line], comments: list[Comment]) -> tuple[Section, ...]:
    """Join neighbouring lines of one kind, heading path and comment to sections."""
    sections: list[Section] = []
    path = HeadingPath()
    bare = False  # the open section holds headings only
    key: tuple[object, ...] | None = None
    for line in lines:
        kind = line.kind or SectionKind.BODY
        if line.heading:
            path.enter(line.heading, title_of(line.text))
        heading = path.path if kind in {SectionKind.BODY, SectionKind.CAPTION, SectionKind.NOTE} else ()
        here = (kind, heading, line.comment)
        stacked = bool(line.heading) and bare and key is not None and key[0] is kind
        for start, end, piece in _pieces(line, kind):
            if piece is kind and (here == key or stacked) and sections and sections[-1].kind is kind:
                old = sections[-1]
                sections[-1] = Section(kind, old.start, end, heading, old.author, old.date, old.when)
            else:
                comment = comments[line.comment] if piece is SectionKind.COMMENT else Comment()
                shown = heading if piece is kind else ()
                sections.append(Section(piece, start, end, shown, comment.author, comment.date, comment.when))
        bare = bool(line.heading) and (bare if stacked else True)
        key = here
    return tuple(sections)


def _pieces(line: Line, kind: SectionKind) -> list[tuple[int, int, SectionKind]]:
    """Cut a byline around IP addresses, which are never indexed, and an editor's remark off a paragraph's end."""
    cuts: list[tuple[int, int, SectionKind]] = []
    if kind is SectionKind.HEAD:
        cuts = [(start, end, SectionKind.FURNITURE) for start, end in signals.ip_spans(line.text)]
    elif kind is SectionKind.BODY and (remark := signals.closing_remark(line.text)):
        cuts = [(remark, len(line.text), SectionKind.NOTE)]
    pieces: list[tuple[int, int, SectionKind]] = []
    at = 0
    for start, end, other in [*cuts, (len(line.text), len(line.text), kind)]:
        text = line.text[at:start]
        if stripped := text.strip():
            begin = line.start + at + text.index(stripped)
            pieces.append((begin, begin + len(stripped), kind))
        if end > start:
            pieces.append((line.start + start, line.start + end, other))
        at = end
    return pieces


def clean_page(text: str, hints: Mapping[int, Hint] | None = None) -> Page:
    """Cut a page's text into sections; `hints` are keyed by the offset of a line's first character."""
    lines = split_lines(text, hints)
    mark_records(lines)
    mark_teasers(lines)
    for line in lines:
        line.prose = line.prose and not is_byline(line)
    mark_signed_caption(lines)
    start = body_start(lines)
    plain = start == len(lines)
    if plain:  # no running text at all: a list, a poem, a table
        start = 1 if len(lines) > 1 and is_title_like(lines[0]) else 0
    mark_lists(lines, start)
    title = mark_head(lines, start)
    date = page_date(lines[:start], lines[start:], title)
    split_one_line_comments(lines, start + 1)
    area = find_area(lines, start + 1)
    comments = mark_comments(lines, area, date[0] if date else None) if area else []
    if area and comments:
        _close(lines, area[1])
    _mark_body(lines, start)
    find_headings(lines)
    shown = title or next((line for line in lines if line.heading), None)
    span = (shown.start, shown.end) if shown else None
    return Page(lines, _sections(lines, comments), span, title is not None, date)
