"""Numbers, money, dates, shares and spans of time in Korean, English and Chinese text, read to canonical values.

557만 6000달러, 5,576,000 dollars and $5.576M are one value; so are 2025.02.11 and 2025년 2월 11일, 석 달 and three
months, 백분의 오 and 5%.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from malmoi.language.values_dates import in_calendar
from malmoi.language.values_digits import in_digits, leading, read_number
from malmoi.language.values_types import QUANTITIES, Bound, Value, ValueKind
from malmoi.language.values_words import in_words

__all__ = ["QUANTITIES", "Bound", "Value", "ValueKind", "find_values", "read_number"]

_RANGE = re.compile(r"\s?(?:[~∼〜～–—-]|에서|내지|to|and|至|到)\s?", re.IGNORECASE)
_SHARED_UNITS = frozenset({ValueKind.PERCENT, ValueKind.MONEY, ValueKind.COUNT, ValueKind.DURATION})
_LEAST = (
    r"(?:최소|적어도|줄잡아|at least|more than|over|no (?:less|fewer) than|minimum(?: of)?|至少|超过)\s?$",
    r"\s?(?:이상|초과|넘|남짓 넘|or more\b|以上)",
)
_MOST = (
    r"(?:최대|많아야|기껏해야|at most|up to|less than|fewer than|under|no more than|maximum(?: of)?|最多|不到)\s?$",
    r"\s?(?:이하|이내|미만|or (?:less|fewer)\b|以下|以内)",
)
_ABOUT = (
    r"(?<![가-힣])(?:약|대략|거의|얼추|about|around|approximately|roughly|nearly|almost|some|대략|大约|约)\s?$",
    r"\s?(?:가량|정도|쯤|안팎|남짓|左右)",
)
_BOUNDS = tuple(
    (bound, re.compile(before, re.IGNORECASE), re.compile(after, re.IGNORECASE))
    for bound, (before, after) in ((Bound.LEAST, _LEAST), (Bound.MOST, _MOST), (Bound.ABOUT, _ABOUT))
)
_BEFORE = 18
"""Characters in front of a value in which it may be qualified."""


def find_values(text: str, written: str | None = None) -> list[Value]:
    """All values of `text` in order, none overlapping.

    Args:
        written: the day on which the text was written, ISO 8601; with it, 지난해 and yesterday are dates.
    """
    return list(_found(text, written[:10] if written else None))


@lru_cache(maxsize=16_384)
def _found(text: str, written: str | None) -> tuple[Value, ...]:
    values = _apart((*in_calendar(text, written), *in_digits(text), *in_words(text)))
    values = [replace(v, bound=_bound(text, v)) if v.kind is not ValueKind.DATE else v for v in values]
    return tuple(_ranges(text, values))


def _apart(values: Iterable[Value]) -> list[Value]:
    """Without those that overlap an earlier, or where they begin together a longer, one."""
    kept: list[Value] = []
    for value in sorted(values, key=lambda v: (v.span[0], -v.span[1])):
        if not kept or value.span[0] >= kept[-1].span[1]:
            kept.append(value)
    return kept


def _bound(text: str, value: Value) -> Bound:
    start, end = value.span
    before = text[max(start - _BEFORE, 0) : start]
    for bound, behind, after in _BOUNDS:
        if after.match(text, end) or behind.search(before):
            return bound
    return Bound.EXACT


def _ranges(text: str, values: list[Value]) -> list[Value]:
    """The lower end of a range takes the unit of its upper end: 10~20% is 10% and 20%, 2~3만 명 two counts."""
    for i in range(len(values) - 2, -1, -1):
        low, high = values[i], values[i + 1]
        between = text[low.span[1] : high.span[0]]
        if low.kind is ValueKind.NUMBER and high.kind in _SHARED_UNITS and _RANGE.fullmatch(between):
            first = leading(high.text)
            plain = low.amount == leading(low.text) and first
            amount = low.amount * high.amount / first if plain and low.amount <= first else low.amount
            values[i] = replace(low, kind=high.kind, unit=high.unit, amount=amount)
    return values
