"""Whether the sources bear out what a question takes for granted: its values, and whether a thing was done at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from malmoi.answering.evidence import Candidate, stands
from malmoi.language.question import DOING, Expects, Question
from malmoi.language.values import Value, ValueKind, find_values

_GAP = 6.0
"""How far behind the best sentence one may stand that bears on the premise, in log-odds."""
_LOOKED_AT = 8
"""Sentences, the best first, that are held against a premise."""
_SURE, _ENOUGH, _HALF, _SOME = 0.75, 0.6, 0.5, 0.3
"""Shares of the question: in a sentence that confirms it without a value, with its value; around one that says no; and
in one that says no or another value."""
_CLEARLY = 0.15
"""How much more of the question a sentence that says no must cover than one that states another value."""
_YEAR = 10_000
"""What a date's year is multiplied by in its amount."""
_WRITTEN = re.compile(r"(\d{4})-(\d\d)")
_ASSERTS = re.compile(
    r"(?:라|다|았|었|했|된|한)는데|[라다]던데|[다라]면서|[다라]며[ ,?]|[다라]고 (?:들|알)|"
    r"[다라]는 (?:게|것이|말이|얘기가) (?:사실|맞|진짜|정말)|"
    r"\bI (?:heard|read)\b|\bright\?|n't (?:it|they|he|she|the)\b|听说|吗[?？]?$",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"아니(?!면|라도|나)|않(?!을 수 없)|지 못|못했|못하|없(?!이|어서는|으면)|부인했|반박했|사실무근|거짓|그대로|"
    r"\bnot\b|n't\b|\bnever\b|\bno longer\b|\bdenied\b|\bdenies\b|\bfalse\b|\bnor\b|不是|没有|并非|从未",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"^(?:is|are|was|were|did|does|do|has|have)n't|,? (?:is|was|did|does|has|are|were)n't (?:it|they|he|she|there)\b|"
    r"(?:지 않|것 아니|거 아니)[가-힣]*[?？]?$",
    re.IGNORECASE,
)
"""A negation by which a question only asks for assent."""
_OPPOSITES = tuple(
    (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE))
    for one, other in (
        (r"금지|\bban(?:ned|s)?\b|\bprohibit", r"허용|허가|\ballow|\bpermit"),
        (r"찬성|\bin favou?r\b|\bsupport", r"반대|\bagainst\b|\boppos"),
        (r"승인|가결|통과|\bapprov|\bpassed\b", r"거부|부결|기각|반려|불승인|\breject|\brefus"),
        (r"증가|늘[었어린렸]|늘어|\bincreas|\brose\b|\bgrew\b", r"감소|줄[었어인]|줄어|\bdecreas|\bfell\b|\bdeclin"),
        (r"올[랐렸리린립]|인상|\brais", r"내[렸리린립]|인하|\blower|\bcut\b"),
        (r"성공|\bsucce", r"실패|\bfail"),
        (r"합격", r"불합격|탈락"),
        (r"유료", r"무료|\bfree\b"),
        (r"참석|\battended\b", r"불참|\babsent\b"),
        (r"유죄|\bguilty\b", r"무죄|\bacquitt|\binnocent"),
    )
)


class Standing(StrEnum):
    """How a premise stands in the sources."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    """They state another value."""
    DENIED = "denied"
    """They say that it is not so."""


@dataclass(frozen=True, slots=True)
class Premise:
    """A premise and the sentence that it was held against.

    Attributes:
        stated, found: the question's value and the source's, as written; empty where no value decides.
    """

    standing: Standing
    candidate: Candidate
    stated: str = ""
    found: str = ""


def judge_premise(question: Question, ranked: Sequence[Candidate]) -> Premise | None:
    """What the best sentences say of the question's premise; None where it has none or they leave it open.

    A premise is confirmed only by a sentence that has its values, with their units, its names, and no negation.
    """
    if not ranked:
        return None
    if not (question.expects is Expects.CHECK or _ASSERTS.search(question.text)):
        return _opposed(question, ranked[0])
    if _NOT.search(_TAG.sub("", question.text)):
        return None
    near = [c for c in ranked[:_LOOKED_AT] if c.score >= ranked[0].score - _GAP]
    quantities = [v for v in question.values if v.kind is not ValueKind.DATE]
    asserted = quantities or list(question.values)
    if not asserted:
        return _without_value(question, near)
    for candidate in near:
        if _has_all(question, candidate, asserted) and not _NOT.search(candidate.text):
            return _opposed(question, candidate) or Premise(Standing.CONFIRMED, candidate)
    corrected = next(_corrections(question, near, asserted), None)
    denied = _denied(question, near) or _opposed(question, near[0])
    if corrected and denied and denied.candidate.coverage > corrected.candidate.coverage + _CLEARLY:
        return denied
    return corrected or denied


def settles(premise: Premise | None) -> bool:
    """Whether a premise is contradicted so plainly that this alone answers, whatever else the passages leave out."""
    return premise is not None and premise.standing is not Standing.CONFIRMED and premise.candidate.reach >= _ENOUGH


def _without_value(question: Question, near: Sequence[Candidate]) -> Premise | None:
    denied = _denied(question, near) or _opposed(question, near[0])
    if denied is not None or question.expects is not Expects.CHECK:
        return denied
    best = near[0]
    sure = best.coverage >= _SURE and _names_stand(question, best) and _says_all(question, best, least=DOING)
    return Premise(Standing.CONFIRMED, best) if sure else None


def _has_all(question: Question, candidate: Candidate, asserted: Sequence[Value]) -> bool:
    """Whether a sentence states every value of the question, of the same names and of much of the rest."""
    stated = [dated(value, candidate) for value in find_values(candidate.text)]
    every = all(any(_states(s, v) for s in stated) for v in asserted)
    said = candidate.coverage >= _ENOUGH and _says_all(question, candidate, least=1.0)
    return every and said and _names_stand(question, candidate)


def _states(stated: Value, asserted: Value) -> bool:
    """Whether a sentence's value is the asserted one, with its unit, and with its year where one is asserted."""
    if asserted.kind is ValueKind.DATE and asserted.amount >= _YEAR > stated.amount:
        return False
    return asserted.same(stated) and (asserted.unit == stated.unit or not asserted.unit)


def dated(value: Value, candidate: Candidate) -> Value:
    """A date without its year or month as one of the time when its document was written, where that is known.

    A month of the year that has not come yet when it was written is taken for one of the year before.
    """
    written = _WRITTEN.match(candidate.hit.chunk.date or candidate.hit.document.date or "")
    if value.kind is not ValueKind.DATE or value.amount >= _YEAR or not written:
        return value
    year, month = int(written[1]), int(written[2])
    of_the_year = int(value.amount) if value.amount >= 100 else month * 100 + int(value.amount)
    if of_the_year // 100 > month + 1:
        year -= 1
    return replace(value, amount=float(year * _YEAR + of_the_year), text=f"{value.text} ({year})")


def _says_all(question: Question, candidate: Candidate, least: float) -> bool:
    """Whether every word of at least this emphasis stands in the sentence, so that it says this and of this thing."""

    def said(term: str) -> bool:
        spellings = [(term,), *question.alternatives.get(term, ())]
        return any(all(stands(t, candidate.sentence.terms, candidate.text) for t in terms) for terms in spellings)

    return all(said(t) for t in question.terms if question.emphasis[t] >= least and len(t) > 1 and not t.isdigit())


def _names_stand(question: Question, candidate: Candidate) -> bool:
    """Whether the question's identifiers and names in Latin letters are in the sentence or beside it."""
    terms, text = candidate.around()
    context = terms | frozenset(candidate.hit.chunk.context_terms)
    names = [t for t in question.terms if t.isascii() and not t.isdigit() and question.emphasis[t] >= 1.0]
    return all(stands(t, context, text) for t in names)


def _corrections(question: Question, near: Sequence[Candidate], asserted: Sequence[Value]) -> Iterator[Premise]:
    """Sentences that state another value in place of one that the question states."""
    for candidate in near:
        if candidate.coverage < _SOME and candidate.reach < _ENOUGH:
            continue
        stated = [dated(value, candidate) for value in find_values(candidate.text)]
        if all(any(v.same(s) for s in stated) for v in asserted):
            return
        for value in asserted:
            alike = [s for s in stated if _comparable(value, s, candidate.coverage)]
            if alike and not any(value.same(s) for s in alike):
                yield Premise(Standing.CORRECTED, candidate, value.text, alike[0].text)


def _comparable(asserted: Value, stated: Value, coverage: float) -> bool:
    """Of one kind and unit; months without a year only in a sentence that says much of what the question says."""
    same_kind = asserted.family is stated.family
    if asserted.kind is ValueKind.DATE:
        years = asserted.amount >= 10_000 and stated.amount >= 10_000
        months = asserted.amount % 10_000 >= 100 and stated.amount % 10_000 >= 100
        return same_kind and (years or (months and coverage >= _ENOUGH))
    return same_kind and asserted.unit == stated.unit


def _denied(question: Question, near: Sequence[Candidate]) -> Premise | None:
    """A sentence with much of the question in it, or right behind such a one, that says no."""
    for candidate in near:
        bears = candidate.coverage >= _SOME and candidate.reach >= _HALF
        if bears and _NOT.search(candidate.text):
            return Premise(Standing.DENIED, candidate)
    return None


def _opposed(question: Question, candidate: Candidate) -> Premise | None:
    """A sentence that says the opposite of what the question takes for granted (금지됐나: 허용했다)."""
    if candidate.coverage < _SOME:
        return None
    for pair in _OPPOSITES:
        for said, other in (pair, pair[::-1]):
            asked = said.search(question.text) and not other.search(question.text)
            if asked and other.search(candidate.text) and not said.search(candidate.around()[1]):
                return Premise(Standing.DENIED, candidate)
    return None
