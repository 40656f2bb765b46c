"""Bylines: lines that name a page's writer or date and little else."""

from __future__ import annotations

import re

from malmoi.documents import dates, signals
from malmoi.documents.lines import Line

_LABELS = re.compile(
    r"(?:최초\s*|기사\s*|최종\s*)?(?:입력|수정|등록|작성|게시|발행|업데이트|승인|송고|배포|보도|게재)(?:일시|일자|시간|시각|일)?\s*[:：]?"
    r"|\b(?:published|posted|updated|last\s+(?:updated|modified)|modified|created|date|first\s+published|on|at|by|edited)\b\s*[:：]?"
    r"|날짜\s*[:：]?|일시\s*[:：]?|\b(?:KST|GMT|UTC|EST|EDT|PST|PDT|BST|CET|ET|PT)\b",
    re.I,
)
ROLE = (
    r"(?:(?:선임|전문|인턴|객원|수습)\s?기자|기자|특파원|논설위원|칼럼니스트|에디터|앵커|PD|통신원"
    r"|편집위원|편집장|연구원|위원)"
)
LATIN_NAME = r"[A-Z][\w.'’-]+(?:\s+(?:[A-Z][\w.'’-]*|de|van|von|bin|al)){1,3}"
AUTHOR_LABEL = re.compile(
    r"(?:작성자|글쓴이|저자|필자|지은이|등록자|게시자|author|written\s+by|posted\s+by|words\s+by|text\s+by)\s*[:：]?\s+(?P<name>.{1,60})"
    r"|(?:작성자|글쓴이|저자|필자|이름|닉네임|author)\s*[:：]\s*(?P<name2>.{1,60})",
    re.I,
)
BY = re.compile(rf"[Bb][Yy]:?\s+(?P<name>{LATIN_NAME}(?:(?:,|\s+and|\s+&)\s+{LATIN_NAME})*)")
REPORTER_LINE = re.compile(
    rf"[\[(<■▶/·|\s]*(?:[가-힣A-Za-z0-9]{{2,14}}\s*[=|/·-]?\s*)?(?P<name>[가-힣]{{2,4}})\s*{ROLE}[\])>\s:=]*"
)
WRITER = re.compile(r"(?:글|취재|정리|글\s?[·/&]\s?사진)\s*[=:：]?\s+(?P<name>[^\s\d].{0,24})")
_CREDITS = re.compile(r"(?:글|취재|정리|사진|그림|영상|편집|글\s?[·/&]\s?사진)\s*[=:：]?\s+\S.{0,20}")
BY_PART = re.compile(rf"[Bb][Yy]:?\s+(?:the\s[^.!?]{{1,40}},\s+)?(?P<name>{LATIN_NAME})")
_CREDITED = re.compile(rf"\b[Bb]y\s+{LATIN_NAME}(?:\s+in\s+[A-Z]\w+)?")
_EVENT_DATE = re.compile(
    r"(?:적용|시행|기간|행사|일정|마감|접수|신청|기한|시작|종료|출시|개최|대상|effective|event|deadline|start|end|due|when)[^:：]{0,8}[:：]\s*$|\b(?:since|est\.?)\s*$|(?:개설|창립|설립|창간)일?\s*[:：]?\s*$",
    re.I,
)
_ITEM = re.compile(r"(?:\d{1,2}[.)]\s|[-–•○□◦▶①-⑳]\s?|[가-하][.)]\s)")
_MOST_UNKNOWN_PARTS = 2


def leftover(text: str) -> str | None:
    """Return what a dated line holds beside its dates and their labels, or None when it has no date."""
    dated = False
    while found := dates.find_date(text, short_year=True):
        text = f"{text[: found[1]]} {text[found[2] :]}"
        dated = True
    if not dated:
        return None
    for start, end in reversed(signals.ip_spans(text)):
        text = text[:start] + text[end:]
    return re.sub(r"\s+", " ", _LABELS.sub(" ", text)).strip(" .|·•,:;/()[]<>-–—~")


def is_byline(line: Line) -> bool:
    """True for a line that names the page's writer or date and little else."""
    text = line.bare
    if len(text) > 120:
        return False
    relative = dates.find_when(text, None)
    if relative and relative[0] is None and relative[1] == 0 and relative[2] == len(text):
        return True
    found = dates.find_date(text, short_year=True)
    if found and (_ITEM.match(text) or _EVENT_DATE.search(text[: found[1]])):
        return False
    rest = leftover(signals.without_counters(_CREDITED.sub(" ", text)))
    if rest is not None and not re.search(r"[!?]$|[다요]$", rest):
        if len(rest) <= (8 if line.prose else 30) and len(rest.split()) <= 6:
            return True
        if not line.prose and _is_row(text):
            return True
    if len(text) > 70 or line.prose:
        return False
    parts = signals.parts_of(text)
    if len(parts) > 1 and WRITER.fullmatch(parts[0]) and all(_CREDITS.fullmatch(part) for part in parts):
        return True
    return bool(AUTHOR_LABEL.fullmatch(text) or BY.fullmatch(text) or REPORTER_LINE.fullmatch(text))


def is_todays_date(line: Line) -> bool:
    """True for a date without a label or a name: above a title it may be the day on which the page was seen."""
    return leftover(line.text) == "" and not _LABELS.search(line.text)


def _is_row(text: str) -> bool:
    """True for a date among names, counters and issue numbers that bars or dots divide."""
    unknown = 0
    parts = signals.parts_of(text)
    for part in parts:
        rest = leftover(part)
        if rest is not None and len(rest) <= 16:
            continue
        rest = signals.without_counters(part).strip()
        if not rest or BY_PART.fullmatch(rest) or WRITER.fullmatch(rest) or REPORTER_LINE.fullmatch(rest):
            continue
        if len(rest) > 30 or len(rest.split()) > 5 or signals.ends_sentence(rest):
            return False
        unknown += 1
    return len(parts) > 1 and unknown <= _MOST_UNKNOWN_PARTS


def parts_of_byline(line: Line) -> list[Line]:
    """Cut a byline at its bars and dots."""
    found: list[Line] = []
    at = 0
    for part in signals.parts_of(line.text):
        at = line.text.index(part, at)
        found.append(Line(line.start + at, line.start + at + len(part), part, False, line.hint))
    return found
