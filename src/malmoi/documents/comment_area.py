"""Where on a page its readers' comments stand."""

from __future__ import annotations

import re

from malmoi.documents import dates, imprint, signals
from malmoi.documents.comments import OF, SAYS, find_headers, read_author, read_when, texts_of
from malmoi.documents.lines import Line
from malmoi.types import SectionKind

_MOST_TRIES = 20
_LONGEST_HEADING = 80
_HEADING_CLOSES = re.compile(r"[)\]*_]{0,3}\s?(?:[:：]|\s[|—–-])(?=\s*\S)")
_MENU_LIKE_ACTION = re.compile(
    r"(?:답글|답변|신고|추천|비추천|공감|비공감|좋아요|싫어요|수정|삭제|공유|reply|report|like|dislike|share|flag)",
    re.I,
)


def _ends_area(line: Line) -> bool:
    text = line.text
    return imprint.is_copyright(text) or imprint.is_company(text) or signals.is_list_header(text)


def _extent(lines: list[Line], start: int) -> int:
    """Return where the comment area that begins at `start` ends."""
    end = start
    while end < len(lines) and not _ends_area(lines[end]) and lines[end].kind is not SectionKind.FURNITURE:
        end += 1
    # A menu after the last comment is the page's, not the comment's.
    last = max(
        (i for i in range(start, end) if read_author(lines[i].text) or read_when(lines[i].text, None)), default=start
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
    when = read_when(line.text[: found[2]], None)
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
        if OF.fullmatch(line.text) or (SAYS.fullmatch(line.text) and line.text.endswith(":") and _has_reply(lines, i)):
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
    headers = find_headers(lines[start + 1 : end], None)
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
    headers = find_headers(area, None)
    near = bool(headers) and len(texts_of(area[: headers[0].first])) <= 6
    if len(headers) >= 2 and near:
        return True
    if near:
        return inside <= before
    return number > 0 and 0 < inside * 2 <= before
