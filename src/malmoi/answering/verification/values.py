"""Values of a claim: each must stand in the cited spans, and for the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from malmoi.answering.verification.alignment import Relation, comparable, same_value
from malmoi.answering.verification.grounds import Fault, Finding, Grounds, Place, place, replaced
from malmoi.answering.verification.lexicon import ROUNDING, exclusive
from malmoi.answering.verification.tokens import COUNTED, MODEST_NUMERALS, Kind, Token
from malmoi.language.values import Value, ValueKind

_ROUNDED = 0.05
_AROUND = 8
"""Characters before and behind a value in which a rounding word stands."""


def check_values(grounds: Grounds) -> Iterator[Finding]:
    """Values that the source does not state, or states differently."""
    for index, token in enumerate(grounds.reading.tokens):
        if token.kind not in COUNTED:
            continue
        other = None if grounds.foreign else replaced(grounds, index)
        if other is not None and _differs(token, other, grounds):
            yield Finding(Fault.DIFFERS, token.text, other.token.text)
        elif token.value is not None and _is_missing(token, token.value, grounds, index):
            yield Finding(Fault.VALUE, token.text)


def _differs(token: Token, other: Place, grounds: Grounds) -> bool:
    source = other.token
    if source.kind not in COUNTED:
        return False
    if token.value is None or source.value is None:
        return exclusive(token.form, source.form)
    if not comparable(token.value, source.value):
        return False
    modest = token.form in MODEST_NUMERALS or source.form in MODEST_NUMERALS
    if modest and Kind.NUMERAL in (token.kind, source.kind):
        return False
    return not _rounds(token, token.value, source.value, grounds.reading.text)


def _is_missing(token: Token, value: Value, grounds: Grounds, index: int) -> bool:
    if token.kind is Kind.TIME or not re.search(r"\d", token.text):
        return False
    if value.kind is ValueKind.DATE:
        return not _dated(value, grounds.stated, grounds.dates)
    if not grounds.foreign and place(grounds, index, Relation.SAME) is not None:
        return False
    stated = grounds.stated
    return not any(same_value(value, v) or _rounds(token, value, v, grounds.reading.text) for v in stated)


def _dated(value: Value, stated: Sequence[Value], nearby: Sequence[Value]) -> bool:
    """Whether a date is stated; what the cited date leaves out, another date of the passage may complete."""
    cited = [v for v in stated if same_value(value, v)]
    if not cited:
        return False
    parts = _parts(value)
    for position, part in enumerate(parts):
        told = [_parts(v)[position] for v in cited if v.kind is ValueKind.DATE]
        if part and told and part not in told:
            completing = {_parts(v)[position] for v in nearby if v.kind is ValueKind.DATE}
            if part not in completing:
                return False
    return True


def _parts(value: Value) -> tuple[int, int, int]:
    amount = int(value.amount)
    return amount // 10_000, amount // 100 % 100, amount % 100


def _rounds(token: Token, claimed: Value, source: Value, text: str) -> bool:
    """Whether the claim gives a value in fewer digits, and says so ("약 560만 달러" of 557만 6000달러)."""
    if not comparable(claimed, source) or claimed.kind is ValueKind.DATE or not source.amount:
        return False
    if abs(claimed.amount - source.amount) > _ROUNDED * abs(source.amount):
        return False
    start, end = token.span
    around = f"{text[max(start - _AROUND, 0) : start]} {text[start : end + _AROUND]}".casefold()
    said = any(re.search(rf"(?<![가-힣A-Za-z]){w}(?![가-힣a-z])", around) for w in ("약", "거의", "대략", *_ENGLISH))
    said = said or any(w in around for w in _KOREAN)
    return said and _digits(claimed.amount) < _digits(source.amount)


_ENGLISH = tuple(w for w in ROUNDING if w.isascii())
_KOREAN = tuple(w for w in ROUNDING if not w.isascii() and len(w) > 1)


def _digits(amount: float) -> int:
    """Significant digits."""
    return len(f"{amount:.9g}".replace(".", "").replace("-", "").strip("0")) or 1
