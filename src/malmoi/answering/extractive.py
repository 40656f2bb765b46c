"""Answers without a model: the sentences that answer, word for word, each with its citation."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from malmoi.answering.abstention import Missing, as_written, can_be_told, confidence, read_signals, what_is_missing
from malmoi.answering.conflicts import Claim, disagreement, updated_by
from malmoi.answering.enumerations import find_items
from malmoi.answering.evidence import Candidate, Evidence, passage_terms, squeeze, stands
from malmoi.answering.headings import below_heading, sentences_first, without_credits
from malmoi.answering.premises import Premise, Standing, judge_premise, settles
from malmoi.answering.reasons import with_reason
from malmoi.answering.telling import quoted, tell
from malmoi.answering.views import takes_a_view
from malmoi.i18n import text
from malmoi.language.question import Expects, Question
from malmoi.language.values import ValueKind, find_values
from malmoi.types import (
    AnswerEvent,
    Hit,
    Language,
    SectionKind,
    Verdict,
)

_MOST_LINES = 6
_MOST_KNOWN = 4
_REPEATED = 15
"""From so many letters and digits on, a text within another of its document says nothing of its own."""
_SECOND_GAP, _SEVERAL_GAP = 3.5, 4.5
"""How far a further sentence may stand behind the best one, in log-odds."""
_TIME = re.compile(
    r"[월화수목금토일]요일|오전|오후|정오|자정|새벽|아침|저녁|\d{1,2}시|[한두세네섯홉덟곱열]\s?시|\d{1,2}:\d\d|매일|매주|매달|매년|평일|주말|"
    r"공휴일|봄|여름|가을|겨울|세기|작년|올해|지난해|내년|\b[ap]\.?m\b|o'clock|noon|midnight|days?\b|morning|evening|"
    r"spring|summer|autumn|winter|century|"
    r"\b(?:in|by|since|until|from|of) (?:January|February|March|April|May|June|July|August|September|October|"
    r"November|December)\b",
    re.IGNORECASE,
)
"""Says when without a date: weekdays, clock times, seasons, months in English."""


class ExtractiveAnswerer:
    """Picks, orders and quotes sentences; says so when the passages do not hold the answer."""

    def __init__(self, evidence: Evidence, max_sentences: int) -> None:
        self._evidence = evidence
        self._max = max_sentences

    def stream(
        self, question: Question, hits: Sequence[Hit], *, language: Language, beyond: Sequence[Hit] = ()
    ) -> Iterator[AnswerEvent]:
        """Lead, sentences, and the finished answer.

        Args:
            beyond: passages behind the hits, in which only other values of the quantity asked for are looked for; those
                that are cited are added to the answer's passages.
        """
        began = time.perf_counter()
        weights = self._evidence.weights(question)
        ranked = without_credits(question, self._evidence.candidates(question, hits, weights))
        missing = what_is_missing(question, hits, ranked, weights)
        if missing is not None and not settles(judge_premise(question, ranked)):
            choice, lead = Choice(Verdict.ABSTAINED, []), _decline(question, missing, ranked, hits, language)
        else:
            choice = choose(question, ranked, self._max)
            if beyond and question.value_kinds and choice.verdict is not Verdict.PARTIAL:
                wider = list(_distinct(self._evidence.candidates(question, [*hits, *beyond], weights)))
                if claims := disagreement(question, wider):
                    choice = Choice(Verdict.CONFLICTING, [claim.candidate for claim in claims], claims)
            lead = _lead(choice, question, language)
        sure = confidence(read_signals(question, hits, ranked[0], weights)) if ranked else 0.0
        sentences = [quoted(c.hit, (c.sentence.start, c.sentence.end)) for c in choice.candidates]
        used = {c.hit.chunk.id for c in choice.candidates}
        passages = [*hits, *(hit for hit in beyond if hit.chunk.id in used)]
        yield from tell(question, passages, choice.verdict, lead, sentences, language, began, sure)


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences to quote, in reading order, and what kind of answer they make.

    Attributes:
        claims: where the sources disagree, what each claims.
        premise: how what the question takes for granted stands.
        byline: the candidates are the title and dateline of a document.
    """

    verdict: Verdict
    candidates: Sequence[Candidate]
    claims: Sequence[Claim] = ()
    premise: Premise | None = None
    byline: bool = False


def choose(question: Question, ranked: Sequence[Candidate], most: int) -> Choice:
    """Which of the ranked sentences to quote."""
    distinct = list(_distinct(ranked))
    if not distinct:
        return Choice(Verdict.ABSTAINED, [])
    if byline := _byline(question, distinct):
        return Choice(Verdict.ANSWERED, byline, byline=True)
    if question.value_kinds:
        claims = disagreement(question, distinct)
        if claims:
            return Choice(Verdict.CONFLICTING, [claim.candidate for claim in claims], claims)
    if items := find_items(question, distinct):
        return Choice(Verdict.ANSWERED, items)
    if (below := below_heading(distinct)) and not question.value_kinds and question.expects is not Expects.CHECK:
        return Choice(Verdict.ANSWERED, below)
    several = question.expects in (Expects.VIEWS, Expects.LIST, Expects.REASON, Expects.CHECK)
    best = distinct[0]
    count = most if question.expects is Expects.VIEWS else min(3 if several else 2, most)
    floor = best.score - (_SEVERAL_GAP if several else _SECOND_GAP)
    near = sentences_first(question, [c for c in distinct if c.score >= floor])
    if question.expects is Expects.VIEWS:
        views = [c for c in near if takes_a_view(c.text, c.hit)]
        near = list(_from_each_part(views if len(views) > 1 else near))
    chosen = near[:count]
    if question.expects is Expects.REASON:
        chosen = with_reason(chosen, distinct)
    premise = judge_premise(question, distinct)
    if premise is not None and premise.candidate not in chosen:
        chosen = [premise.candidate, *chosen[: max(most - 1, 0)]]
    timed = question.expects is Expects.DATE and any(_TIME.search(c.text) for c in chosen)
    answered = timed or any(c.values for c in chosen)
    silent = bool(question.value_kinds) and not answered and premise is None
    return Choice(Verdict.PARTIAL if silent else Verdict.ANSWERED, _in_reading_order(chosen), premise=premise)


def _byline(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The title and dateline as they stand, for a question about the publication that they answer best."""
    best = ranked[0]
    if not question.about_page or best.hit.chunk.kind is not SectionKind.HEAD:
        return []
    lines = [c for c in ranked if c.hit.document.id == best.hit.document.id and c.hit.chunk.kind is SectionKind.HEAD]
    lines = [c for c in lines if len(squeeze(c.text)) > 1] or lines
    return sorted(lines[:_MOST_LINES], key=lambda c: c.sentence.start)


def _from_each_part(ranked: Sequence[Candidate], most: int = 2) -> Iterator[Candidate]:
    """No more than `most` candidates under one heading of one document: views stand in different parts."""
    taken: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for candidate in ranked:
        part = candidate.hit.document.id, candidate.hit.chunk.heading
        taken[part] += 1
        if taken[part] <= most:
            yield candidate


def _in_reading_order(chosen: Sequence[Candidate]) -> list[Candidate]:
    """Sentences of one document together and in its order, the best document first."""
    documents = list(dict.fromkeys(c.hit.document.id for c in chosen))
    return sorted(chosen, key=lambda c: (documents.index(c.hit.document.id), c.sentence.start))


def _distinct(ranked: Sequence[Candidate]) -> Iterator[Candidate]:
    """Each text once; of one document also a caption and the line that repeats it within."""
    seen: dict[str, list[str]] = {}
    everywhere: set[str] = set()
    for candidate in ranked:
        bare = squeeze(candidate.text)
        own = seen.setdefault(candidate.hit.document.id, [])
        repeated = len(bare) >= _REPEATED and any(len(o) >= _REPEATED and (bare in o or o in bare) for o in own)
        if bare and bare not in everywhere and not repeated:
            everywhere.add(bare)
            own.append(bare)
            yield candidate


def _lead(choice: Choice, question: Question, language: Language) -> str:
    verdict, chosen = choice.verdict, choice.candidates
    if verdict is Verdict.CONFLICTING:
        lead = text("extractive.conflict", language, values=" · ".join(claim.value.text for claim in choice.claims))
        source = updated_by(choice.claims)
        return f"{lead} {text('extractive.updated', language, source=source)}" if source else lead
    if verdict is Verdict.PARTIAL:
        return text("extractive.no_value", language, what=text(f"extractive.value.{question.expects}", language))
    if (premise := choice.premise) is not None:
        if premise.found:
            return text("extractive.corrected", language, stated=premise.stated, found=premise.found)
        confirmed = premise.standing is Standing.CONFIRMED
        return text("extractive.confirmed" if confirmed else "extractive.differs", language)
    if choice.byline:
        return _recorded(choice, question, language)
    if question.expects is Expects.VIEWS and len({c.hit.document.id for c in chosen}) > 1:
        return text("extractive.views", language)
    return ""


def _recorded(choice: Choice, question: Question, language: Language) -> str:
    """The author or date that is recorded of a document and stands in none of the lines quoted of it."""
    document = choice.candidates[0].hit.document
    told = squeeze(" ".join(c.text for c in choice.candidates))
    if question.expects is Expects.PERSON and document.author and squeeze(document.author) not in told:
        return text("extractive.author", language, author=document.author)
    dated = any(v.kind is ValueKind.DATE for c in choice.candidates for v in find_values(c.text))
    if question.expects is Expects.DATE and document.date and not dated:
        return text("extractive.dated", language, date=document.date[:10])
    return ""


def _decline(
    question: Question, missing: Missing, ranked: Sequence[Candidate], hits: Sequence[Hit], language: Language
) -> str:
    """That there is no answer, what of the question the nearest passage has, and what it does not have."""
    parts = [text("extractive.unknown", language)]
    if not hits:
        return " ".join([*parts, text("extractive.no_passage", language)])
    words = list(missing.words)
    nearest = [c for c in ranked if c.hit is ranked[0].hit]
    if nearest and question.value_kinds and not any(c.values for c in nearest):
        words.extend(_value_asked(question, language))
    known = _known(question, ranked[0], missing) if ranked else []
    if words and known:
        both = {"known": ", ".join(known), "words": ", ".join(words)}
        parts.append(text("extractive.known_missing", language, **both))
    elif words:
        parts.append(text("extractive.missing", language, words=", ".join(words)))
    parts.append(text("extractive.nearest", language))
    return " ".join(parts)


def _value_asked(question: Question, language: Language) -> list[str]:
    """The kind of value asked for, in words; nothing for a count that the question's own words name (나이는?)."""
    if question.counter:
        return [text("extractive.asked.counted", language, counter=question.counter)]
    return [] if question.expects is Expects.COUNT else [text(f"extractive.asked.{question.expects}", language)]


def _known(question: Question, best: Candidate, missing: Missing) -> list[str]:
    """The question's names and things that the nearest passage has, as the question writes them."""
    terms, body = passage_terms(best.hit), best.hit.chunk.embedding_text
    known = []
    for term in question.terms:
        if len(term) > 1 and can_be_told(term, question) and stands(term, terms, body):
            word = as_written(term, question.text)
            known.append(term if "가" <= term[0] <= "힣" and word not in body else word)
    return [word for word in dict.fromkeys(known) if word not in missing.words][:_MOST_KNOWN]
