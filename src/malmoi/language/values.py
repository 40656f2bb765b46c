"""Numbers, money, dates, shares and spans of time in Korean, English and Chinese text, read to canonical values.

557만 6000달러, 5,576,000 dollars and $5.576M are one value; so are 2025.02.11 and 2025년 2월 11일.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from malmoi.types import Span


class ValueKind(StrEnum):
    """What a value measures."""

    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"
    RATIO = "ratio"
    DATE = "date"
    DURATION = "duration"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it stands.

    Attributes:
        amount: money in whole units of `unit`; percent as 60.0; ratio as 0.05; a date as `YYYYMMDD` with zeros for
            parts that are not given; a duration in days; otherwise the number itself.
        unit: ISO 4217 code of money ("USD"), counter of a count ("개"), "" where there is none.
    """

    kind: ValueKind
    amount: float
    unit: str
    span: Span
    text: str

    def same(self, other: Value) -> bool:
        """Whether both say the same; a missing counter or date part agrees with any."""
        if self.kind is ValueKind.DATE or other.kind is ValueKind.DATE:
            return self.kind is other.kind and _dates_agree(int(self.amount), int(other.amount))
        kinds = {self.kind, other.kind}
        if len(kinds) > 1 and kinds != {ValueKind.COUNT, ValueKind.NUMBER}:
            return False
        if self.unit and other.unit and self.unit != other.unit:
            return False
        return abs(self.amount - other.amount) <= 1e-6 * max(abs(self.amount), abs(other.amount), 1e-9)


_SCALE = {"십": 1e1, "백": 1e2, "천": 1e3, "만": 1e4, "억": 1e8, "조": 1e12, "경": 1e16, "万": 1e4, "亿": 1e8, "萬": 1e4, "億": 1e8, "兆": 1e12}  # fmt: skip
_ENGLISH_SCALE = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}  # fmt: skip
_CURRENCY = {
    "달러": "USD", "불": "USD", "원": "KRW", "위안": "CNY", "엔": "JPY", "유로": "EUR", "파운드": "GBP",
    "dollars": "USD", "dollar": "USD", "usd": "USD", "won": "KRW", "krw": "KRW", "yuan": "CNY", "rmb": "CNY",
    "yen": "JPY", "euros": "EUR", "euro": "EUR", "pounds": "GBP", "美元": "USD", "元": "CNY", "人民币": "CNY",
    "日元": "JPY", "欧元": "EUR", "韩元": "KRW", "$": "USD", "us$": "USD", "₩": "KRW", "€": "EUR", "£": "GBP", "¥": "JPY",
}  # fmt: skip
_DAYS = {
    "년": 365.0, "개년": 365.0, "개월": 30.0, "달": 30.0, "주": 7.0, "주일": 7.0, "일": 1.0, "시간": 1 / 24, "분": 1 / 1440,
    "year": 365.0, "month": 30.0, "week": 7.0, "day": 1.0, "hour": 1 / 24, "minute": 1 / 1440, "年": 365.0, "个月": 30.0,
    "天": 1.0, "小时": 1 / 24,
}  # fmt: skip
_MONTHS = {
    name: i
    for i, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
_COUNTERS = (
    "개|명|대|곳|건|가지|번|차례|회|권|마리|척|채|층|종|편|장|병|잔|그루|쪽|페이지|가구|세대|여명|여개|km|㎞|m|㎡|"
    "톤|kg|g|ha|점|석|급|호|위|살|세|배|시|초|도|kW|MW|GW|kWh|MWh|GWh|people|units|chips|books|个|名|人|台"
)

_NUM = r"(?<!\d)\d+(?:,\d{3})+(?:\.\d+)?|(?<!\d)\d+(?:\.\d+)?"
_MIXED = rf"(?<!제)(?<!제 )(?:{_NUM})\s?(?:천|백|십)?\s?[경조억만万亿萬億兆](?:\s?(?:{_NUM})\s?(?:천|백|십)?\s?[조억만万亿萬億]?)*|(?:{_NUM})\s?(?:천|백|십)"
_PATTERNS = re.compile(
    "|".join(
        (
            r"(?P<ymd>(?<!\d)(?:\d{4}|'\d{2})\s?[.\-/년年]\s?\d{1,2}\s?[.\-/월月]\s?\d{1,2}(?:\s?[일日])?(?!\d))",
            r"(?P<skip>(?<![\d.\-])(?:\d+(?:-\d+){2,}|0\d{1,2}-\d{3,4}|\d+(?:\.\d+){2,}|\d{1,2}:\d{2}(?::\d{2})?)(?!\d))",
            r"(?P<ym>(?<!\d)\d{4}\s?[년年]\s?\d{1,2}\s?[월月])",
            r"(?P<md>(?<!\d)\d{1,2}\s?[월月]\s?\d{1,2}\s?[일日])",
            r"(?P<mdy>\b(?:" + "|".join(_MONTHS) + r")\.?\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?\b)",
            r"(?P<dmy>\b\d{1,2}\s+(?:" + "|".join(_MONTHS) + r")\.?(?:,?\s+\d{4})?\b)",
            r"(?P<my>\b(?:" + "|".join(m for m in _MONTHS if m != "may") + r")\.?\s+\d{4}\b)",
            rf"(?P<span>(?:{_NUM})\s?(?:개년|년간|년 ?동안|개월|달(?= ?(?:간|동안|만|이))|주(?= ?(?:간|동안|만|이상|이내))|일(?= ?(?:동안|만에))|분(?= ?(?:동안|만에|이내|이상|거리|걸))|주일|주간|시간(?: \d{{1,2}}분)?|일간|분간|个月|小时|天)"
            rf"|(?:{_NUM})[- ](?:years?|months?|weeks?|days?|hours?|minutes?)\b)",
            r"(?P<year>(?<!\d)[12]\d{3}\s?[년年](?!간|\s?동안))",
            r"(?P<m>(?<![\d.])\d{1,2}\s?[월月](?!\s?\d))",
            r"(?P<d>(?<![\d.,])(?:[12]?\d|3[01])[일日](?=\s?\(|\s|까지|부터|에|자|,|$))",
            r"(?P<ratio>(?<!\d)(?P<den>\d{1,12})\s?분의\s?(?P<nume>\d{1,12}))",
            rf"(?P<pct>(?:{_NUM})\s?(?:%p?|％|퍼센트|프로(?!젝|그|세|듀)|percent\b|per cent\b))",
            rf"(?P<symbol>(?:US)?[$₩€£¥]\s?(?P<sn>{_MIXED}|{_NUM})\s?(?P<ss>thousand|million|billion|trillion|bn|mn|tn|[kKmMbB])?(?![A-Za-z\d]))",
            rf"(?P<enmoney>(?P<en>{_NUM})\s(?P<es>thousand|million|billion|trillion)?\s?(?P<ec>dollars?|won|yuan|yen|euros?|pounds)\b)",
            rf"(?P<korean>(?P<kn>{_MIXED}|{_NUM})\s?(?:여\s?)?(?P<kc>달러|위안|유로|파운드|엔(?!진|터|비)|원(?!인|래|하|자|칙|본|격|심|리|료|천)|美元|人民币|欧元|日元|韩元|元))",
            rf"(?P<count>(?<![A-Za-z]-)(?P<cn>{_MIXED}|{_NUM})\s?(?:여\s?)?(?P<cu>{_COUNTERS})(?![A-Za-z]))",
            rf"(?P<big>(?P<bn>{_MIXED}))",
            rf"(?P<scaled>(?P<zn>{_NUM})\s(?P<zs>thousand|million|billion|trillion)\b)",
            r"(?P<yearonly>(?<![\d.,$])(?:1[5-9]|20)\d{2}(?![\d.,%]))",
            r"(?P<days>(?<![\d.,월])\d{1,3}일(?![\d반정]))",
            r"(?P<shortspan>(?<![\d.])\d{1,3}\s?[년年](?!\s?\d{1,2}\s?[월月]))",
            rf"(?P<plain>(?<![A-Za-z\d.\-])(?:{_NUM})(?![A-Za-z\d]))",
        )
    ),
    re.IGNORECASE,
)


def read_number(text: str) -> float:
    """The value of digits mixed with Korean or Chinese scale characters (`1억 300만` is 103,000,000)."""
    total = section = 0.0
    for number, scale in re.findall(rf"({_NUM})\s?((?:천|백|십)?\s?[경조억만万亿萬億兆]?)", text):
        value = float(number.replace(",", ""))
        for character in scale.replace(" ", ""):
            value *= _SCALE[character]
        section = value
        total += section
    return total


def find_values(text: str) -> list[Value]:
    """All values of `text` in order, none overlapping."""
    return list(_values(text))


def _values(text: str) -> Iterator[Value]:
    for match in _PATTERNS.finditer(text):
        group = match.lastgroup
        found = _READERS[_outer(match)](match)
        if found is not None and group is not None:
            kind, amount, unit = found
            yield Value(kind, amount, unit, match.span(), match.group())


def _outer(match: re.Match[str]) -> str:
    return next(name for name in _READERS if match.group(name) is not None)


def _dates_agree(a: int, b: int) -> bool:
    parts = ((a // 10_000, b // 10_000), (a // 100 % 100, b // 100 % 100), (a % 100, b % 100))
    shared = [(x, y) for x, y in parts if x and y]
    return bool(shared) and all(x == y for x, y in shared)


_Reading = tuple[ValueKind, float, str] | None


def _digits(match: re.Match[str]) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", match.group())]


def _date(year: int, month: int, day: int) -> _Reading:
    if month > 12 or day > 31:
        return None
    return ValueKind.DATE, float(year * 10_000 + month * 100 + day), ""


def _ymd(match: re.Match[str]) -> _Reading:
    year, month, day = _digits(match)[:3]
    return _date(year + 2000 if year < 100 else year, month, day)


def _named_month(match: re.Match[str]) -> _Reading:
    numbers = _digits(match)
    word = re.search(r"[a-z]{3,}", _fold(match.group()))
    month = _MONTHS[word.group()] if word else 0
    year = next((n for n in numbers if n > 31), 0)
    day = next((n for n in numbers if n <= 31), 0)
    return _date(year, month, day)


def _duration(match: re.Match[str]) -> _Reading:
    parts = re.findall(rf"({_NUM})[\s-]*([^\W\d]+)", _fold(match.group()))
    return ValueKind.DURATION, sum(read_number(number) * _days(unit) for number, unit in parts), ""


def _days(unit: str) -> float:
    return next(_DAYS[name] for end in ("", "s", "간", "동안") if (name := unit.removesuffix(end)) in _DAYS)


def _fold(text: str) -> str:
    """Lower case, also of the letters that only a search without regard to case takes for ASCII (ſ, K, İ, ı)."""
    return text.casefold().replace("\u0307", "").replace("ı", "i")


def _money(number: str, scale: str | None, currency: str) -> _Reading:
    amount = read_number(number) * _ENGLISH_SCALE.get(_fold(scale or ""), 1.0)
    return ValueKind.MONEY, amount, _CURRENCY[_fold(currency)]


_READERS: dict[str, Callable[[re.Match[str]], _Reading]] = {
    "ymd": _ymd,
    "skip": lambda m: None,
    "ym": lambda m: _date(_digits(m)[0], _digits(m)[1], 0),
    "md": lambda m: _date(0, _digits(m)[0], _digits(m)[1]),
    "mdy": _named_month,
    "dmy": _named_month,
    "my": _named_month,
    "span": _duration,
    "year": lambda m: _date(_digits(m)[0], 0, 0),
    "m": lambda m: _date(0, _digits(m)[0], 0),
    "d": lambda m: _date(0, 0, _digits(m)[0]),
    "ratio": lambda m: (ValueKind.RATIO, int(m["nume"]) / max(int(m["den"]), 1), ""),
    "pct": lambda m: (ValueKind.PERCENT, read_number(m.group()), ""),
    "symbol": lambda m: _money(m["sn"], m["ss"], re.sub(r"[\d\s].*", "", m.group())),
    "enmoney": lambda m: _money(m["en"], m["es"], m["ec"]),
    "korean": lambda m: _money(m["kn"], None, m["kc"]),
    "count": lambda m: (ValueKind.COUNT, read_number(m["cn"]), m["cu"].lower()),
    "big": lambda m: (ValueKind.NUMBER, read_number(m["bn"]), ""),
    "scaled": lambda m: (ValueKind.NUMBER, read_number(m["zn"]) * _ENGLISH_SCALE[_fold(m["zs"])], ""),
    "yearonly": lambda m: _date(_digits(m)[0], 0, 0),
    "days": _duration,
    "shortspan": _duration,
    "plain": lambda m: (ValueKind.NUMBER, read_number(m.group()), ""),
}
