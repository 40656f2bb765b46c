"""Whether an answer says an accepted string, and how much the two have in common, without a judge."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from malmoi.korean import Analyser
from malmoi.language.values import Value, ValueKind, find_values
from malmoi.types import Span

_DATE = re.compile(r"(?<!\d)(\d{4})(?:[.\-/]\s?|년 ?)(\d{1,2})(?:[.\-/]\s?|월 ?)(\d{1,2})(?!\d)(?:\.|일)?")
_PERCENT = re.compile(r" ?(?:퍼센트|프로(?=[ .]|$)|percent\b|per cent\b)")


def normalise(text: str, *, dates: bool = True) -> str:
    """NFKC, lower case, percent as %, no punctuation but decimal points, single spaces.

    Args:
        dates: writes days as YYYYMMDD.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = _PERCENT.sub("%", text)
    if dates:
        text = _DATE.sub(lambda m: f" {m[1]}{int(m[2]):02}{int(m[3]):02} ", text)
    text = re.sub(r"(?<=\d),(?=\d)", "", text)
    kept = []
    for i, c in enumerate(text):
        decimal = c == "." and 0 < i < len(text) - 1 and text[i - 1].isdigit() and text[i + 1].isdigit()
        plain = unicodedata.category(c)[0] not in "PSC" or c == "%"
        kept.append(c if decimal or plain else "" if c in "'\"’‘“”" else " ")
    return " ".join("".join(kept).split())


def says(text: str, accepted: str) -> bool:
    """Whether `text` holds `accepted`, with or without its spaces, or with its values written in another way.

    A number never matches inside a longer one.
    """
    forms = (lambda t: normalise(t, dates=False), normalise, lambda t: normalise(canonical(t), dates=False))
    for form in forms:
        where, what = form(text), form(accepted)
        if _holds(where, what) or _holds(where.replace(" ", ""), what.replace(" ", "")):
            return True
    return _states(text, accepted)


def _holds(where: str, what: str) -> bool:
    before = r"(?<![\d.])" if what[:1].isdigit() else ""
    after = r"(?![\d]|\.\d)" if what[-1:].isdigit() else ""
    return bool(what) and re.search(before + re.escape(what) + after, where) is not None


def canonical(text: str) -> str:
    """The text with its money, counts and shares in plain digits: 557만 6000달러 and $5.576M are `5576000usd`."""
    parts, at = [], 0
    for value in find_values(text):
        if value.kind in (ValueKind.DATE, ValueKind.DURATION):
            continue
        parts += [text[at : value.span[0]], _digits(value)]
        at = value.span[1]
    return "".join((*parts, text[at:]))


def _digits(value: Value) -> str:
    amount = f"{value.amount:.6f}".rstrip("0").rstrip(".")
    unit = "%" if value.kind is ValueKind.PERCENT else value.unit
    return f"{amount}{unit}" if value.kind is not ValueKind.RATIO else f"{amount} ratio"


def _states(text: str, accepted: str) -> bool:
    """Whether `accepted` is one value, and `text` has a value that says all of it."""
    values = find_values(accepted)
    if len(values) != 1:
        return False
    start, end = values[0].span
    if any(c.isalnum() for c in accepted[:start] + accepted[end:]):
        return False
    return any(value.same(values[0]) and _as_full(value, values[0]) for value in find_values(text))


def _as_full(stated: Value, wanted: Value) -> bool:
    """Whether it has every part and unit that is wanted: a month alone does not say a day."""
    if wanted.kind is not ValueKind.DATE:
        return not wanted.unit or stated.unit == wanted.unit
    parts = [(int(v.amount) // 10_000, int(v.amount) // 100 % 100, int(v.amount) % 100) for v in (stated, wanted)]
    return all(own == asked for own, asked in zip(*parts, strict=True) if asked)


def said_of(text: str, accepted: Sequence[str]) -> tuple[str, ...]:
    """The accepted strings that `text` says."""
    return tuple(answer for answer in accepted if says(text, answer))


def character_f1(text: str, accepted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall over characters without spaces, for the accepted string it fits best."""
    bare = Counter(normalise(text).replace(" ", ""))
    return max(_overlap(bare, Counter(normalise(answer).replace(" ", ""))) for answer in accepted)


def morpheme_f1(text: str, accepted: Sequence[str], analyser: Analyser) -> float:
    """The same over content morphemes, particles and endings dropped."""
    terms = Counter(analyser.terms(text))
    return max(_overlap(terms, Counter(analyser.terms(answer))) for answer in accepted)


def _overlap(given: Counter[str], wanted: Counter[str]) -> float:
    common = (given & wanted).total()
    return 2 * common / (given.total() + wanted.total()) if common else 0.0


def occurrences(text: str, quote: str) -> Iterator[Span]:
    """Spans at which a quote stands in a text."""
    start = text.find(quote) if quote else -1
    while start >= 0:
        yield start, start + len(quote)
        start = text.find(quote, start + 1)
