"""Values on which the sources disagree: one sentence for each, oldest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from malmoi.answering.evidence import Candidate, Weights, passage_terms, stands
from malmoi.answering.measures import measures, without_measures
from malmoi.language.question import Expects, Question
from malmoi.language.values import Value, ValueKind, find_values
from malmoi.types import Hit, SectionKind

_GAP = 7.0
"""How far a sentence that states a value may stand behind the best one, in log-odds."""
_SHARE, _NEAR = 0.4, 0.65
"""Least share of the question, alone and beside that of the best sentence that states a value."""
_TOPIC = 0.75
"""Share of what the question is about that a passage needs for a sentence of it to speak of the same quantity."""
_MOST = 6
"""Values that are told of."""
_PART = re.compile(
    r"가운데|중에서|중 |나머지|포함|제외|빼고|남짓 더|당 |마다|평균|(?<=\d)\s?(?:명|개|척|대|곳|건) 중|"
    r"of (?:them|which|these|those)\b|\bper\b|\beach\b|\baverage|其中"
)
"""A value beside one of these is a part of the whole, or a rate."""
_PLANNED = re.compile(
    r"요구|제시|목표|계획|예정|전망|추산|예상|내다[봤보]|바[랐란]|할 것|하기로|"
    r"\bplan|\bexpect|\btarget|\bdemand|\bproposed|\bwill\b|\boffer|预计|计划"
)
_LIMIT = re.compile(r"\s?[을를이가]?\s?(?:넘|초과|이상|이하|미만|밑돌|웃돌|못 미치)[가-힣\s]{0,6}?면")
"""Behind a value that is a limit: what then happens stands in the rest of the sentence."""
_CLAUSE = re.compile(r"[,;·(]|이며|하며|으며|으나|지만|했고|이고|하고 |는데|은데| and | but | while ")
"""What stands between two clauses."""
_CORRECTS = re.compile(
    r"바로잡|정정|잘못 (?:적|알|쓰|보도)|고쳤|수정했|\bcorrect(?:ed|ion|s)\b|\bearlier version\b|"
    r"\bwe (?:said|gave|wrote|reported)\b|更正"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence and the value by which it answers.

    Attributes:
        alike: its clause names the quantity asked for, and its passage what the question is about.
        planned: it is asked for, planned or expected, not said to be so.
        corrects: its sentence or a neighbour says that an earlier value was wrong.
    """

    candidate: Candidate
    value: Value
    alike: bool
    planned: bool
    corrects: bool


def disagreement(question: Question, ranked: Sequence[Candidate]) -> list[Claim]:
    """One claim for each value, oldest first, where documents state different values of what is asked.

    Empty where they agree, or where only one document states a value: what one text says twice it says of two things.
    Translated and copied texts state one value and so count once.
    """
    if not question.value_kinds or not ranked:
        return []
    claims = _without_plans(_of_one_quantity(_claims(question, ranked)))
    first: dict[str, Claim] = {}
    for claim in claims:
        first.setdefault(claim.candidate.hit.document.id, claim)
    told = _distinct(first.values())
    if len(told) < 2:
        return []
    told = _distinct([*told, *(claim for claim in claims if claim.alike)])
    return _oldest_first(_each_its_source(told[:_MOST], claims))


def _distinct(claims: Iterable[Claim]) -> list[Claim]:
    """The first claim of each value."""
    told: list[Claim] = []
    for claim in claims:
        if not any(claim.value.same(other.value) for other in told):
            told.append(claim)
    return told


def _claims(question: Question, ranked: Sequence[Candidate]) -> list[Claim]:
    """What is claimed of the quantity asked for, best first."""
    weights = _weights(question, ranked)
    shares = {c.key: (weights.share(c.sentence.terms, c.text) + weights.share(*c.around())) / 2 for c in ranked}
    stating = [c for c in ranked if c.values and (question.comments or c.hit.chunk.kind is not SectionKind.COMMENT)]
    floor = max(_SHARE, _NEAR * max((shares[c.key] for c in stating), default=0.0))
    least = ranked[0].score - _GAP
    asked = measures(question.text)
    topic = _topic(question)
    close = {c.key for c in stating if c.score >= least and shares[c.key] >= floor}
    on_topic = {(c.hit.document.id, c.hit.chunk.start) for c in stating if c.key in close}
    found = []
    for candidate in stating:
        value = _stated(question, candidate)
        if value is None or (value.kind is ValueKind.COUNT and value.amount == 1):
            continue  # 한 명의 지휘관이 says which, not how many
        clause = _clause(candidate.text, value)
        alike = bool(asked & measures(clause)) and (
            (candidate.hit.document.id, candidate.hit.chunk.start) in on_topic or _speaks_of(topic, weights, candidate)
        )
        if not (alike or candidate.key in close) or _PART.search(clause) or not _of_the_time(question, candidate.text):
            continue
        if not _limits_what_is_asked(question, candidate, value):
            continue
        planned = bool(_PLANNED.search(_after(candidate.text, value)))
        found.append(Claim(candidate, value, alike, planned, bool(_CORRECTS.search(candidate.around()[1]))))
    return found


def _limits_what_is_asked(question: Question, candidate: Candidate, value: Value) -> bool:
    """False where the value is a limit (4미터를 넘으면 …) of something else than what the question speaks of."""
    limit = _LIMIT.match(candidate.text, value.span[1])
    if limit is None:
        return True
    before, behind = candidate.text[: limit.end()], candidate.text[limit.end() :]
    return any(t in behind or (t in candidate.sentence.terms and t not in before) for t in question.terms)


def _weights(question: Question, ranked: Sequence[Candidate]) -> Weights:
    """The question's terms weighed by how few of the passages have them.

    All passages speak of the topic; a sentence states the value only if it shares what is asked of that topic.
    """
    hits: list[Hit] = list({c.hit.chunk.id or c.key: c.hit for c in ranked}.values())
    passages = [(passage_terms(hit), hit.chunk.embedding_text) for hit in hits]
    return Weights(question, lambda terms: {t: sum(stands(t, *p) for p in passages) for t in terms}, len(hits))


def _topic(question: Question) -> tuple[str, ...]:
    """The question's terms without those that say what is measured of it."""
    rest = without_measures(question.text)
    return tuple(t for t in question.terms if question.emphasis[t] >= 1.0 and (t in rest or t in rest.lower()))


def _speaks_of(topic: tuple[str, ...], weights: Weights, candidate: Candidate) -> bool:
    terms, text = passage_terms(candidate.hit), candidate.hit.chunk.embedding_text
    whole = sum(weights[t] for t in topic)
    return whole > 0 and sum(weights[t] for t in topic if weights.stands(t, terms, text)) >= _TOPIC * whole


def _stated(question: Question, candidate: Candidate) -> Value | None:
    """Of the values that a sentence states, the one whose clause says most of what is asked."""
    asked = measures(question.text)

    def fit(value: Value) -> tuple[bool, int, bool, int]:
        clause = _clause(candidate.text, value)
        shared = sum(t in clause.lower() for t in question.terms)
        return bool(asked & measures(clause)), shared, not _PART.search(clause), -value.span[0]

    return max(candidate.values, key=fit, default=None)


def _clause(text: str, value: Value) -> str:
    """The clause in which a value stands, without what belongs to another value."""
    start, end = value.span
    values = find_values(text)
    left = max((v.span[1] for v in values if v.span[1] <= start and v.kind is value.kind), default=0)
    right = min((v.span[0] for v in values if v.span[0] >= end and v.kind is value.kind), default=len(text))
    left = max([left, *(m.end() for m in _CLAUSE.finditer(text, left, start))])
    behind = _CLAUSE.search(text, end, right)
    return text[left : behind.start() if behind else right]


def _after(text: str, value: Value) -> str:
    behind = _CLAUSE.search(text, value.span[1])
    return text[value.span[1] : behind.start() if behind else len(text)]


def _of_the_time(question: Question, text: str) -> bool:
    """Whether a sentence speaks of the year that the question names, where both name one."""
    if question.expects is Expects.DATE:
        return True
    asked = [v for v in question.values if v.kind is ValueKind.DATE and v.amount >= 10_000]
    stated = [v for v in find_values(text) if v.kind is ValueKind.DATE and v.amount >= 10_000]
    return not asked or not stated or any(a.same(s) for a in asked for s in stated)


def _of_one_quantity(claims: list[Claim]) -> list[Claim]:
    """Those whose value can be set against that of the best: of its kind, and counts also of its unit."""
    if not claims:
        return claims
    best = claims[0].value

    def comparable(value: Value) -> bool:
        counted = value.family is ValueKind.COUNT and bool(value.unit and best.unit)
        return value.family is best.family and not (counted and value.unit != best.unit)

    return [claim for claim in claims if comparable(claim.value)]


def _without_plans(claims: list[Claim]) -> list[Claim]:
    """Without what is only planned, where some say how it is."""
    facts = [claim for claim in claims if not claim.planned]
    return facts or claims


def _each_its_source(told: Sequence[Claim], claims: Sequence[Claim]) -> list[Claim]:
    """For each value its best claim from a document that states no other value, where there is one."""
    used: set[str] = set()
    chosen = []
    for claim in told:
        same = [c for c in claims if c.value.same(claim.value)]
        best = next((c for c in same if c.candidate.hit.document.id not in used), same[0])
        used.add(best.candidate.hit.document.id)
        chosen.append(_rather_than_title(best, same))
    return chosen


def _rather_than_title(claim: Claim, same: Sequence[Claim]) -> Claim:
    """A sentence of the document that claims what its title claims."""
    if claim.candidate.hit.chunk.kind is not SectionKind.HEAD:
        return claim
    inside = (c for c in same if c.candidate.hit.document.id == claim.candidate.hit.document.id)
    return next((c for c in inside if c.candidate.hit.chunk.kind is not SectionKind.HEAD), claim)


def _oldest_first(claims: Sequence[Claim]) -> list[Claim]:
    """By date, those without one last."""
    return sorted(claims, key=lambda c: (_date(c) is None, _date(c) or "", c.candidate.rank))


def _date(claim: Claim) -> str | None:
    return claim.candidate.hit.chunk.date or claim.candidate.hit.document.date


def updated_by(claims: Sequence[Claim]) -> str:
    """The source that gives two of the values and says of the later one that it corrects; empty where none does."""
    for claim in claims:
        source = claim.candidate.hit.document.publisher
        others = [c for c in claims if c is not claim and c.candidate.hit.document.publisher == source]
        if source and claim.corrects and others:
            return source
    return ""
