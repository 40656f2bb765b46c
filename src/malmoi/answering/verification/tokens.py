"""A sentence as the words that carry its meaning, each with its role, and what its negations reach."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from malmoi.language.values import Value, ValueKind, find_values
from malmoi.types import Span


class Kind(StrEnum):
    """What sort of word a token is."""

    VALUE = "value"
    NUMERAL = "numeral"
    TIME = "time"
    NAME = "name"
    NOUN = "noun"
    PRONOUN = "pronoun"
    PREDICATE = "predicate"
    OTHER = "other"


NOMINAL = frozenset({Kind.NAME, Kind.NOUN, Kind.PRONOUN})
COUNTED = frozenset({Kind.VALUE, Kind.NUMERAL, Kind.TIME})


@dataclass(slots=True)
class Token:
    """A word.

    Attributes:
        form: stem, for comparing.
        span: in its sentence.
        role: "S" subject, "O" object, "D" receiver …; of English the preposition before it; empty where unknown.
        value: of a value, a numeral, and a time that a date makes known.
        first: begins an English sentence, where a capital tells nothing.
        phrase: tokens of one noun phrase share it.
    """

    kind: Kind
    form: str
    text: str
    span: Span
    role: str = ""
    value: Value | None = None
    predicate: bool = False
    passive: bool = False
    copula: bool = False
    first: bool = False
    phrase: int = -1


@dataclass(slots=True)
class Reading:
    """A sentence that was read.

    Attributes:
        negations: for each, the positions of the tokens that it reaches, nearest first.
    """

    text: str
    language: str | None
    tokens: list[Token] = field(default_factory=list)
    negations: list[tuple[int, ...]] = field(default_factory=list)


IDENTIFIER = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]+(?:[-.]?[A-Za-z]+)*[-.]?\d[A-Za-z0-9]*(?:[-.]\d+)*")
_RELATIVE_YEARS = {"재작년": -2, "지난해": -1, "작년": -1, "올해": 0, "금년": 0, "내년": 1, "내후년": 2}
_RELATIVE_EN = {"last year": -1, "this year": 0, "next year": 1}
_RELATIVE = re.compile(
    "|".join(_RELATIVE_YEARS)
    + r"|\b(?:last|this|next) year\b|지난달|이달|다음 ?달|그저께|어제|오늘|내일|모레|지난주|이번 ?주|다음 ?주",
    re.IGNORECASE,
)
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = re.compile(
    rf"\b(?:{'|'.join(m for m in _MONTHS if m not in ('May', 'March'))})\b|(?<=\b[iobnt][nfyo] )(?:May|March)\b"
)
_NUMERALS = {
    "한": 1,
    "하나": 1,
    "두": 2,
    "둘": 2,
    "세": 3,
    "셋": 3,
    "석": 3,
    "네": 4,
    "넷": 4,
    "넉": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
    "열": 10,
    "스무": 20,
    "스물": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "첫": 1,
    "첫째": 1,
    "둘째": 2,
    "셋째": 3,
    "넷째": 4,
    "다섯째": 5,
    "절반": 0.5,
    "일": 1,
    "이": 2,
    "삼": 3,
    "사": 4,
    "오": 5,
    "육": 6,
    "칠": 7,
    "팔": 8,
    "구": 9,
    "십": 10,
    "백": 100,
    "천": 1000,
    "만": 10_000,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
    "thousand": 1000,
    "million": 1e6,
    "billion": 1e9,
    "dozen": 12,
    "half": 0.5,
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "double": 2,
    "twice": 2,
    "triple": 3,
}
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
MODEST_NUMERALS = frozenset({"한", "하나", "one", "일", "이", "사", "오", "구", "만", "천"})
"""Numerals that are often other words."""


def numeral(form: str) -> float | None:
    """The number that a word says, None for any other word."""
    return _NUMERALS.get(form)


def fixed_tokens(text: str, date: str | None) -> list[Token]:
    """Values, relative times, identifiers and loose digits of a text in order, none overlapping.

    Args:
        date: of the document; a relative year is reckoned from it.
    """
    found: list[Token] = []

    def free(span: Span) -> bool:
        return all(span[1] <= t.span[0] or t.span[1] <= span[0] for t in found)

    for match in IDENTIFIER.finditer(text):
        found.append(Token(Kind.NAME, match.group().casefold(), match.group(), match.span()))
    for value in find_values(text):
        if free(value.span):
            end = value.span[0] + len(value.text.rstrip())
            found.append(Token(Kind.VALUE, value.text, value.text, (value.span[0], end), value=value))
    for match in _RELATIVE.finditer(text):
        if free(match.span()):
            word = " ".join(match.group().lower().split())
            found.append(Token(Kind.TIME, word, match.group(), match.span(), value=_reckoned(word, match, date)))
    for match in _MONTH.finditer(text):
        if free(match.span()):
            month = Value(ValueKind.DATE, 100.0 * (_MONTHS.index(match.group()) + 1), "", match.span(), match.group())
            found.append(Token(Kind.TIME, match.group().lower(), match.group(), match.span(), value=month))
    for match in _DIGITS.finditer(text):
        if free(match.span()):
            found.append(Token(Kind.VALUE, match.group(), match.group(), match.span(), value=_bare(match)))
    return sorted(found, key=lambda t: t.span)


def _bare(match: re.Match[str]) -> Value:
    digits = re.sub(r"\D", "", match.group())
    return Value(ValueKind.NUMBER, float(digits), "", match.span(), match.group())


def _reckoned(word: str, match: re.Match[str], date: str | None) -> Value | None:
    shift = _RELATIVE_YEARS.get(word, _RELATIVE_EN.get(word))
    if shift is None or not date or not date[:4].isdigit():
        return None
    return Value(ValueKind.DATE, float((int(date[:4]) + shift) * 10_000), "", match.span(), match.group())


def negated_once(negations: Sequence[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    """The negations that are left when two of the same word have cancelled each other."""
    for index, reach in enumerate(negations):
        if reach and sum(other[:1] == reach[:1] for other in negations[: index + 1]) % 2:
            later = sum(other[:1] == reach[:1] for other in negations[index + 1 :])
            if later % 2 == 0:
                yield reach


_IRREGULAR = {
    "won": "win",
    "lost": "lose",
    "rose": "rise",
    "risen": "rise",
    "fell": "fall",
    "fallen": "fall",
    "grew": "grow",
    "grown": "grow",
    "began": "begin",
    "begun": "begin",
    "said": "say",
    "told": "tell",
    "became": "become",
    "led": "lead",
    "made": "make",
    "took": "take",
    "taken": "take",
    "gave": "give",
    "given": "give",
    "wrote": "write",
    "written": "write",
    "built": "build",
    "held": "hold",
    "found": "find",
    "knew": "know",
    "known": "know",
    "left": "leave",
    "sent": "send",
    "spoke": "speak",
    "spoken": "speak",
    "went": "go",
    "gone": "go",
    "came": "come",
    "saw": "see",
    "seen": "see",
    "met": "meet",
    "paid": "pay",
    "sold": "sell",
    "bought": "buy",
    "brought": "bring",
    "thought": "think",
    "kept": "keep",
    "men": "man",
    "women": "woman",
    "children": "child",
    "people": "person",
    "defeated": "defeat",
    "better": "better",
    "cities": "city",
}


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A word's stem; irregular verbs by their first form."""
    import Stemmer

    word = _IRREGULAR.get(word, word)
    return str(Stemmer.Stemmer("english").stemWord(word)) if word.isascii() and len(word) > 3 else word
