"""Readers' comments: where they begin, who wrote each, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from malmoi.documents import dates, signals
from malmoi.documents.lines import Line
from malmoi.types import SectionKind

_OF = re.compile(r"(?P<name>.{1,30}?)\s?님의\s*(?:댓글|답글|대댓글|의견)(?:의\s*(?:댓글|답글))*")
_BY = re.compile(
    r"(?:(?:대댓글|댓글|답글)\s*)?(?:작성자|글쓴이|닉네임|이름|아이디|작성인|posted\s+by|comment\s+by|name)\s*[:：]?\s+(?P<name>.{1,60})",
    re.I,
)
_SAYS = re.compile(r"(?P<name>.{2,40}?)\s+(?:says?|said|wrote|commented|replied|writes)\s*:?", re.I)
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
_MOST_TRIES = 20
_LONGEST_HEADING = 80
_HEADING_CLOSES = re.compile(r"[)\]*_]{0,3}\s?(?:[:：]|\s[|—–-])(?=\s*\S)")
_MENU_LIKE_ACTION = re.compile(
    r"(?:답글|답변|신고|추천|비추천|공감|비공감|좋아요|싫어요|수정|삭제|공유|reply|report|like|dislike|share|flag)",
    re.I,
)


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
    for pattern in (_OF, _BY, _SAYS):
        if len(text) <= 90 and (match := pattern.fullmatch(text)):
            name = match["name"]
            if found := dates.find_when(name, None):
                name = name[: found[1]] + " " + name[found[2] :]
            return _clean_name(name)
    return None


def _read_when(text: str, page_date: str | None) -> tuple[str | None, str, str | None] | None:
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


def _headers(area: list[Line], page_date: str | None) -> list[_Header]:
    headers: list[_Header] = []
    for i, line in enumerate(area):
        author = _clean_name(line.text) if line.hint.role == "author" else read_author(line.text)
        when = None if line.furniture and not signals.ip_spans(line.text) else _read_when(line.text, page_date)
        if author is None and when is None:
            continue
        last = headers[-1] if headers else None
        joined = last is not None and all(_is_action(between) for between in area[last.last + 1 : i])
        if joined and last is not None and (_OF.fullmatch(line.text) or (when and last.when) or i - last.last > 3):
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


def _texts(area: list[Line]) -> list[Line]:
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
    headers = [h for h in _headers(area, page_date) if h.when or h.author]
    if not headers:
        return []
    opening = _texts(area[: headers[0].first])
    closing = _texts(area[headers[-1].last + 1 :])
    named = any(h.author for h in headers)
    comments: list[Comment] = []
    between = [_texts(area[a.last + 1 : b.first]) for a, b in pairwise(headers)]
    if not named and len(opening) >= 2 and (not closing or _writers_come_first(opening, between)):
        start = 0
        for header in headers:
            block = _texts(area[start : header.first])
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
        texts = _texts(inside)
        named_below = above and i + 1 < len(headers) and texts and _looks_like_name(texts[-1])
        writer = texts[-1] if named_below else None
        block = [line for line in _unbroken(inside) if line is not writer]
        if block:
            comments.append(Comment(author, header.date, header.when, block))
    return comments


def _ends_area(line: Line) -> bool:
    text = line.text
    return signals.is_copyright(text) or signals.is_company(text) or signals.is_list_header(text)


def _extent(lines: list[Line], start: int) -> int:
    """Return where the comment area that begins at `start` ends."""
    end = start
    while end < len(lines) and not _ends_area(lines[end]) and lines[end].kind is not SectionKind.FURNITURE:
        end += 1
    # A menu after the last comment is the page's, not the comment's.
    last = max(
        (i for i in range(start, end) if read_author(lines[i].text) or _read_when(lines[i].text, None)), default=start
    )
    for i in range(last + 1, end):
        text = lines[i].text
        if signals.is_controls(text) and not signals.is_symbols(text) and not _MENU_LIKE_ACTION.match(text):
            return i
    return end


def split_one_line_comments(lines: list[Line], first: int) -> None:
    """Cut "NAME, DATE: TEXT" below the heading of the comments in two, so that the heading names its writer."""
    begin = next((i for i in range(first, len(lines)) if signals.comment_header(lines[i].text) not in (None, 0)), None)
    if begin is None:
        return
    cut: list[Line] = []
    for line in lines[begin + 1 :]:
        end = _heading_end(line)
        if end:
            text = line.text[end:].lstrip()
            start = line.end - len(text)
            head = line.text[:end]
            cut.append(Line(line.start, line.start + len(head), head, line.gap, line.hint))
            line = Line(start, line.end, text, False, line.hint, prose=signals.is_prose(text))
        cut.append(line)
    lines[begin + 1 :] = cut


def _heading_end(line: Line) -> int:
    """Return where "NAME, DATE:" ends before a comment's text on the same line; 0 for another line."""
    if line.kind is not None or line.furniture or not (found := dates.find_when(line.text[:_LONGEST_HEADING], None)):
        return 0
    closing = _HEADING_CLOSES.match(line.text, found[2])
    when = _read_when(line.text[: found[2]], None)
    return closing.end() if closing and when and when[2] else 0


def find_area(lines: list[Line], first: int) -> tuple[int, int] | None:
    """Find the comment area after line `first`: (its heading line, its end), or None.

    A heading that announces no comments opens none, and neither does a counter that is followed by no comment.
    """
    hinted = [i for i in range(first, len(lines)) if lines[i].hint.comment]
    if hinted:
        return hinted[0], hinted[-1] + 1
    tries = 0
    for i in range(first, len(lines)):
        line = lines[i]
        if line.kind is not None:
            continue
        if _OF.fullmatch(line.text) or (
            _SAYS.fullmatch(line.text) and line.text.endswith(":") and _has_reply(lines, i)
        ):
            return i, _extent(lines, i)
        number = signals.comment_header(line.text)
        if number is None or number == 0:
            continue
        tries += 1
        if tries > _MOST_TRIES:
            break
        end = _extent(lines, i + 1)
        if _is_area(lines, i, end, number):
            return _nearest_heading(lines, i, end), end
    return None


def _nearest_heading(lines: list[Line], start: int, end: int) -> int:
    """Return the last of several headings above the first comment: a counter below the text may be the first."""
    headers = _headers(lines[start + 1 : end], None)
    before = lines[start + 1 : start + 1 + headers[0].first] if headers else []
    number = signals.comment_header(lines[start].text)
    repeated = [i for i, line in enumerate(before, start + 1) if signals.comment_header(line.text) == number]
    return repeated[-1] if repeated else start


def _has_reply(lines: list[Line], start: int) -> bool:
    return any(re.match(r"(?:reply|답글)\b", line.text, re.I) for line in lines[start : start + 8])


def _is_area(lines: list[Line], start: int, end: int, number: int) -> bool:
    area = lines[start + 1 : end]
    before = sum(len(line.text) for line in lines[:start] if line.prose)
    inside = sum(len(line.text) for line in area if line.prose)
    headers = _headers(area, None)
    near = bool(headers) and len(_texts(area[: headers[0].first])) <= 6
    if len(headers) >= 2 and near:
        return True
    if near:
        return inside <= before
    return number > 0 and 0 < inside * 2 <= before


def mark_comments(lines: list[Line], area: tuple[int, int], page_date: str | None) -> list[Comment]:
    """Give every line of the area its kind and return its comments, in order."""
    start, end = area
    skip = 1 if signals.comment_header(lines[start].text) is not None else 0
    inside = [line for line in lines[start + skip : end] if line.kind is None]
    comments = read_comments(inside, page_date)
    if not comments:
        for line in _texts(inside):
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
