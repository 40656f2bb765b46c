"""Answers without a model: the sentences that answer, word for word, each with its citation."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from malmoi.answering.abstention import Missing, what_is_missing
from malmoi.answering.evidence import Candidate, Evidence, cite, squeeze
from malmoi.answering.question import Expects, Question
from malmoi.answering.render import render_text
from malmoi.i18n import text
from malmoi.types import (
    Answer,
    AnswerEvent,
    AnswerSentence,
    Citation,
    Finished,
    Hit,
    Language,
    Lead,
    SectionKind,
    SentenceDone,
    Support,
    Verdict,
)

NAME = "extractive"
_ITEM = re.compile(
    r"\s*(?:[-•·▪◦*]\s|[①-⑳]|\(?\d{1,2}[.)]\s|[가-하]\.\s|(?:첫|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|열)째|"
    r"(?:First|Second|Third|Fourth|Fifth|Sixth|Finally)(?:ly)?,|第[一二三四五六七八九十])"
)
_MOST_ITEMS = 12
_MOST_LINES = 6


class ExtractiveAnswerer:
    """Picks, orders and quotes sentences; says so when the passages do not hold the answer."""

    def __init__(self, evidence: Evidence, max_sentences: int) -> None:
        self._evidence = evidence
        self._max = max_sentences

    def stream(self, question: Question, hits: Sequence[Hit], *, language: Language) -> Iterator[AnswerEvent]:
        """Lead, sentences, and the finished answer."""
        began = time.perf_counter()
        weights = self._evidence.weights(question)
        ranked = self._evidence.candidates(question, hits, weights)
        missing = what_is_missing(question, hits, ranked, weights)
        if missing is not None:
            chosen: list[Candidate] = []
            verdict, lead = Verdict.ABSTAINED, _decline(missing, hits, language)
        else:
            verdict, chosen = choose(question, ranked, self._max)
            lead = _lead(verdict, question, chosen, language)
        yield from tell(question, hits, verdict, lead, [quoted(c) for c in chosen], language, began)


def tell(
    question: Question,
    hits: Sequence[Hit],
    verdict: Verdict,
    lead: str,
    sentences: Sequence[AnswerSentence],
    language: Language,
    began: float,
) -> Iterator[AnswerEvent]:
    """The events of an answer whose parts are all known."""
    if lead:
        yield Lead(lead)
    for sentence in sentences:
        yield SentenceDone(sentence)
    yield Finished(
        Answer(
            question=question.text,
            lead=lead,
            sentences=tuple(sentences),
            verdict=verdict,
            text=render_text(lead, sentences, language, name_sources=True),
            passages=tuple(hits),
            searched=question.text,
            answerer=NAME,
            language=language,
            timings={"answer": time.perf_counter() - began},
        )
    )


def quoted(candidate: Candidate) -> AnswerSentence:
    """The candidate's sentence as a supported sentence of an answer."""
    citation: Citation = cite(candidate.hit, (candidate.sentence.start, candidate.sentence.end))
    return AnswerSentence(_ITEM_BULLET.sub("", citation.quote), Support.SUPPORTED, (citation,))


_ITEM_BULLET = re.compile(r"^\s*[-•·▪◦*]\s+")


def choose(question: Question, ranked: Sequence[Candidate], most: int) -> tuple[Verdict, list[Candidate]]:
    """The sentences to quote, in reading order, and what kind of answer they make."""
    distinct = list(_distinct(ranked))
    if not distinct:
        return Verdict.ABSTAINED, []
    if question.value_kinds:
        stated = _different_values(question, distinct)
        if len(stated) > 1:
            return Verdict.CONFLICTING, sorted(stated, key=lambda c: (_date(c) is None, _date(c) or "", c.rank))
    together = _items(question, distinct) or _byline(question, distinct)
    if together:
        return Verdict.ANSWERED, together
    several = question.expects in (Expects.VIEWS, Expects.LIST, Expects.REASON, Expects.CHECK)
    best = distinct[0]
    count = most if question.expects is Expects.VIEWS else min(3 if several else 2, most)
    floor = best.score * (0.55 if several else 0.7)
    near = [c for c in distinct if c.score >= floor]
    if question.expects is Expects.VIEWS:
        near = list(_from_each_part(near))
    chosen = near[:count]
    return Verdict.ANSWERED, in_reading_order(chosen)


def _byline(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The title and dateline as they stand, for a question about the publication that they answer best."""
    best = ranked[0]
    if not question.about_page or best.hit.chunk.kind is not SectionKind.HEAD:
        return []
    lines = [c for c in ranked if c.hit.document.id == best.hit.document.id and c.hit.chunk.kind is SectionKind.HEAD]
    return sorted(lines[:_MOST_LINES], key=lambda c: c.sentence.start)


def _from_each_part(ranked: Sequence[Candidate], most: int = 2) -> Iterator[Candidate]:
    """No more than `most` candidates under one heading of one document: views stand in different parts."""
    taken: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for candidate in ranked:
        part = candidate.hit.document.id, candidate.hit.chunk.heading
        taken[part] += 1
        if taken[part] <= most:
            yield candidate


def in_reading_order(chosen: Sequence[Candidate]) -> list[Candidate]:
    """Sentences of one document together and in its order, the best document first."""
    documents = list(dict.fromkeys(c.hit.document.id for c in chosen))
    return sorted(chosen, key=lambda c: (documents.index(c.hit.document.id), c.sentence.start))


def _distinct(ranked: Sequence[Candidate]) -> Iterator[Candidate]:
    seen: set[str] = set()
    for candidate in ranked:
        bare = squeeze(candidate.text)
        if bare and bare not in seen:
            seen.add(bare)
            yield candidate


def _different_values(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """One sentence for each document that states a value of its own, where their values differ."""
    best = ranked[0]
    stated: dict[str, Candidate] = {}
    for candidate in ranked:
        close = candidate.score >= 0.5 * best.score and candidate.reach >= 0.75 * best.reach
        if candidate.values and close:
            stated.setdefault(candidate.hit.document.id, candidate)
    told: list[Candidate] = []
    for candidate in stated.values():
        if not any(v.same(w) for other in told for v in candidate.values for w in other.values):
            told.append(candidate)
    return told if len(told) > 1 else []


def _items(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """A numbered or bulleted run that the question asks for, with the sentence that leads into it."""
    best = ranked[0]
    if question.expects is not Expects.LIST:
        return []
    same = sorted(
        (
            c
            for c in ranked
            if c.hit.document.id == best.hit.document.id and c.hit.chunk.heading == best.hit.chunk.heading
        ),
        key=lambda c: c.sentence.start,
    )
    at = next(i for i, c in enumerate(same) if c.key == best.key)
    start = at if _ITEM.match(best.text) else at + 1
    while start > 0 and start - 1 != at and _ITEM.match(same[start - 1].text):
        start -= 1
    end = start
    while end < len(same) and end - start < _MOST_ITEMS and _ITEM.match(same[end].text):
        end += 1
    if end - start < 2:
        return []
    first = start - 1 if start > 0 and start - 1 <= at else start
    return same[max(first, 0) : end]


def _date(candidate: Candidate) -> str | None:
    return candidate.hit.chunk.date or candidate.hit.document.date


def _lead(verdict: Verdict, question: Question, chosen: Sequence[Candidate], language: Language) -> str:
    if verdict is Verdict.CONFLICTING:
        return text("extractive.conflict", language)
    if question.expects is Expects.CHECK and question.values:
        stated = [v for c in chosen for v in c.values]
        if not any(v.same(own) for v in stated for own in question.values):
            return text("extractive.differs", language)
    if question.expects is Expects.VIEWS and len({c.hit.document.id for c in chosen}) > 1:
        return text("extractive.views", language)
    return ""


def _decline(missing: Missing, hits: Sequence[Hit], language: Language) -> str:
    parts = [text("extractive.unknown", language)]
    if missing.words:
        words = ", ".join(missing.words)
        parts.append(text("extractive.missing", language, words=words))
    if hits:
        parts.append(text("extractive.nearest", language))
    return " ".join(parts)
