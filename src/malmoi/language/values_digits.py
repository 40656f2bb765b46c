"""Values written with digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from malmoi.language.values_types import Readers, Reading, Value, ValueKind, read_matches
from malmoi.language.values_units import CURRENCY, DAYS, counted, measured

_SCALE = {"십": 1e1, "백": 1e2, "천": 1e3, "만": 1e4, "억": 1e8, "조": 1e12, "경": 1e16, "万": 1e4, "亿": 1e8, "萬": 1e4, "億": 1e8, "兆": 1e12}  # fmt: skip
_ENGLISH_SCALE = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}  # fmt: skip
MONTHS = {
    name: i
    for i, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept|october oct|"
        "november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
"""English names of the months and their short forms."""
NOT_UNITS = r"(?![A-Za-z]|(?<=부)[터두]|(?<=인)(?:데|지|치|용|근)|(?<=회)사|(?<=석)유|(?<=세)(?:계|상))"
"""What follows a counter by whose first syllable another word begins."""
COUNTERS = "|".join(map(re.escape, counted()))

_NUM = r"(?<!\d)\d+(?:,\d{3})+(?:\.\d+)?|(?<!\d)\d+(?:\.\d+)?"
_MIXED = rf"(?<!제)(?<!제 )(?:{_NUM})\s?(?:천|백|십)?\s?[경조억만万亿萬億兆](?:\s?(?:{_NUM})\s?(?:천|백|십)?\s?[조억만万亿萬億]?)*|(?:{_NUM})\s?(?:천|백|십)"
_MONTH = "|".join(MONTHS)
_ANY_NUMBER = re.compile(_NUM)
_PATTERNS = re.compile(
    r"(?=[\d'$₩€£¥]|(?<![a-z])[ujfmasond]|(?<![가-힣])[오정새자밤아저])(?:"
    + "|".join(
        (
            r"(?P<ymd>(?<!\d)(?:\d{4}|'\d{2})\s?[.\-/년年]\s?\d{1,2}\s?[.\-/월月]\s?\d{1,2}(?:\s?[일日])?(?!\d))",
            r"(?P<skip>(?<![^\n])\d{1,2}[.)]\s|(?<![\d.\-])(?:\d+(?:-\d+){2,}|0\d{1,2}-\d{3,4}|\d+(?:\.\d+){2,})(?!\d))",
            r"(?P<clock>(?:(?P<half>오전|오후|새벽|정오|자정|밤|아침|저녁)\s?)?(?:(?<![\d:.])(?P<h>[01]?\d|2[0-4]):(?P<mi>[0-5]\d)(?::[0-5]\d)?(?![\d:])(?:\s?(?P<ap>[ap]\.?m\b\.?))?"
            r"|(?<!\d)(?P<kh>[01]?\d|2[0-4])\s?시(?!간|[가-힣]{2,}|리|즌|작|절)(?:\s?(?:(?P<km>[0-5]?\d)\s?분|(?P<khalf>반)))?|(?<![\d.,])(?P<eh>1?\d)\s?(?P<eap>[ap]\.?m\b\.?)))",
            r"(?P<quarter>(?:(?P<qy>(?<!\d)\d{4})\s?년\s?)?(?<!\d)(?P<q>[1-4])\s?(?P<qu>분기|사분기))",
            r"(?P<halfyear>(?P<hy>(?<!\d)\d{4})\s?년\s?(?P<hh>상|하)반기)",
            r"(?P<decade>(?<!\d)(?:(?P<dy>\d{4})(?:년대|年代|s\b)|(?P<dd>[1-9]0)년대))",
            r"(?P<century>(?<!\d)(?P<c>\d{1,2})(?:\s?세기|世纪|世紀|(?:st|nd|rd|th)[ -]centur(?:y|ies)\b))",
            r"(?P<ym>(?<!\d)\d{4}\s?[년年]\s?\d{1,2}\s?[월月])",
            r"(?P<md>(?<!\d)\d{1,2}\s?[월月]\s?\d{1,2}\s?[일日])",
            r"(?P<mdy>\b(?:" + _MONTH + r")\.?\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?\b)",
            r"(?P<dmy>\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:" + _MONTH + r")\.?(?:,?\s+\d{4})?\b)",
            r"(?P<my>\b(?:" + "|".join(m for m in MONTHS if m != "may") + r")\.?(?:\s+of)?,?\s+\d{4}\b)",
            rf"(?P<span>(?:(?P<tn>{_NUM})\s?(?:여\s?)?(?P<tu>개년|년간|년 ?동안|년(?= ?(?:반(?![가-힣])|\s?만에))|개월|달(?= ?(?:간|동안|만|이))|주(?= ?(?:간|동안|만|이상|이내))|일(?= ?(?:동안|만에))|분(?= ?(?:동안|만에|이내|이상|안에|거리|걸|남짓))|주일|주간|시간|일간|분간|초(?:간|(?![가-힣]))|个月|小时|分钟|天)(?:\s?(?P<tm>\d{{1,2}})분|\s(?P<thalf>반)(?![가-힣]))?)"
            rf"|(?:(?P<en1>{_NUM})[- ](?P<eu>year|month|week|day|hour|minute|second|decade)s?\b))",
            r"(?P<year>(?<!\d)[12]\d{3}\s?[년年](?!간|\s?동안))",
            r"(?P<m>(?<![\d.])\d{1,2}\s?[월月](?!\s?\d))",
            r"(?P<d>(?<![\d.,])(?:[12]?\d|3[01])[일日](?=\s?\(|\s|까지|부터|에|자|,|$))",
            r"(?P<ratio>(?<!\d)(?P<den>\d{1,12})\s?분의\s?(?P<nume>\d{1,12}))",
            rf"(?P<pct>(?:{_NUM})\s?(?:%(?:p(?![a-z])|포인트)?|％|퍼센트(?:포인트)?|프로(?!젝|그|세|듀)|percent\b|per cent\b))",
            rf"(?P<symbol>(?:US)?[$₩€£¥]\s?(?P<sn>{_MIXED}|{_NUM})\s?(?P<ss>thousand|million|billion|trillion|bn|mn|tn|[kKmMbB])?(?![A-Za-z\d]))",
            rf"(?P<enmoney>(?P<en>{_NUM})\s(?P<es>thousand|million|billion|trillion)?\s?(?P<ec>dollars?|won|yuan|yen|euros?|pounds)\b)",
            rf"(?P<korean>(?P<kn>{_MIXED}|{_NUM})\s?(?:여\s?)?(?P<kc>달러|위안|유로|파운드|엔(?!진|터|비)|원(?!인|래|하|자|칙|본|격|심|리|료|천)|美元|人民币|欧元|日元|韩元|英镑|元))",
            rf"(?P<count>(?<![A-Za-z]-)(?P<cn>{_MIXED}|{_NUM})\s?(?:여\s?)?(?:(?P<cs>thousand|million|billion)\s)?(?P<cu>{COUNTERS}){NOT_UNITS})",
            rf"(?P<big>(?P<bn>{_MIXED}))",
            rf"(?P<scaled>(?P<zn>{_NUM})\s(?P<zs>thousand|million|billion|trillion)\b)",
            r"(?P<yearonly>(?<![\d.,$])(?:1[5-9]|20)\d{2}(?![\d%]|[.,]\d))",
            r"(?P<days>(?<![\d.,월])\d{1,3}일(?![\d반정]))",
            r"(?P<shortspan>(?<![\d.])\d{1,3}\s?[년年](?!\s?\d{1,2}\s?[월月]))",
            rf"(?P<plain>(?<![A-Za-z\d.\-])(?:{_NUM})(?![A-Za-z\d]))",
        )
    )
    + ")",
    re.IGNORECASE,
)


def read_number(text: str) -> float:
    """The value of digits mixed with Korean or Chinese scale characters (`1억 300만` is 103,000,000)."""
    total = 0.0
    for number, scale in re.findall(rf"({_NUM})\s?((?:천|백|십)?\s?[경조억만万亿萬億兆]?)", text):
        value = float(number.replace(",", ""))
        for character in "".join(scale.split()):
            value *= _SCALE[character]
        total += value
    return total


def in_digits(text: str) -> Iterator[Value]:
    """Values of `text` that are written with digits, in order, none overlapping."""
    return read_matches(_PATTERNS, _READERS, text)


def leading(text: str) -> float:
    """The first number in digits as it stands, without its scale; 0 where there is none."""
    match = _ANY_NUMBER.search(text)
    return float(match.group().replace(",", "")) if match else 0.0


def fold(text: str) -> str:
    """Lower case, also of the letters that only a search without regard to case takes for ASCII (ſ, K, İ, ı)."""
    return text.casefold().replace("\u0307", "").replace("ı", "i")


def calendar_date(year: int, month: int, day: int) -> Reading | None:
    """The reading of a date whose parts may be 0; None for one that no calendar has."""
    if month > 12 or day > 31:
        return None
    return ValueKind.DATE, float(year * 10_000 + month * 100 + day), ""


def _digits(match: re.Match[str]) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", match.group())]


def _ymd(match: re.Match[str]) -> Reading | None:
    year, month, day = _digits(match)[:3]
    return calendar_date(year + 2000 if year < 100 else year, month, day)


def _named_month(match: re.Match[str]) -> Reading | None:
    numbers = _digits(match)
    word = next(word for word in re.findall(r"[a-z]{3,}", fold(match.group())) if word in MONTHS)
    year = next((n for n in numbers if n > 31), 0)
    day = next((n for n in numbers if n <= 31), 0)
    return calendar_date(year, MONTHS[word], day)


_MORNING, _EVENING = ("오전", "새벽", "아침", "a"), ("오후", "저녁", "밤", "p")


def _clock(match: re.Match[str]) -> Reading | None:
    hour = int(match["h"] or match["kh"] or match["eh"])
    minute = int(match["mi"] or match["km"] or (30 if match["khalf"] else 0))
    half = match["half"] or fold(match["ap"] or match["eap"] or "")[:1]
    if hour > 24 or ((match["ap"] or match["eh"]) and hour > 12):
        return None
    known = hour > 12 or bool(half) or bool(match["h"] and len(match["h"]) > 1 and match["h"][0] == "0")
    if half in _EVENING and hour < 12:
        hour += 12
    elif (half in _MORNING or half in ("자정", "밤")) and hour == 12:
        hour = 0
    return ValueKind.CLOCK, float(hour % 24 * 60 + minute), "24" if known else ""


def _quarter(match: re.Match[str]) -> Reading:
    return ValueKind.PERIOD, float(int(match["qy"] or 0) * 10 + int(match["q"])), "quarter"


def _half_year(match: re.Match[str]) -> Reading:
    return ValueKind.PERIOD, float(int(match["hy"]) * 10 + (1 if match["hh"] == "상" else 2)), "half"


def _decade(match: re.Match[str]) -> Reading:
    return ValueKind.PERIOD, float(match["dy"] or 1900 + int(match["dd"])), "decade"


def _span(match: re.Match[str]) -> Reading:
    if match["eu"]:
        return ValueKind.DURATION, read_number(match["en1"]) * DAYS[fold(match["eu"])], ""
    unit = match["tu"].replace(" ", "").removesuffix("동안").removesuffix("간")
    days = DAYS["시간"] if unit == "시" else DAYS[unit]
    part = 0.5 * days if match["thalf"] else int(match["tm"] or 0) / 1440
    return ValueKind.DURATION, read_number(match["tn"]) * days + part, ""


def _short_span(match: re.Match[str]) -> Reading:
    return ValueKind.DURATION, read_number(match.group()) * DAYS[match.group().strip()[-1]], ""


def _money(number: str, scale: str | None, currency: str) -> Reading:
    amount = read_number(number) * _ENGLISH_SCALE.get(fold(scale or ""), 1.0)
    return ValueKind.MONEY, amount, CURRENCY[fold(currency)]


def _count(match: re.Match[str]) -> Reading:
    number = read_number(match["cn"]) * _ENGLISH_SCALE.get(fold(match["cs"] or ""), 1.0)
    if match["cu"] == "M":
        return ValueKind.NUMBER, number * 1e6, ""
    return ValueKind.COUNT, *measured(number, match["cu"])


_READERS: Readers = {
    "ymd": _ymd,
    "skip": lambda m: None,
    "clock": _clock,
    "quarter": _quarter,
    "halfyear": _half_year,
    "decade": _decade,
    "century": lambda m: (ValueKind.PERIOD, float(m["c"]), "century"),
    "ym": lambda m: calendar_date(_digits(m)[0], _digits(m)[1], 0),
    "md": lambda m: calendar_date(0, _digits(m)[0], _digits(m)[1]),
    "mdy": _named_month,
    "dmy": _named_month,
    "my": _named_month,
    "span": _span,
    "year": lambda m: calendar_date(_digits(m)[0], 0, 0),
    "m": lambda m: calendar_date(0, _digits(m)[0], 0),
    "d": lambda m: calendar_date(0, 0, _digits(m)[0]),
    "ratio": lambda m: (ValueKind.RATIO, int(m["nume"]) / max(int(m["den"]), 1), ""),
    "pct": lambda m: (ValueKind.PERCENT, read_number(m.group()), ""),
    "symbol": lambda m: _money(m["sn"], m["ss"], re.sub(r"[\d\s].*", "", m.group())),
    "enmoney": lambda m: _money(m["en"], m["es"], m["ec"]),
    "korean": lambda m: _money(m["kn"], None, m["kc"]),
    "count": _count,
    "big": lambda m: (ValueKind.NUMBER, read_number(m["bn"]), ""),
    "scaled": lambda m: (ValueKind.NUMBER, read_number(m["zn"]) * _ENGLISH_SCALE[fold(m["zs"])], ""),
    "yearonly": lambda m: calendar_date(_digits(m)[0], 0, 0),
    "days": _short_span,
    "shortspan": _short_span,
    "plain": lambda m: (ValueKind.NUMBER, read_number(m.group()), ""),
}
