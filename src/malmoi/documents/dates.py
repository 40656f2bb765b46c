"""Dates as Korean and English pages print them, read into ISO 8601."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_TIME = (
    r"(?:(?P<half>오전|오후|AM|PM)\s*)?(?P<hour>\d{1,2})\s*[:시]\s*(?P<minute>\d{2})분?"
    r"(?:\s*:?\s*(?P<second>\d{2})초?)?(?:\.\d+)?\s*(?P<half2>[AaPp]\.?\s?[Mm]\.?)?"
)
_TAIL = rf"(?:\.?\s*[(\[]?[월화수목금토일](?:요일)?[)\]]?)?(?:[\s,T·|-]{{0,3}}{_TIME})?"
_MONTH = (
    r"(?P<name>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?"
    r"|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:\b(?:Mon|Tue(?:s)?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?[.,]?\s+)?"
_ENGLISH_TAIL = rf"(?:[\s,|·•—–-]{{0,3}}(?:at\s+)?{_TIME})?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_PATTERNS = tuple(
    re.compile(p, re.I)
    for p in (
        rf"(?<!\d){_YEAR}\s?(?P<sep>[.\-/년])\s?(?P<month>\d{{1,2}})\s?[.\-/월]\s?(?P<day>\d{{1,2}})(?!\d)\s?[.일]?{_TAIL}",
        rf"{_WEEKDAY}\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[.,]?\s+{_YEAR}{_ENGLISH_TAIL}",
        rf"{_WEEKDAY}\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+{_YEAR}{_ENGLISH_TAIL}",
    )
)
_SHORT_YEAR = re.compile(
    rf"(?<![\d.])(?P<year>\d\d)[.\-/](?P<month>\d{{1,2}})[.\-/](?P<day>\d{{1,2}})(?!\d)\.?{_TAIL}", re.I
)
_NO_YEAR = re.compile(rf"(?<![\d.])(?P<month>\d{{1,2}})\s?[.\-/월]\s?(?P<day>\d{{1,2}})(?!\d)[.일]?\s+{_TIME}", re.I)
_RELATIVE = re.compile(
    rf"(?:어제|오늘|그제|그저께|엊그제|방금(?:\s*전)?|yesterday|today|just\s+now)(?:,?\s*(?:at\s+)?{_TIME})?"
    r"|(?:약\s*)?\d+\s*(?:초|분|시간|일|주|주일|개월|달|년)\s*전"
    r"|(?:an?|\d+)\s*(?:sec(?:ond)?|min(?:ute)?|h(?:ou)?r|day|week|month|year)s?\s+ago|\d+[smhdwy]\s+ago",
    re.I,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _build(match: re.Match[str], year: int) -> str | None:
    part = match.groupdict()
    month = _MONTHS.index(part["name"][:3].casefold()) + 1 if part.get("name") else int(part["month"])
    hour = int(part["hour"]) if part.get("hour") else None
    half = (part.get("half") or part.get("half2") or "").casefold().replace(".", "").replace(" ", "")
    if hour is not None and half in {"오후", "pm"} and hour < 12:
        hour += 12
    if hour == 12 and half in {"오전", "am"}:
        hour = 0
    try:
        moment = datetime(year, month, int(part["day"]), hour or 0, int(part.get("minute") or 0))
        if part.get("second"):
            moment = moment.replace(second=int(part["second"]))
    except ValueError:
        return None
    if hour is None:
        return moment.date().isoformat()
    return moment.isoformat(timespec="seconds" if part.get("second") else "minutes")


def find_date(text: str, *, short_year: bool = False) -> tuple[str, int, int] | None:
    """Return the first full date in `text` as (ISO 8601, start, end), or None.

    With `short_year`, `25.02.01` counts as well; alone it could be a version number.
    """
    best: tuple[str, int, int] | None = None
    for pattern in (*_PATTERNS, *([_SHORT_YEAR] if short_year else [])):
        for match in pattern.finditer(text):
            year = int(match["year"])
            iso = _build(match, year if year > 99 else 2000 + year)
            if iso and (best is None or match.start() < best[1]):
                end = match.start() + len(match.group().rstrip(" .,|·-"))
                end += text[end - 3 : end + 1].casefold() in {"a.m.", "p.m."}
                best = (iso, match.start(), end)
                break
    return best


def normalise_date(value: str) -> str | None:
    """Read a date given as a field (ISO 8601 with or without a zone, or as pages print it); None when it is none.

    A zone is dropped, not converted: the date stays the one that the page shows.
    """
    value = value.strip()
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        found = find_date(value, short_year=True)
        return found[0] if found else None
    if re.fullmatch(r"[\d-]{8,10}", value):
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(timespec="seconds" if moment.second else "minutes")


def find_when(text: str, page_date: str | None) -> tuple[str | None, int, int] | None:
    """Find the time of a comment: (ISO 8601 or None when it cannot be dated, start, end).

    A date without a year takes the page's year, or the next when it would lie more than a day before the page.
    """
    if full := find_date(text, short_year=True):
        return full
    if match := _NO_YEAR.search(text):
        year = int(page_date[:4]) if page_date else 0
        iso = _build(match, year) if year else None
        if iso and page_date:
            day = datetime.fromisoformat(page_date[:10]) - timedelta(days=1)
            if datetime.fromisoformat(iso[:10]) < day:
                iso = _build(match, year + 1)
        end = match.start() + len(match.group().rstrip())
        return (iso, match.start(), end) if iso or not year else None
    if match := _RELATIVE.search(text):
        return (None, match.start(), match.start() + len(match.group().rstrip()))
    return None
