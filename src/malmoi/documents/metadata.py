"""Date, author and publisher, read from the lines of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from malmoi.documents import dates, signals
from malmoi.documents.bylines import (
    AUTHOR_LABEL,
    BY,
    BY_PART,
    LATIN_NAME,
    REPORTER_LINE,
    ROLE,
    WRITER,
    is_byline,
    leftover,
    parts_of_byline,
)
from malmoi.documents.lines import Line
from malmoi.types import SectionKind, Span

Found = tuple[str, Span]

_CHANGED = re.compile(r"수정|업데이트|최종|updated|modified|edited", re.I)
_FIRST = re.compile(r"입력|등록|작성|게시|발행|송고|배포|보도|승인|published|posted|created", re.I)
_REPORTER = re.compile(rf"(?P<name>[가-힣]{{2,4}})\s*(?:[가-힣A-Z]{{1,6}}\s*)?{ROLE}")
_DATELINE = re.compile(
    rf"[\[(【<]\s*(?:[^\]()\[】>]{{1,24}}[=·]\s*)?(?P<publisher>[^\]()\[】>=·]{{2,20}}?)\s*[\])】>]\s*(?:=\s*)?"
    rf"(?:(?P<name>[가-힣]{{2,4}})\s*(?:[·,]\s*[가-힣]{{2,4}}\s*)*{ROLE})"
)
_DATELINE_INSIDE = re.compile(
    rf"[\[(【]\s*(?P<publisher>[^\]()\[】=]{{2,16}}?)\s*[=|/\s]\s*(?P<name>[가-힣]{{2,4}})\s*{ROLE}\s*[\])】]"
)
_WIRE = re.compile(r"[A-Z][\w.,'’ ]{1,60}\s*\((?P<publisher>[A-Z][\w.& ]{1,24})\)\s*[-–—]+\s")
_OWNER = re.compile(
    r"(?:copyright|저작권자|[ⓒ©]|\(c\))(?:[\s:ⓒ©,<]|\(c\)|\((?=[ⓒ©]))*(?:by\s+|(?:19|20)\d\d(?:\s*[-–]\s*(?:19|20)?\d\d)?[\s,.]*(?:by\s+)?)*[ⓒ©\s]*"
    r"(?P<publisher>[^\s.,()<>|/\d][^.,()<>|/]{0,38}?)\s*(?:[.,()<>|/]|\(주\)|all\s+rights|무단|\b(?:19|20)\d\d\b|inc\b|ltd\b|$)",
    re.I,
)
_MASTHEAD = re.compile(r"[\W_]*제호\s*[:：]\s*(?P<publisher>[^()|\s][^()|]{1,30})")
_NEXT_LABEL = re.compile(
    r"\s(?:댓글|조회|작성일|등록일|추천|날짜|일시|ip|등급|포인트|레벨|views?|date)(?![\w가-힣])", re.I
)
_BY_INSIDE = re.compile(rf"\b[Bb][Yy]\s+(?P<name>{LATIN_NAME}|[^\s,|·]+)")
_OUTLET = re.compile(
    r"(?:신문|뉴스|일보|통신|방송|닷컴|미디어|저널|투데이|타임스|경제|매거진"
    r"|\b(?:times|news|post|daily|journal|courier|gazette|herald|tribune|observer|chronicle|review|magazine))$",
    re.I,
)
_STAFF = re.compile(
    r"(?:senior\s+|chief\s+|staff\s+|\w+\s+)?(?:writer|reporter|correspondent|editor|columnist)|(?:선임|전문|수습)?\s?기자",
    re.I,
)
_NOT_A_NAME = re.compile(r"관련|전체|사진|무단|기자|all rights|copyright|저작권", re.I)
_PRESS_RELEASE = re.compile(r"^[\[(]?.{0,60}?(?:--|—|–|/PRNewswire|/뉴스와이어|=|[)\]])")


def _dates_of(lines: Sequence[Line]) -> list[tuple[int, str, Span]]:
    found_dates: list[tuple[int, str, Span]] = []
    for line in lines:
        if not is_byline(line):
            continue
        at = 0
        while found := dates.find_date(line.text[at:], short_year=True):
            before = line.text[max(0, at + found[1] - 12) : at + found[1]]
            rank = 0 if _FIRST.search(before) else 2 if _CHANGED.search(before) else 1
            found_dates.append((rank, found[0], (line.start + at + found[1], line.start + at + found[2])))
            at += found[2]
    return found_dates


def page_date(head: Sequence[Line], rest: Sequence[Line], title: Line | None = None) -> Found | None:
    """Return the page's own date: of the byline, of a press release's dateline, or a labelled one below the text.

    Of two without a label, the one below the title counts.
    Dates of other posts, of the imprint and of the events told are never taken.
    """
    if candidates := _dates_of([n for n in head if n.kind is not SectionKind.FURNITURE]):
        below = title.start if title else 0
        _, iso, span = min(candidates, key=lambda c: (c[0], c[2][0] < below))
        return iso, span
    first = next((line for line in rest if line.prose), None)
    if first and (found := dates.find_date(first.text[:80])):
        opening = _PRESS_RELEASE.match(first.text)
        closed = re.match(r".{0,24}?(?:[)\]=]|--|—|–|/)", first.text[found[2] :])
        if opening and closed and found[1] <= 50 and re.match(r"[\[(]|[A-Z]", first.text):
            return found[0], (first.start + found[1], first.start + found[2])
    for line in rest:
        if (
            line.kind is None
            and is_byline(line)
            and re.match(r"\W*(?:기사\s*)?(?:입력|작성일|게시일|승인|송고|posted|published)", line.text, re.I)
        ):
            found = dates.find_date(line.text, short_year=True)
            if found:
                return found[0], (line.start + found[1], line.start + found[2])
    return None


def _span(line: Line, match: re.Match[str], group: str, value: str) -> Found:
    start = line.start + match.start(group) + match.group(group).index(value)
    return value, (start, start + len(value))


def _labelled_author(line: Line) -> Found | None:
    match = AUTHOR_LABEL.match(line.text)
    if not match:
        return None
    group = "name" if match["name"] else "name2"
    raw = match[group]
    spans = signals.ip_spans(raw)
    raw = raw[: spans[0][0]] if spans else raw
    found = dates.find_when(raw, None)
    raw = raw[: found[1]] if found else raw
    raw = _NEXT_LABEL.split(raw)[0]
    raw = re.sub(r"^(?:no_profile|profile)\s+", "", raw)
    value = re.split(r"[,|·(/]|\s{2,}", raw)[0].strip(" :-")
    return _span(line, match, group, value) if value and len(value) <= 30 else None


def _byline_author(line: Line) -> Found | None:
    if not is_byline(line):
        match = BY.match(line.text)
        return _span(line, match, "name", match["name"]) if match else None
    for part in parts_of_byline(line):
        if match := BY_PART.match(part.text) or (WRITER.fullmatch(part.text) if part.text != line.text else None):
            return _span(part, match, "name", re.sub(rf"\s+{ROLE}$", "", match["name"].strip("*_ ")))
    if (match := BY.match(line.text)) or (
        (match := _BY_INSIDE.search(line.text)) and not dates.find_date(match["name"])
    ):
        return _span(line, match, "name", match["name"])
    match = _REPORTER.search(line.text)
    return _span(line, match, "name", match["name"]) if match else None


def find_author(lines: Sequence[Line]) -> Found | None:
    """Return the writer that the head, the dateline, a note, or the line above the date names."""
    head = [n for n in lines if n.kind is SectionKind.HEAD]
    notes = [n for n in lines if n.kind is SectionKind.NOTE]
    body = [n for n in lines if n.kind is SectionKind.BODY and n.prose][:2]
    for line in head:
        if found := _labelled_author(line) or _byline_author(line):
            return found
    for line in body:
        for pattern in (_DATELINE, _DATELINE_INSIDE):
            if match := pattern.match(line.text):
                return _span(line, match, "name", match["name"])
    for line in notes:
        trimmed = re.match(r"[-–\s]*", line.text)
        offset = trimmed.end() if trimmed else 0
        inner = Line(line.start + offset, line.end, line.text[offset:], line.gap, line.hint)
        if found := _labelled_author(inner):
            return found
    return _name_above(head) or _closing_reporter(lines)


def _name_above(head: Sequence[Line]) -> Found | None:
    """A name on a line of its own above the date or above what its bearer does."""
    for above, line in pairwise(head):
        text = above.text
        if _STAFF.fullmatch(line.text) and re.fullmatch(rf"{LATIN_NAME}|[가-힣]{{2,4}}", text):
            return text, (above.start, above.end)
        named = re.fullmatch(r"[\w.가-힣]+(?:\s[\w.가-힣]+)?", text) and not text.isdigit() and 2 <= len(text) <= 12
        if named and above is not head[0] and not is_byline(above) and is_byline(line) and dates.find_date(line.text):
            return text, (above.start, above.end)
    return None


def _closing_reporter(lines: Sequence[Line]) -> Found | None:
    """A reporter's name with an address below the text."""
    for line in lines:
        if line.kind is not SectionKind.FURNITURE or len(line.text) > 60 or "@" not in line.text:
            continue
        if (match := REPORTER_LINE.match(line.text)) and not _NOT_A_NAME.search(match["name"]):
            return _span(line, match, "name", match["name"])
    return None


def find_publisher(lines: Sequence[Line]) -> Found | None:
    """Return the outlet: of the dateline, beside the date, of the masthead, or of the copyright line."""
    body = [n for n in lines if n.kind is SectionKind.BODY and n.prose][:2]
    for line in body:
        for pattern in (_DATELINE, _DATELINE_INSIDE, _WIRE):
            match = pattern.match(line.text)
            if match and not dates.find_date(match["publisher"]):
                return _span(line, match, "publisher", match["publisher"].strip())
    for line in lines:
        if line.kind is SectionKind.HEAD and is_byline(line) and (found := _outlet_part(line) or _beside_date(line)):
            return found
    for pattern in (_MASTHEAD, _OWNER):
        for line in lines:
            if line.kind is not SectionKind.FURNITURE:
                continue
            match = pattern.match(line.text) if pattern is _MASTHEAD else pattern.search(line.text)
            if match and (value := match["publisher"].strip(" .-·")) and not _NOT_A_NAME.search(value):
                return _span(line, match, "publisher", value)
    return None


def _outlet_part(line: Line) -> Found | None:
    """The part of a row that ends as names of newspapers do."""
    for part in parts_of_byline(line):
        if part.text != line.text and _OUTLET.search(part.text) and len(part.text) <= 30:
            return part.text, (part.start, part.end)
    return None


def _beside_date(line: Line) -> Found | None:
    """The name that alone shares a line with the date: `[2024-05-20, 10:26:51] NAME`."""
    rest = leftover(line.text)
    if not rest or _BY_INSIDE.search(line.text) or rest not in line.text or len(rest) > 20 or len(rest.split()) > 3:
        return None
    if (
        signals.is_counter(rest)
        or signals.is_furniture(rest)
        or AUTHOR_LABEL.match(rest)
        or signals.is_section_name(rest)
    ):
        return None
    if _REPORTER.search(rest) or re.search(r"\d", rest) or line.text.index(rest) < len(line.text) // 2:
        return None
    start = line.start + line.text.index(rest)
    return rest, (start, start + len(rest))
