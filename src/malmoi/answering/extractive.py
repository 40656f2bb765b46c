"""Answers without a model: the sentences that answer, word for word, each with its citation."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from malmoi.answering.abstention import Missing, confidence, read_signals, what_is_missing
from malmoi.answering.conflicts import Claim, disagreement, updated_by
from malmoi.answering.evidence import Candidate, Evidence, cite, squeeze
from malmoi.answering.premises import Premise, Standing, judge_premise, settles
from malmoi.answering.render import render_text
from malmoi.i18n import text
from malmoi.language.question import Expects, Question
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
    r"\s*(?:(?P<bullet>[-•·▪◦*]\s)|(?P<circle>[①-⑳])|(?P<number>\(?\d{1,2}[.)]\s)|(?P<letter>[가-하]\.\s)|"
    r"(?P<word>(?:첫|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|열)째|(?:First|Second|Third|Fourth|Fifth|Sixth|Final)(?:ly)?,|"
    r"第?[一二三四五六七八九十][,、]))"
)
_NUMERALS = {"두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10}
_MOST_ITEMS = 12
_MOST_LINES = 6
_SECOND_GAP, _SEVERAL_GAP, _LIST_GAP = 3.5, 4.5, 4.0
"""How far a further sentence, or the best item of a list, may stand behind the best sentence, in log-odds."""


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
        if missing is not None and not settles(judge_premise(question, ranked)):
            choice, lead = Choice(Verdict.ABSTAINED, []), _decline(missing, hits, language)
        else:
            choice = choose(question, ranked, self._max)
            lead = _lead(choice, question, language)
        sure = confidence(read_signals(question, hits, ranked[0], weights)) if ranked else 0.0
        sentences = [quoted(c) for c in choice.candidates]
        yield from tell(question, hits, choice.verdict, lead, sentences, language, began, sure)


def tell(
    question: Question,
    hits: Sequence[Hit],
    verdict: Verdict,
    lead: str,
    sentences: Sequence[AnswerSentence],
    language: Language,
    began: float,
    sure: float | None = None,
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
            confidence=sure,
        )
    )


def quoted(candidate: Candidate) -> AnswerSentence:
    """The candidate's sentence as a supported sentence of an answer."""
    citation: Citation = cite(candidate.hit, (candidate.sentence.start, candidate.sentence.end))
    return AnswerSentence(plain(citation.quote), Support.SUPPORTED, (citation,))


_TIME = re.compile(
    r"[월화수목금토일]요일|오전|오후|정오|자정|새벽|아침|저녁|\d{1,2}시|[한두세네섯홉덟곱열]\s?시|\d{1,2}:\d\d|매일|매주|매달|매년|평일|주말|"
    r"공휴일|봄|여름|가을|겨울|세기|작년|올해|지난해|내년|\b[ap]\.?m\b|o'clock|noon|midnight|day\b|days\b|morning|evening|"
    r"spring|summer|autumn|winter|century",
    re.IGNORECASE,
)
"""Says when without a date: weekdays, clock times, seasons."""
_WORDED = re.compile(
    r"(?<![가-힣])(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|열[가-힣]{0,2}|스무|서른|마흔|쉰|수십|수백) ?"
    r"(?:명|개|곳|가지|번|차례|대|달|주|해|시간|살|마리|권|편|장|채|척|사람)|"
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|hundred|dozen)\b",
    re.IGNORECASE,
)
"""A number in words, which `values` does not read."""
_MARKUP = re.compile(r"^\s*(?:[-•·▪◦*]|#{1,6})\s+|\*\*|__|`")


def plain(quote: str) -> str:
    """A quotation without the bullet, heading and emphasis marks of its source."""
    return _MARKUP.sub("", quote).strip() or quote


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences to quote, in reading order, and what kind of answer they make.

    Attributes:
        claims: where the sources disagree, what each claims.
        premise: how what the question takes for granted stands.
    """

    verdict: Verdict
    candidates: Sequence[Candidate]
    claims: Sequence[Claim] = ()
    premise: Premise | None = None


def choose(question: Question, ranked: Sequence[Candidate], most: int) -> Choice:
    """Which of the ranked sentences to quote."""
    distinct = list(_distinct(ranked))
    if not distinct:
        return Choice(Verdict.ABSTAINED, [])
    if byline := _byline(question, distinct):
        return Choice(Verdict.ANSWERED, byline)
    if question.value_kinds:
        claims = disagreement(question, distinct)
        if claims:
            return Choice(Verdict.CONFLICTING, [claim.candidate for claim in claims], claims)
    if items := _items(question, distinct):
        return Choice(Verdict.ANSWERED, items)
    several = question.expects in (Expects.VIEWS, Expects.LIST, Expects.REASON, Expects.CHECK)
    best = distinct[0]
    count = most if question.expects is Expects.VIEWS else min(3 if several else 2, most)
    floor = best.score - (_SEVERAL_GAP if several else _SECOND_GAP)
    near = [c for c in distinct if c.score >= floor]
    if question.expects is Expects.VIEWS:
        near = list(_from_each_part(near))
    chosen = near[:count]
    premise = judge_premise(question, distinct)
    if premise is not None and premise.candidate not in chosen:
        chosen = [premise.candidate, *chosen[: max(most - 1, 0)]]
    timed = question.expects is Expects.DATE and any(_TIME.search(c.text) for c in chosen)
    answered = timed or any(c.values or _WORDED.search(c.text) for c in chosen)
    silent = bool(question.value_kinds) and not answered
    silent = silent and premise is None
    return Choice(Verdict.PARTIAL if silent else Verdict.ANSWERED, in_reading_order(chosen), premise=premise)


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


def _items(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """A numbered or bulleted run that the question asks for, with the line that leads into it."""
    if question.expects is not Expects.LIST:
        return []
    floor = ranked[0].score - _LIST_GAP
    runs = [run for document in dict.fromkeys(c.hit.document.id for c in ranked) for run in _runs(ranked, document)]
    wanted = next((n for word, n in _NUMERALS.items() if re.search(f"{word} ?가지", question.text)), 0)
    best = max(runs, key=lambda run: max(c.score for c in run) + 1.5 * (len(run) - 1 == wanted), default=[])
    return best[: _MOST_ITEMS + 1] if best and max(c.score for c in best) >= floor else []


def _runs(ranked: Sequence[Candidate], document: str) -> Iterator[list[Candidate]]:
    """Runs of two items or more of one style under one heading, each behind the sentence before it.

    Bullets and numbers begin a line; 첫째, 둘째 … may stand within one. A sentence between two items belongs to the
    first and is passed over.
    """
    ordered = sorted((c for c in ranked if c.hit.document.id == document), key=lambda c: c.sentence.start)
    run: list[Candidate] = []
    style, gap = "", 0
    for before, candidate in pairwise([None, *ordered]):
        if candidate is None:
            continue
        found = _style(candidate)
        if found and found == style and candidate.hit.chunk.heading == run[-1].hit.chunk.heading:
            run.append(candidate)
            gap = 0
        elif found or gap or not run:
            if len(run) > 2:
                yield run
            run = [before or candidate, candidate] if found else []
            style, gap = found, 0
        else:
            gap = 0 if not _begins_line(candidate) else 1
    if len(run) > 2:
        yield run


def _style(candidate: Candidate) -> str:
    """What kind of item the sentence is: "word", "circle", "number", "bullet" …; empty for none and for headings."""
    match = _ITEM.match(candidate.text)
    if match is None or candidate.text.strip() in candidate.hit.chunk.heading:
        return ""
    style = match.lastgroup or ""
    return style if style == "word" or _begins_line(candidate) else ""


def _begins_line(candidate: Candidate) -> bool:
    chunk = candidate.hit.chunk
    at = candidate.sentence.start - chunk.start
    return at == 0 or chunk.text[:at].rstrip(" \t").endswith("\n")


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
    if question.expects is Expects.VIEWS and len({c.hit.document.id for c in chosen}) > 1:
        return text("extractive.views", language)
    return ""


def _decline(missing: Missing, hits: Sequence[Hit], language: Language) -> str:
    parts = [text("extractive.unknown", language)]
    if not hits:
        return " ".join([*parts, text("extractive.no_passage", language)])
    if missing.words:
        words = ", ".join(missing.words)
        parts.append(text("extractive.missing", language, words=words))
    parts.append(text("extractive.nearest", language))
    return " ".join(parts)
