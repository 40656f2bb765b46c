"""What a value is: its kind, its canonical amount and unit, and when two of them say the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
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
    PERIOD = "period"
    """A stretch of the calendar that is no day, month or year: a quarter, half-year, decade or century."""
    CLOCK = "clock"
    WEEKDAY = "weekday"
    DURATION = "duration"
    NUMBER = "number"


class Bound(StrEnum):
    """How a value is meant."""

    EXACT = "exact"
    ABOUT = "about"
    LEAST = "least"
    """That much or more, or more than that."""
    MOST = "most"


QUANTITIES = frozenset({ValueKind.MONEY, ValueKind.COUNT, ValueKind.NUMBER})
"""What a bare number of the same size may stand for."""
_COUNTS = frozenset({ValueKind.COUNT, ValueKind.NUMBER})
_SHARES = frozenset({ValueKind.PERCENT, ValueKind.RATIO})
_OPPOSITE = frozenset({Bound.LEAST, Bound.MOST})
_FAMILIES = {ValueKind.NUMBER: ValueKind.COUNT, ValueKind.RATIO: ValueKind.PERCENT}
_HALF_DAY = 720


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it stands.

    Attributes:
        amount: money in whole units of `unit`; percent as 60.0; ratio as 0.05; a date as `YYYYMMDD` with zeros for
            parts that are not given; a period as `YYYYn` with the quarter or half, or as the century or decade; a clock
            time in minutes since midnight; a weekday from Monday, 1; a duration in days; otherwise the number itself.
        unit: ISO 4217 code of money ("USD"); counter of a count ("개") or the base unit of a measure ("m", "W", "kg");
            "24" of a clock time whose half of the day is known; "quarter", "half", "decade", "century" of a period; ""
            where there is none.
    """

    kind: ValueKind
    amount: float
    unit: str
    span: Span
    text: str
    bound: Bound = Bound.EXACT

    def same(self, other: Value) -> bool:
        """Whether both say the same.

        A missing counter, date part or half of the day agrees with any, a percentage with the same share; at least and
        at most never agree.
        """
        if {self.bound, other.bound} == _OPPOSITE:
            return False
        kinds = {self.kind, other.kind}
        if ValueKind.DATE in kinds:
            return len(kinds) == 1 and _dates_agree(int(self.amount), int(other.amount))
        if kinds == _SHARES:
            return _close(self.share, other.share)
        if len(kinds) > 1 and kinds != _COUNTS:
            return False
        if self.unit and other.unit and self.unit != other.unit:
            return False
        if self.kind is ValueKind.CLOCK and not (self.unit and other.unit):
            return self.amount % _HALF_DAY == other.amount % _HALF_DAY
        if self.kind is ValueKind.PERIOD and self.unit in ("quarter", "half"):
            return _parts_agree(divmod(int(self.amount), 10), divmod(int(other.amount), 10))
        return _close(self.amount, other.amount)

    @property
    def family(self) -> ValueKind:
        """Its kind; a bare number belongs to the counts, a ratio to the percentages."""
        return _FAMILIES.get(self.kind, self.kind)

    @property
    def share(self) -> float:
        """A percentage as a part of one; any other amount as it is."""
        return self.amount / 100 if self.kind is ValueKind.PERCENT else self.amount


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1e-9)


def _dates_agree(a: int, b: int) -> bool:
    return _parts_agree((a // 10_000, a // 100 % 100, a % 100), (b // 10_000, b // 100 % 100, b % 100))


def _parts_agree(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    shared = [(x, y) for x, y in zip(a, b, strict=True) if x and y]
    return bool(shared) and all(x == y for x, y in shared)


Reading = tuple[ValueKind, float, str]
"""Kind, amount and unit of a value, before its place is known."""
Readers = Mapping[str, Callable[[re.Match[str]], Reading | None]]
"""What reads a match, by the name of the group that it is of; None for what looks like a value and is none."""


def read_matches(pattern: re.Pattern[str], readers: Readers, text: str) -> Iterator[Value]:
    """Values where the pattern matches, in order, none overlapping; every match is of one of the readers' groups."""
    for match in pattern.finditer(text):
        read = next(reader for name, reader in readers.items() if match.group(name) is not None)
        if found := read(match):
            yield Value(*found, match.span(), match.group())
