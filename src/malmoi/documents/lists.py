"""Lists of other articles: rankings, related stories, and records of title, writer, date and counters."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

from malmoi.documents import dates, signals
from malmoi.documents.lines import Line, mark
from malmoi.types import SectionKind

_REPLY = re.compile(r"(?:답글|댓글쓰기|신고|reply)\b|님의\s*(?:댓글|답글)|\bsays:$|대댓글", re.I)
_WIDEST = 8
_MOST_TEXT = 400
_FEWEST = 3
_NUMBERED = re.compile(r"(?:\d{1,2}[.)위]?\s+\S|\d{1,2}\.\s?\S)")


def is_date_line(text: str) -> bool:
    """True for a line of a date with at most a few words beside it."""
    if len(text) > 60 or not (found := dates.find_date(text, short_year=True)):
        return False
    return len((text[: found[1]] + text[found[2] :]).strip(" |·,-()[]")) <= 16


def _signature(line: Line) -> str:
    if is_date_line(line.text):
        return "date"
    if signals.is_counter(line.text):
        return re.sub(r"[\d,.]+", "0", line.text)
    return ""


def _chains(lines: list[Line], places: list[int]) -> list[list[int]]:
    """Cut the places where one signature stands into runs with little between neighbours."""
    runs: list[list[int]] = []
    for place in places:
        if runs:
            between = lines[runs[-1][-1] + 1 : place]
            near = len(between) <= _WIDEST and sum(len(b.text) for b in between) <= _MOST_TEXT
            if near and len(between) >= 1:
                runs[-1].append(place)
                continue
        runs.append([place])
    return [run for run in runs if len(run) >= _FEWEST]


def mark_records(lines: list[Line]) -> None:
    """Mark runs of three and more records (title, writer, date, counters) as furniture.

    A run of dates alone may be a chronicle: it counts only with counters beside the dates.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        if line.kind is None and (signature := _signature(line)):
            places[signature].append(i)
    for signature, found in places.items():
        for run in _chains(lines, found):
            step = max(b - a for a, b in pairwise(run))
            first, last = max(0, run[0] - step + 1), min(len(lines), run[-1] + step)
            inside = lines[run[0] : run[-1] + 1]
            counters = sum(signals.is_counter(line.text) for line in inside)
            if signature == "date" and counters < len(run):
                continue
            if sum(bool(_REPLY.search(line.text)) for line in lines[first:last]) >= 2:
                continue
            if any(signals.comment_header(line.text) not in (None, 0) for line in lines[max(0, first - 3) : first]):
                continue
            start, end = run[0], run[-1] + 1
            while start > first and not lines[start - 1].furniture and not _is_text(lines[start - 1]):
                start -= 1
            while end < last and not _is_text(lines[end]) and signals.comment_header(lines[end].text) is None:
                end += 1
            mark(lines[start:end], SectionKind.FURNITURE)


def _is_text(line: Line) -> bool:
    return line.prose and signals.ends_sentence(line.text) and len(line.text) >= 60


def mark_teasers(lines: list[Line]) -> None:
    """Mark runs of three and more lines that were cut off with dots, or end in a date, as furniture."""
    run: list[Line] = []
    numbered = False
    for line in [*lines, None]:
        if line is not None and line.kind is None and not line.prose and len(line.text) <= 120:
            found = dates.find_date(line.text)
            dated = found is not None and len(line.text) - found[2] <= 3 and found[1] >= 6
            if (signals.is_truncated(line.text) and not line.text.startswith(("-", "*", "•"))) or dated:
                run.append(line)
                numbered = numbered or bool(_NUMBERED.match(line.text))
                continue
        if len(run) >= _FEWEST:
            mark(run, SectionKind.FURNITURE)
        run, numbered = [], False


def _resumes(lines: list[Line], i: int, waited: int) -> bool:
    """True where the article goes on after a list: running text, followed by more of it."""
    line = lines[i]
    if not line.prose or signals.is_truncated(line.text) or len(line.text) < 50:
        return False
    wanted = 3 if waited > 10 else 2
    following = [n for n in lines[i : i + 8] if n.kind is None and not signals.is_caption(n.text)][:wanted]
    if len(following) == wanted and all(n.prose and not signals.is_truncated(n.text) for n in following):
        return True
    return waited <= 6 and len(line.text) >= 90


def mark_lists(lines: list[Line], first: int) -> None:
    """Mark what stands under the heading of a list of articles, from line `first` on, as furniture.

    The list lasts until the article resumes or the comments begin.
    """
    i = first
    while i < len(lines):
        columns = " ".join(line.text for line in lines[i : i + 3])  # a board's column names, one a line
        if lines[i].kind is not None or not (signals.is_list_header(lines[i].bare) or signals.is_list_header(columns)):
            i += 1
            continue
        lines[i].kind = SectionKind.FURNITURE
        begun = i
        i += 1
        while i < len(lines):
            if lines[i].kind is None:
                number = signals.comment_header(lines[i].text)
                opens = number is not None and (
                    number > 0 or (number == -1 and not signals.is_list_header(lines[i].bare))
                )
                if opens or lines[i].hint.comment or lines[i].hint.level or _resumes(lines, i, i - begun - 1):
                    break
                lines[i].kind = SectionKind.FURNITURE
            i += 1
