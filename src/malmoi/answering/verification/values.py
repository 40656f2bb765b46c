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
_LEAST_BEHIND, _LEAST_BEFORE = ("이상", "넘", "초과"), ("more than", "at least", "over", "최소")
_MOST_BEHIND, _MOST_BEFORE = ("이하", "미만", "이내"), ("less than", "at most", "under", "최대", "up to")
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
    claimed, text = token.value, grounds.reading.text
    bound = _bound(text, token)
    if bound != _bound(other.aligned.source.text, source) and bound * (source.value.amount - claimed.amount) > 0:
        return False
    return not _rounds(token, claimed, source.value, text)


def _bound(text: str, token: Token) -> int:
    """1 where a value is a least one ("100석 이상"), -1 where it is a most one, 0 where it stands for itself."""
    before, behind = text[: token.span[0]].casefold().rstrip(), text[token.span[1] :].lstrip()
    if behind.startswith(_LEAST_BEHIND) or before.endswith(_LEAST_BEFORE):
        return 1
    return -1 if behind.startswith(_MOST_BEHIND) or before.endswith(_MOST_BEFORE) else 0


def _is_missing(token: Token, value: Value, grounds: Grounds, index: int) -> bool:
    if not re.search(r"\d", token.text) and (value.kind is not ValueKind.DATE or _is_relative(token)):
        return False
    if value.kind is ValueKind.DATE:
        return not _dated(value, grounds.stated, grounds.dates)
    if not grounds.foreign and place(grounds, index, Relation.SAME) is not None:
        return False
    stated = grounds.stated
    text = grounds.reading.text
    return not any(
        same_value(value, v) or _rounds(token, value, v, text) or _bounds(token, value, v, text) for v in stated
    )


def _bounds(token: Token, claimed: Value, source: Value, text: str) -> bool:
    """Whether a claim gives a least or most of what the source counts ("100명 이상" of 120명)."""
    alike = claimed.kind is source.kind and claimed.unit == source.unit and claimed.unit != ""
    return alike and _bound(text, token) * (source.amount - claimed.amount) > 0


def _is_relative(token: Token) -> bool:
    """Whether a time says when only beside a date ("지난해"), unlike a month's name."""
    return token.kind is Kind.TIME and not token.text[0].isupper()


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
