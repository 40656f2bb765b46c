"""Dates said in words: weekdays, reigns, quarters, and days counted from the day of writing (지난달 17일, last year)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from malmoi.language.values_digits import MONTHS, calendar_date, fold
from malmoi.language.values_types import Readers, Reading, Value, ValueKind, read_matches

_ERAS = {
    "단기": -2333, "세종": 1418, "세조": 1454, "단종": 1452, "중종": 1505, "선조": 1567, "광해군": 1608, "인조": 1622,
    "효종": 1649, "숙종": 1674, "경종": 1720, "영조": 1724, "정조": 1776, "순조": 1800, "헌종": 1834, "철종": 1849,
    "연산군": 1494, "건양": 1895, "광무": 1896, "융희": 1906, "메이지": 1867, "다이쇼": 1911, "쇼와": 1925, "헤이세이": 1988,
    "레이와": 2018, "明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民国": 1911,
}  # fmt: skip
"""The year before the first of each era or reign; kings of Joseon whose name no king of Goryeo bears."""
_WEEKDAYS = {
    name: i
    for i, names in enumerate(
        "월 monday 一,화 tuesday 二,수 wednesday 三,목 thursday 四,금 friday 五,토 saturday 六,일 sunday 日 天".split(
            ","
        ),
        start=1,
    )
    for name in names.split()
}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_ORDINALS |= {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4, "上": 1, "下": 2}
_YEARS = {"재작년": -2, "지난해": -1, "작년": -1, "전년": -1, "올해": 0, "금년": 0, "올 ": 0, "내년": 1, "이듬해": 1, "후년": 2,
          "last year": -1, "this year": 0, "next year": 1, "去年": -1, "今年": 0, "明年": 1, "前年": -2}  # fmt: skip
_MONTHS = {"지지난달": -2, "지난달": -1, "지난 달": -1, "이달": 0, "이번 달": 0, "다음 달": 1, "다음달": 1, "내달": 1,
           "last month": -1, "this month": 0, "next month": 1, "上个月": -1, "本月": 0, "下个月": 1}  # fmt: skip
_DAYS = {"그저께": -2, "어제": -1, "오늘": 0, "내일": 1, "모레": 2, "글피": 3, "yesterday": -1, "today": 0, "tomorrow": 1,
         "昨天": -1, "今天": 0, "明天": 1, "前天": -2, "后天": 2}  # fmt: skip


def _any(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_CALENDAR = re.compile(
    r"(?<![A-Za-z가-힣])(?=[월화수목금토일mtwfs星周礼\dq第上下firsthird"
    + "".join({era[0] for era in _ERAS})
    + r"])(?:"
    + "|".join(
        (
            r"(?P<weekday>(?<![가-힣])(?P<kw>[월화수목금토일])요일|\b(?P<ew>mon|tues|wednes|thurs|fri|satur|sun)days?\b|(?:星期|周|礼拜)(?P<zw>[一二三四五六日天]))",
            rf"(?P<era>(?<![가-힣])(?P<en>{'|'.join(_ERAS)})\s?(?P<ey>\d{{1,4}}|원)\s?[년年](?!\s?(?:간|동안))(?:\s?(?P<em>\d{{1,2}})[월月](?:\s?(?P<ed>\d{{1,2}})[일日])?)?)",
            r"(?P<quarter>\bq(?P<q1>[1-4])(?:\s(?P<qy1>\d{4}))?\b|\b(?P<q2>first|second|third|fourth)[ -]quarter(?: of (?P<qy2>\d{4}))?\b|(?:(?P<qy3>\d{4})年)?第?(?P<q3>[一二三四1-4])季度)",
            r"(?P<half>(?<![가-힣])(?P<h1>상|하)반기|\b(?P<h2>first|second) half of (?P<hy>\d{4})\b|(?P<h3>[上下])半年)",
        )
    )
    + ")",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"(?<![A-Za-z가-힣])(?=[재지작전올금내이후그어오모글다a-z去今明前上本下昨后])(?:"
    + "|".join(
        (
            rf"(?P<year>(?<![가-힣])(?P<y>{_any(_YEARS)})\s?(?:(?P<ym>\d{{1,2}})[월月](?:\s?(?P<yd>\d{{1,2}})[일日])?)?|\b(?P<em>{'|'.join(MONTHS)}) (?:of )?(?P<ey>last year|this year|next year)\b)",
            rf"(?P<month>(?<![가-힣])(?P<m>{_any(_MONTHS)})(?:\s?(?P<md>\d{{1,2}})[일日])?)",
            rf"(?P<day>(?<![가-힣])(?P<d>{_any(_DAYS)})(?![가-힣]{{0,1}}날))",
            r"(?P<past>(?<![가-힣])(?P<w>지난|오는)\s?(?P<pd>\d{1,2})일)",
        )
    )
    + ")",
    re.IGNORECASE,
)


def in_calendar(text: str, written: str | None) -> Iterator[Value]:
    """Weekdays, reigns, quarters and halves; with the day of writing, also what is counted from it.

    Args:
        written: ISO 8601; None leaves 지난해, yesterday and their like unread.
    """
    yield from read_matches(_CALENDAR, _READERS, text)
    day = _day(written)
    if day is not None:
        for match in _RELATIVE.finditer(text):
            if resolved := _resolved(match, day):
                yield Value(*resolved, match.span(), match.group())


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written[:10]) if written else None
    except ValueError:
        return None


def _weekday(match: re.Match[str]) -> Reading:
    name = match["kw"] or match["zw"] or fold(match["ew"]) + "day"
    return ValueKind.WEEKDAY, float(_WEEKDAYS[name]), ""


def _era(match: re.Match[str]) -> Reading | None:
    year = _ERAS[match["en"]] + (1 if match["ey"] == "원" else int(match["ey"]))
    return calendar_date(year, int(match["em"] or 0), int(match["ed"] or 0)) if year > 0 else None


def _quarter(match: re.Match[str]) -> Reading:
    name = match["q1"] or match["q2"] or match["q3"]
    year = int(match["qy1"] or match["qy2"] or match["qy3"] or 0)
    return ValueKind.PERIOD, float(year * 10 + _ORDINALS[fold(name)]), "quarter"


def _half(match: re.Match[str]) -> Reading:
    name = match["h1"] or fold(match["h2"] or match["h3"])
    return ValueKind.PERIOD, float(int(match["hy"] or 0) * 10 + (1 if name in ("상", "first", "上") else 2)), "half"


_READERS: Readers = {
    "weekday": _weekday,
    "era": _era,
    "quarter": _quarter,
    "half": _half,
}


def _resolved(match: re.Match[str], day: date) -> Reading | None:
    if match["year"]:
        year = day.year + _YEARS[fold(match["y"] or match["ey"])]
        month = MONTHS[fold(match["em"])] if match["em"] else int(match["ym"] or 0)
        return calendar_date(year, month, int(match["yd"] or 0))
    if match["month"]:
        return _months_on(day, _MONTHS[fold(match["m"])], int(match["md"] or 0))
    if match["day"]:
        other = day + timedelta(days=_DAYS[fold(match["d"])])
        return calendar_date(other.year, other.month, other.day)
    number, back = int(match["pd"]), match["w"] == "지난"
    if back:
        return _months_on(day, 0 if number <= day.day else -1, number)
    return _months_on(day, 0 if number >= day.day else 1, number)


def _months_on(day: date, months: int, number: int) -> Reading | None:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return calendar_date(year, month + 1, number)
