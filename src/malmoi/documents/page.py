"""The cleaner: decides for every line of a page whether it is head, body, comment, caption, note or furniture.

Pages saved as plain text have lost their markup, so lines are weighed by what they say and where they stand:
first lists of other articles and the comments are set apart, then the head above the first running text,
then the body, then what follows it. Markup, where there was some, comes in as hints.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from malmoi.documents import signals
from malmoi.documents.comments import Comment, find_area, mark_comments, split_one_line_comments
from malmoi.documents.headings import HeadingPath, find_headings, marker, title_of
from malmoi.documents.lines import Hint, Line, mark, split_lines
from malmoi.documents.lists import mark_lists, mark_records, mark_teasers
from malmoi.documents.metadata import is_byline, is_todays_date, page_date
from malmoi.types import Section, SectionKind, Span

# Kinds of text, desks and sub-lines stand where titles stand.
_NOT_A_TITLE = re.compile(
    r"[-–—·•]|[\[(<【]?(?:보\s?도\s?자\s?료|속보|단독|참고\s?자료|설명\s?자료|공지|press\s+release|news\s+release|for\s+immediate\s+release)[\])>】]?$"
    r"|(?:담당\s?(?:부서|자|과)|책임자|배포|문의|보도\s?일시|보도|부서명?|작성|첨부|조회|카테고리|분류)(?:\s|:|：)",
    re.I,
)
_SITE_NAME = re.compile(
    r"(?:신문|뉴스|일보|통신|방송|닷컴|미디어|저널|투데이|타임스|블로그|카페|포털|times|news|post|daily|journal|courier|broadcasting|\.\w{2,4})$",
    re.I,
)
_HEAD_BLOCK = 4
_NEAR = 6
_APART = 3
_FEW = 3
_COLUMN = re.compile(r"[\[<【].{1,14}[\]>】]")


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


def _is_content(line: Line) -> bool:
    return line.kind is None and not line.furniture


def _is_note(line: Line) -> bool:
    return signals.is_note(line.text) or signals.is_note(line.bare)


def _is_aside(line: Line) -> bool:
    return signals.is_caption(line.text) or _is_note(line)


def _mark_signed_caption(lines: list[Line]) -> None:
    """Take the first running text as a caption where its photographer signs it and the text follows."""
    running = [line for line in lines if line.prose and line.kind is None][:2]
    if len(running) == 2 and signals.is_signed_caption(running[0].text):
        running[0].kind = SectionKind.CAPTION


def _body_start(lines: list[Line]) -> int:
    """Return the index of the first line of the body; the number of lines where there is no running text."""
    for i, line in enumerate(lines):
        if line.text in {"본문", "본문 내용", "본문내용"} and any(n.prose for n in lines[i : i + 25]):
            return next((j for j in range(i + 1, len(lines)) if _is_content(lines[j])), len(lines))
    running = [i for i, line in enumerate(lines) if line.prose and line.kind is None and not _is_aside(line)]
    start = len(lines)
    for here, following in zip(running, [*running[1:], len(lines)], strict=False):
        start = here
        # A slogan, notice or summary: title or byline come after it, before the next running text.
        between = range(here + 1, min(following, here + 1 + _NEAR))
        later = any(is_byline(lines[j]) for j in between) or any(lines[j].hint.level == 1 for j in between)
        if not (later and following < len(lines)):
            break
    if start == len(lines):
        return start
    byline = next((i for i, line in enumerate(lines[:start]) if is_byline(line)), start)
    while start and _is_content(lines[start - 1]) and _leads_in(lines[start - 1], start - 1, byline):
        start -= 1
    return start


def _leads_in(line: Line, i: int, byline: int) -> bool:
    """True for a line above the first running text that belongs to it: a numbered heading, a short sentence."""
    if _is_aside(line) or is_byline(line) or line.hint.level == 1:
        return False
    if marker(line.text) or line.hint.level > 1 or line.hint.paragraph:
        return True
    if i > byline and signals.is_greeting(line.text):
        return True
    if i == 0 or not signals.ends_sentence(line.text):
        return False
    return line.text.endswith(".") or byline < i


def _is_title_like(line: Line) -> bool:
    text = line.text
    if not _is_content(line) or (line.prose and len(text) > 120) or not 5 <= len(text) <= 160 or _is_aside(line):
        return False
    if is_byline(line) or signals.is_section_name(text) or signals.is_number(text) or signals.is_url(text):
        return False
    if _NOT_A_TITLE.match(text) or signals.looks_like_menu(text) or signals.is_greeting(text):
        return False
    if text.endswith(".") and signals.ends_sentence(text):
        return False
    return not text.endswith(("니다.", "세요.", "니다!", ":")) and not signals.is_list_header(text)


def _find_title(head: list[Line]) -> int | None:
    """Return the index of the title among the head's lines."""
    marked = [i for i, line in enumerate(head) if line.hint.level == 1 and _is_content(line)]
    if marked:
        return marked[-1]
    like = [i for i, line in enumerate(head) if _is_title_like(line)]
    if not like:
        return None
    bylines = [i for i, line in enumerate(head) if is_byline(line)]
    anchors = [anchor for anchor in [*bylines[:_NEAR], len(head)] if any(i < anchor for i in like)]
    found = [_title_above(head, like, anchor) for anchor in anchors]
    return next((i for i in found if not _is_weak(head[i].text)), found[0])


def _is_weak(text: str) -> bool:
    """True for what may as well be the name of the site."""
    short = 12 if re.search("[가-힣]", text) else 24
    return len(text) <= short or (len(text) <= 24 and bool(_SITE_NAME.search(text)))


def _title_above(head: list[Line], like: list[int], anchor: int) -> int:
    """Return the title among the title-like lines that stand together above line `anchor`."""
    block: list[int] = []
    for i in reversed([i for i in like if i < anchor]):
        if block and any(not _is_content(n) and not n.text.isdigit() for n in head[i + 1 : block[0]]):
            break
        block.insert(0, i)
    # The browser's title ("Title | Site") above the page's own.
    for i in block:
        if any(j != i and head[j].text.startswith(head[i].text) for j in like):
            return i
    longest = [i for i in block if len(head[i].text) >= 8] or block
    # A site's name at the top, without a separator from the title below it.
    while len(longest) > 1 and any(n.furniture for n in head[: longest[0]]):
        if _COLUMN.fullmatch(head[longest[0] - 1].text):
            break
        if not _is_site_name(head[longest[0]], head[longest[1]]) and not _is_weak_among([head[i] for i in longest]):
            break
        longest = longest[1:]
    return longest[0] if len(longest) <= _HEAD_BLOCK else longest[-1]


def _is_site_name(line: Line, below: Line) -> bool:
    return _is_weak(line.text) and len(below.text) * 2 >= len(line.text) * 3


def _is_weak_among(lines: list[Line]) -> bool:
    """True when the first of several weak lines stands above a strong one."""
    return _is_weak(lines[0].text) and _is_weak(lines[1].text) and any(not _is_weak(line.text) for line in lines[2:])


def _is_filler(line: Line) -> bool:
    text = line.text
    return (
        text == "가"
        or signals.is_section_name(text)
        or signals.is_number(text)
        or signals.comment_header(text) is not None
    )


def _is_sandwiched(head: list[Line], i: int) -> bool:
    """True for a few words alone between buttons and counters."""
    if len(head[i].text.split()) == 1 and any(is_byline(n) for n in head[i + 1 : i + 3]):
        return False  # the writer's name
    around = [head[j].furniture or signals.is_number(head[j].text) for j in (i - 1, i + 1) if 0 <= j < len(head)]
    return len(head[i].text) <= 20 and len(around) == 2 and all(around)


def _mark_head(lines: list[Line], start: int) -> Line | None:
    """Give the lines above the body their kinds; returns the title's line."""
    head = lines[:start]
    found = _find_title(head)
    is_page = any(line.furniture or is_byline(line) or line.hint.kind for line in head)
    if not is_page and sum(not _is_aside(line) for line in head) > _HEAD_BLOCK:
        # No page around it: a plain text that begins with short lines.
        found = 0 if _is_title_like(head[0]) else None
        mark(head[found + 1 :] if found is not None else head, SectionKind.BODY)
    for i, line in enumerate(head):
        if line.kind is not None:
            continue
        if line.hint.kind is not None:
            line.kind = SectionKind.HEAD if line.hint.kind is SectionKind.BODY else line.hint.kind
            continue
        above = is_page and found is not None and i < found
        byline = is_byline(line)
        if above and byline and found is not None and is_todays_date(line):
            apart = sum(not is_byline(n) for n in head[i + 1 : found]) >= _APART
            byline = not (apart and any(is_byline(n) for n in head[found + 1 :]))
        if line.furniture or (above and not byline) or signals.is_list_header(line.bare):
            line.kind = SectionKind.FURNITURE
        elif signals.is_caption(line.text) or _is_captioned(lines, i):
            line.kind = SectionKind.CAPTION
        elif _is_note(line) and not byline:
            line.kind = SectionKind.NOTE
        elif i != found and not byline and (_is_filler(line) or (is_page and _is_sandwiched(head, i))):
            line.kind = SectionKind.FURNITURE
        else:
            line.kind = SectionKind.HEAD
    return head[found] if found is not None else None


def _is_captioned(lines: list[Line], i: int) -> bool:
    """True for a caption by its neighbours: beside a credit, or printed twice (with "본문 이미지 -" before it)."""
    text = lines[i].text
    above, below = (lines[j].text if 0 <= j < len(lines) else "" for j in (i - 1, i + 1))
    if not lines[i].prose and len(text) <= 150:
        if signals.is_credit(text) or (below.startswith(("[", "(", "【")) and signals.is_credit(below)):
            return True
        if signals.is_credit(above) and not above.startswith(("[", "(", "【")):
            return True
    if len(text) < 12:
        return False
    return any(
        0 <= j < len(lines)
        and lines[j].kind is not SectionKind.FURNITURE
        and (lines[j].text == text or (lines[j].text.endswith(text) and signals.is_caption(lines[j].text)))
        for j in (i - 1, i + 1)
    )


def _last_text(lines: list[Line], start: int) -> int:
    """Return the index of the body's last running text.

    Running text that follows the marks of a page's end (imprint, copyright, reporter's address) and is short
    beside what came before is the page's, not the article's.
    """
    running = [i for i in range(start, len(lines)) if lines[i].prose and lines[i].kind is None]
    running = [i for i in running if not _is_note(lines[i])]
    if not running:
        return start
    total = sum(len(lines[i].text) for i in running)
    so_far = 0
    for here, following in pairwise(running):
        so_far += len(lines[here].text)
        between, left = lines[here + 1 : following], total - so_far
        ended = left < so_far / 3 and any(_is_end_mark(line) for line in between)
        appealed = left < so_far / 5 and any(signals.is_appeal(line.text) for line in between)
        if ended or (appealed and len(running) - running.index(here) <= _FEW):
            return here
    return running[-1]


def _is_end_mark(line: Line) -> bool:
    text = line.text
    return (
        signals.is_copyright(text)
        or signals.is_company(text)
        or signals.is_email(text)
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
        elif (_is_note(line) and not line.hint.level) or (stars == 1 and signals.is_starred(line.text)):
            line.kind = SectionKind.NOTE
        elif i <= last:
            aside = not line.hint.level and (signals.is_caption(line.text) or _is_captioned(lines, i))
            line.kind = SectionKind.CAPTION if aside else SectionKind.BODY
        else:
            line.kind = _after_body(lines, i, closed)
            closed = closed or line.kind is SectionKind.FURNITURE


def _is_department_box(lines: list[Line], i: int) -> bool:
    above = [n for n in lines[max(0, i - 3) : i + 1] if signals.is_department(n.text)]
    return bool(above) and len(lines[i].text) <= 60 and not lines[i].prose


def _after_body(lines: list[Line], i: int, closed: bool) -> SectionKind:
    """Return the kind of a line below the body's last running text."""
    line = lines[i]
    if _is_department_box(lines, i):
        return SectionKind.NOTE
    if signals.is_number(line.text) and any(n.furniture for n in lines[i + 1 : i + 1 + _NEAR]):
        return SectionKind.FURNITURE
    if closed or signals.is_list_header(line.bare) or signals.comment_header(line.text) is not None:
        return SectionKind.FURNITURE
    if signals.is_caption(line.text) or _is_captioned(lines, i):
        return SectionKind.CAPTION
    near = [n for n in lines[max(0, i - 2) : i + 3] if n is not line]
    if signals.is_contact(line.text) and any(signals.is_company(n.text) for n in near):
        return SectionKind.FURNITURE
    signed = is_todays_date(line) and i + 1 < len(lines) and not lines[i + 1].furniture and not lines[i - 1].furniture
    if is_byline(line) and not line.hint.paragraph and not signed:
        return SectionKind.FURNITURE
    if line.text.startswith(("-", "–")) and any(_is_note(n) for n in near):
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
    _mark_signed_caption(lines)
    start = _body_start(lines)
    plain = start == len(lines)
    if plain:  # no running text at all: a list, a poem, a table
        start = 1 if len(lines) > 1 and _is_title_like(lines[0]) else 0
    mark_lists(lines, start)
    title = _mark_head(lines, start)
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
