"""Where a page's text begins, and what stands above it: title, byline, captions, menus."""

from __future__ import annotations

import re

from malmoi.documents import signals
from malmoi.documents.bylines import is_byline, is_todays_date
from malmoi.documents.headings import marker
from malmoi.documents.lines import Line, mark
from malmoi.types import SectionKind

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
NEAR = 6
_APART = 3
_COLUMN = re.compile(r"[\[<【].{1,14}[\]>】]")


def _is_content(line: Line) -> bool:
    return line.kind is None and not line.furniture


def is_note(line: Line) -> bool:
    """True for a note, with or without Markdown's marks."""
    return signals.is_note(line.text) or signals.is_note(line.bare)


def _is_aside(line: Line) -> bool:
    return signals.is_caption(line.text) or is_note(line)


def mark_signed_caption(lines: list[Line]) -> None:
    """Take the first running text as a caption where its photographer signs it and the text follows."""
    running = [line for line in lines if line.prose and line.kind is None][:2]
    if len(running) == 2 and signals.is_signed_caption(running[0].text):
        running[0].kind = SectionKind.CAPTION


def body_start(lines: list[Line]) -> int:
    """Return the index of the first line of the body; the number of lines where there is no running text."""
    for i, line in enumerate(lines):
        if line.text in {"본문", "본문 내용", "본문내용"} and any(n.prose for n in lines[i : i + 25]):
            return next((j for j in range(i + 1, len(lines)) if _is_content(lines[j])), len(lines))
    running = [i for i, line in enumerate(lines) if line.prose and line.kind is None and not _is_aside(line)]
    start = len(lines)
    for here, following in zip(running, [*running[1:], len(lines)], strict=False):
        start = here
        # A slogan, notice or summary: title or byline come after it, before the next running text.
        between = range(here + 1, min(following, here + 1 + NEAR))
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


def is_title_like(line: Line) -> bool:
    """True for a line that may be a title by its length and by what it says."""
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
    like = [i for i, line in enumerate(head) if is_title_like(line)]
    if not like:
        return None
    bylines = [i for i, line in enumerate(head) if is_byline(line)]
    anchors = [anchor for anchor in [*bylines[:NEAR], len(head)] if any(i < anchor for i in like)]
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


def mark_head(lines: list[Line], start: int) -> Line | None:
    """Give the lines above the body their kinds; returns the title's line."""
    head = lines[:start]
    found = _find_title(head)
    is_page = any(line.furniture or is_byline(line) or line.hint.kind for line in head)
    if not is_page and sum(not _is_aside(line) for line in head) > _HEAD_BLOCK:
        # No page around it: a plain text that begins with short lines.
        found = 0 if is_title_like(head[0]) else None
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
        elif signals.is_caption(line.text) or is_captioned(lines, i):
            line.kind = SectionKind.CAPTION
        elif is_note(line) and not byline:
            line.kind = SectionKind.NOTE
        elif i != found and not byline and (_is_filler(line) or (is_page and _is_sandwiched(head, i))):
            line.kind = SectionKind.FURNITURE
        else:
            line.kind = SectionKind.HEAD
    return head[found] if found is not None else None


def is_captioned(lines: list[Line], i: int) -> bool:
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
