"""Readers' comments: which lines are one, who wrote it, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from malmoi.documents import dates, signals
from malmoi.documents.lines import Line
from malmoi.types import SectionKind

OF = re.compile(r"(?P<name>.{1,30}?)\s?님의\s*(?:댓글|답글|대댓글|의견)(?:의\s*(?:댓글|답글))*")
_BY = re.compile(
    r"(?:(?:대댓글|댓글|답글)\s*)?(?:작성자|글쓴이|닉네임|이름|아이디|작성인|posted\s+by|comment\s+by|name)\s*[:：]?\s+(?P<name>.{1,60})",
    re.I,
)
SAYS = re.compile(r"(?P<name>.{2,40}?)\s+(?:says?|said|wrote|commented|replied|writes)\s*:?", re.I)
_LABEL = re.compile(
    r"\b(?:no_profile|profile|작성일시?|등록일시?|작성시간|일시|시간|날짜|아이피|ip|posted|commented|replied|edited|on|at|said|says)\b\s*[:：]?"
    r"|(?:작성일시?|등록일시?|작성시간|댓글주소|아이피)\s*[:：]?|수정됨|\(수정\)|\(edited\)",
    re.I,
)
_ACTION_WORDS = re.compile(
    r"(?:댓글주소|수정/삭제|수정|삭제|신고하기|신고|답글쓰기|답글달기|답글|답변|댓글쓰기|추천|공감|비공감|reply|report|like|share|permalink|flag)\b",
    re.I,
)
_FORM = re.compile(r"(?:이름|성명|닉네임|비밀번호|홈페이지|내용|e-?mail|이메일|name|website|url)\s*\*?:?", re.I)
_BADGE = re.compile(r"블로그\s?주인|글쓴이|작성자|author|op|original\s+poster", re.I)
_EDGE = " \t|·•/,:;()[]<>-–—~@"


@dataclass
class Comment:
    """One comment: the lines of its text, its writer and time."""

    author: str | None = None
    date: str | None = None
    when: str | None = None
    lines: list[Line] = field(default_factory=list)


@dataclass
class _Header:
    """A run of lines that name a comment's writer and time; positions within the area."""

    first: int
    last: int
    author: str | None = None
    date: str | None = None
    when: str | None = None


def _clean_name(raw: str) -> str | None:
    """Take addresses, labels and profile marks out of a writer's name."""
    for start, end in reversed(signals.ip_spans(raw)):
        raw = raw[:start] + raw[end:]
    raw = re.sub(r"\*\*|__", "", raw)
    raw = _ACTION_WORDS.sub(" ", _LABEL.sub(" ", raw))
    name = re.sub(r"\s+", " ", raw).strip(_EDGE)
    name = re.sub(r"\s*님$", "", name)
    return name or None


def read_author(text: str) -> str | None:
    """Return the writer that a comment's heading line names, or None for another line."""
    for pattern in (OF, _BY, SAYS):
        if len(text) <= 90 and (match := pattern.fullmatch(text)):
            name = match["name"]
            if found := dates.find_when(name, None):
                name = name[: found[1]] + " " + name[found[2] :]
            return _clean_name(name)
    return None


def read_when(text: str, page_date: str | None) -> tuple[str | None, str, str | None] | None:
    """Read a line that carries a comment's time: (ISO or None, as printed, writer on the same line or None)."""
    if len(text) > 90 or not (found := dates.find_when(text, page_date)):
        return None
    iso, start, end = found
    printed = text[start:end]
    rest = text[:start] + " " + text[end:]
    if match := _BY.match(rest.strip()):
        return (iso, printed, _clean_name(match["name"]))
    name = _clean_name(rest)
    if not name or not re.search(r"\w", name) or signals.is_controls(name) or signals.is_counter(name):
        return (iso, printed, None)
    bare = iso is None and not re.search(r"\d", printed)
    limit = 1 if bare else 3
    if len(name) <= 24 and len(name.split()) <= limit and not signals.ends_sentence(rest.strip()):
        return (iso, printed, name)
    return None


def _is_action(line: Line) -> bool:
    return (
        line.furniture
        or bool(_FORM.fullmatch(line.text) or _BADGE.fullmatch(line.text))
        or signals.is_number(line.text)
        or signals.is_section_name(line.text)
    )


def find_headers(area: list[Line], page_date: str | None) -> list[_Header]:
    """Return the places in a comment area that name a comment's writer or time."""
    headers: list[_Header] = []
    for i, line in enumerate(area):
        author = _clean_name(line.text) if line.hint.role == "author" else read_author(line.text)
        when = None if line.furniture and not signals.ip_spans(line.text) else read_when(line.text, page_date)
        if author is None and when is None:
            continue
        last = headers[-1] if headers else None
        joined = last is not None and all(_is_action(between) for between in area[last.last + 1 : i])
        if joined and last is not None and (OF.fullmatch(line.text) or (when and last.when) or i - last.last > 3):
            joined = False
        if not joined or last is None:
            last = _Header(i, i)
            headers.append(last)
        last.last = i
        last.author = last.author or author
        if when:
            last.date, last.when = when[0], when[1]
            last.author = last.author or when[2]
    return headers


def _looks_like_name(line: Line) -> bool:
    return (
        len(line.text) <= 24
        and len(line.text.split()) <= 3
        and not line.prose
        and (not line.text.endswith(".") or bool(re.search(r"\b[A-Z]\.$", line.text)))
    )


def texts_of(area: list[Line]) -> list[Line]:
    """Return the lines of a comment area without buttons, counters and forms."""
    return [line for line in area if not _is_action(line)]


def _unbroken(area: list[Line]) -> list[Line]:
    """The text of one comment: it ends at the first furniture below it, however the page goes on."""
    block: list[Line] = []
    for line in area:
        if not _is_action(line):
            block.append(line)
        elif block and not signals.is_symbols(line.text) and not signals.is_hashtags(line.text):
            break
    return block


def _writers_come_first(opening: list[Line], between: list[list[Line]]) -> bool:
    """True where the order is writer, text, time; False where it is writer, time, text."""
    blocks = [block for block in [opening, *between] if len(block) > 1]
    first = sum(_looks_like_name(block[0]) for block in blocks)
    return first > sum(_looks_like_name(block[-1]) for block in blocks)


def read_comments(area: list[Line], page_date: str | None) -> list[Comment]:
    """Cut the lines of a comment area into comments; lines in none of them are the area's furniture."""
    headers = [h for h in find_headers(area, page_date) if h.when or h.author]
    if not headers:
        return []
    opening = texts_of(area[: headers[0].first])
    closing = texts_of(area[headers[-1].last + 1 :])
    named = any(h.author for h in headers)
    comments: list[Comment] = []
    between = [texts_of(area[a.last + 1 : b.first]) for a, b in pairwise(headers)]
    if not named and len(opening) >= 2 and (not closing or _writers_come_first(opening, between)):
        start = 0
        for header in headers:
            block = texts_of(area[start : header.first])
            if block:
                name = _clean_name(block[0].text) if len(block) > 1 and _looks_like_name(block[0]) else None
                comments.append(Comment(name, header.date, header.when, block[1:] if name else block))
            start = header.last + 1
        return comments
    above = not named and len(opening) >= 1 and _looks_like_name(opening[-1])  # writer, time, text
    writer = opening.pop() if above else None
    for i, header in enumerate(headers):
        end = headers[i + 1].first if i + 1 < len(headers) else len(area)
        inside = area[header.last + 1 : end]
        author = header.author or (_clean_name(writer.text) if writer else None)
        texts = texts_of(inside)
        named_below = above and i + 1 < len(headers) and texts and _looks_like_name(texts[-1])
        writer = texts[-1] if named_below else None
        block = [line for line in _unbroken(inside) if line is not writer]
        if block:
            comments.append(Comment(author, header.date, header.when, block))
    return comments


def mark_comments(lines: list[Line], area: tuple[int, int], page_date: str | None) -> list[Comment]:
    """Give every line of the area its kind and return its comments, in order."""
    start, end = area
    skip = 1 if signals.comment_header(lines[start].text) is not None else 0
    inside = [line for line in lines[start + skip : end] if line.kind is None]
    comments = read_comments(inside, page_date)
    if not comments:
        for line in texts_of(inside):
            if comments and not line.gap:
                comments[-1].lines.append(line)
            else:
                comments.append(Comment(lines=[line]))
    for number, comment in enumerate(comments):
        for line in comment.lines:
            line.kind, line.comment = SectionKind.COMMENT, number
    for line in lines[start:end]:
        if line.kind is None:
            line.kind = SectionKind.FURNITURE
    return comments
