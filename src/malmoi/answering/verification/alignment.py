"""Which word of a source sentence stands where a word of the claim stands.

A global alignment of two token sequences (Needleman and Wunsch, 1970) in which words of one sort may stand for each
other: so a changed word meets the one that it replaced, and a moved word meets nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from malmoi.answering.verification.lexicon import exclusive, opposite, synonymous
from malmoi.answering.verification.tokens import COUNTED, NOMINAL, Kind, Reading, Token
from malmoi.language.values import QUANTITIES, Value, ValueKind

SameName = Callable[[str, str], bool]

_CLAIM_GAP = 1.0
_SOURCE_GAP = 0.4
_NEVER = -9.0
_SAME = (3.0, 1.2)
"""Of a word, and of a form of be."""
_SAME_SPAN = 0.03
"""How far two spans of time in different units may differ: 2 years are 24 months."""
_NEAR = (1.0, 0.7, 0.5)
"""How much the first, second and third neighbour on a side say about whether two words stand in one place."""


class Relation(StrEnum):
    """How a word of the claim relates to the source."""

    SAME = "same"
    OPPOSITE = "opposite"
    OTHER = "other"
    """Another word stands in its place."""
    NONE = "none"
    """Nothing stands in its place."""


@dataclass(slots=True)
class Aligned:
    """A claim beside one source sentence.

    Attributes:
        at: for each token of the claim the position in the source, -1 for none.
        relations: for each token of the claim.
        context: for each token of the claim how surely it stands in that place, 0 to 4.4.
        share: part of the claim's words, by weight, that the source has in the same place.
    """

    source: Reading
    at: list[int]
    relations: list[Relation]
    context: list[float]
    share: float


def same_value(a: Value, b: Value) -> bool:
    """Whether two values say the same, counting a bare number as any quantity of its size."""
    if a.kind is b.kind is ValueKind.DURATION and _unit(a) != _unit(b):
        return math.isclose(a.amount, b.amount, rel_tol=_SAME_SPAN)
    if a.same(b):
        finer = a.kind is b.kind and a.kind not in (ValueKind.DATE, ValueKind.DURATION)
        return not finer or math.isclose(a.amount, b.amount, rel_tol=1e-9)
    if {a.kind, b.kind} == {ValueKind.PERCENT, ValueKind.RATIO}:
        percent, ratio = (a, b) if a.kind is ValueKind.PERCENT else (b, a)
        return math.isclose(percent.amount, ratio.amount * 100, rel_tol=1e-9)
    bare = ValueKind.NUMBER in (a.kind, b.kind)
    if bare and {a.kind, b.kind} <= QUANTITIES | {ValueKind.PERCENT}:
        return math.isclose(a.amount, b.amount, rel_tol=1e-9)
    year = next((v for v in (a, b) if v.kind is ValueKind.DATE), None)
    number = next((v for v in (a, b) if v.kind is ValueKind.NUMBER), None)
    return year is not None and number is not None and year.amount == number.amount * 10_000


def _unit(value: Value) -> str:
    return "".join(c for c in value.text if c.isalpha())[:2]


def comparable(a: Value, b: Value) -> bool:
    """Whether one could have been put in the place of the other: they measure the same sort of thing."""
    if a.kind is b.kind:
        return not (a.unit and b.unit and a.unit != b.unit)
    return ValueKind.NUMBER in (a.kind, b.kind) or {a.kind, b.kind} <= {ValueKind.PERCENT, ValueKind.RATIO}


def same_word(a: Token, b: Token) -> bool:
    """Whether two tokens say the same."""
    if a.kind in COUNTED and b.kind in COUNTED:
        if a.value and b.value:
            return same_value(a.value, b.value)
        return a.form == b.form or synonymous(a.form, b.form)
    if a.form == b.form:
        return True
    if a.kind in COUNTED or b.kind in COUNTED:
        return False
    return synonymous(a.form, b.form)


def opposed(a: Token, b: Token) -> bool:
    """Whether two tokens say the contrary of each other."""
    return opposite(a.form, b.form)


def align(claim: Reading, source: Reading) -> Aligned:
    """Align a claim with one source sentence."""
    scores, relations = _pairs(claim, source)
    at = _path(scores, len(claim.tokens), len(source.tokens))
    found = [relations.get((i, j), Relation.OTHER) if j >= 0 else Relation.NONE for i, j in enumerate(at)]
    weights = [weight(t) for t in claim.tokens]
    held = sum(w for w, r in zip(weights, found, strict=True) if r is Relation.SAME)
    total = sum(weights)
    context = [_context(i, at, found, len(source.tokens)) for i in range(len(at))]
    return Aligned(source, at, found, context, held / total if total else 1.0)


def weight(token: Token) -> float:
    """How much a token says about which source sentence a claim came from."""
    if token.kind in (Kind.NAME, Kind.VALUE):
        return 2.0
    adverb = token.kind is Kind.OTHER and not token.text.isascii()
    return 0.5 if len(token.form) == 1 or token.form == "be" or token.kind is Kind.PRONOUN or adverb else 1.0


def _pairs(claim: Reading, source: Reading) -> tuple[list[list[float]], dict[tuple[int, int], Relation]]:
    scores: list[list[float]] = []
    relations: dict[tuple[int, int], Relation] = {}
    for i, a in enumerate(claim.tokens):
        row = []
        for j, b in enumerate(source.tokens):
            if same_word(a, b):
                relations[i, j] = Relation.SAME
                row.append(
                    _SAME[a.form == "be" or (len(a.form) == 1 and a.kind is Kind.PREDICATE)] + 0.2 * (a.role == b.role)
                )
            elif opposed(a, b):
                relations[i, j] = Relation.OPPOSITE
                row.append(2.0)
            else:
                row.append(_in_its_place(a, b))
        scores.append(row)
    return scores, relations


def _in_its_place(a: Token, b: Token) -> float:
    """How likely `a` was put where `b` stands."""
    if a.kind in COUNTED and b.kind in COUNTED:
        alike = a.value and b.value and comparable(a.value, b.value)
        return (0.6 if alike else -0.2) + (0.4 if a.role == b.role else 0.0)
    if a.kind in COUNTED or b.kind in COUNTED:
        return -0.2 if {a.kind, b.kind} == {Kind.NAME, Kind.TIME} else _NEVER
    if a.kind in NOMINAL and b.kind in NOMINAL:
        names = 0.3 if (a.kind is Kind.NAME) == (b.kind is Kind.NAME) else 0.0
        if a.role and a.role == b.role:
            return 0.9 + names
        return (-0.5 if a.role and b.role else -0.1) + names
    if exclusive(a.form, b.form):
        return 0.8
    if a.predicate and b.predicate:
        return -0.3
    return -0.4


def _path(scores: list[list[float]], rows: int, columns: int) -> list[int]:
    """For each row the column that the best path pairs it with, -1 for none; what is left over at the ends is free."""
    if not rows or not columns:
        return [-1] * rows
    best = [0.0] * (columns + 1)
    steps: list[bytearray] = []
    for i in range(rows):
        previous, best = best, [best[0] - _CLAIM_GAP, *([0.0] * columns)]
        row, step = scores[i], bytearray(columns + 1)
        left = best[0]
        for j in range(columns):
            value, code = previous[j] + row[j], 1
            if (up := previous[j + 1] - _CLAIM_GAP) > value:
                value, code = up, 2
            if (beside := left - _SOURCE_GAP) > value:
                value, code = beside, 3
            best[j + 1] = left = value
            step[j + 1] = code
        steps.append(step)
    at = [-1] * rows
    i, j = rows - 1, max(range(columns + 1), key=best.__getitem__)
    while i >= 0 and j > 0:
        code = steps[i][j]
        if code == 1:
            at[i] = j - 1
            i, j = i - 1, j - 1
        elif code == 2:
            i -= 1
        else:
            j -= 1
    return at


def _context(i: int, at: list[int], relations: list[Relation], columns: int) -> float:
    here = at[i]
    if here < 0:
        return 0.0
    total = 0.0
    for side in (-1, 1):
        for distance, share in enumerate(_NEAR, start=1):
            k, beside = i + side * distance, here + side * distance
            if not 0 <= k < len(at):
                total += share * (not 0 <= beside < columns)
            elif relations[k] is Relation.SAME and abs(at[k] - beside) <= 1:
                total += share
    return total
