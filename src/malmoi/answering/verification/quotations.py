"""Quotations of an answer without a model: each must stand where it says, in one piece, and be called what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from malmoi.answering.citations import read_claim
from malmoi.answering.render import render_text
from malmoi.answering.support import Cited, Judgement, SupportJudge
from malmoi.answering.verification.judge import bare
from malmoi.i18n import text
from malmoi.korean import Analyser
from malmoi.language.question import Question
from malmoi.tracing import Tracing
from malmoi.types import (
    Answer,
    AnswerEvent,
    AnswerSentence,
    Citation,
    Finished,
    Hit,
    Language,
    SectionKind,
    SentenceDone,
    Support,
)

_END = re.compile(r"(?<=[.!?。])\s+")


class Quoting(Protocol):
    """An answerer that needs no model."""

    def stream(
        self, question: Question, hits: Sequence[Hit], *, language: Language, beyond: Sequence[Hit] = ()
    ) -> Iterator[AnswerEvent]:
        """The events of an answer, `Finished` last."""
        ...


class CheckedQuotations:
    """An answerer whose quotations are checked; its sentences that quote nothing are judged like those of a model."""

    def __init__(
        self, answerer: Quoting, judge: SupportJudge, analyser: Analyser, tracing: Tracing | None = None
    ) -> None:
        self._tracing = tracing or Tracing()
        self._answerer = answerer
        self._judge = judge
        self._analyser = analyser

    def stream(
        self, question: Question, hits: Sequence[Hit], *, language: Language, beyond: Sequence[Hit] = ()
    ) -> Iterator[AnswerEvent]:
        """The answerer's events, each sentence with its verdict."""
        checked: dict[AnswerSentence, AnswerSentence] = {}

        def check(sentence: AnswerSentence) -> AnswerSentence:
            if sentence not in checked:
                checked[sentence] = self.sentence(sentence, [*hits, *beyond], question.text, language)
            return checked[sentence]

        for event in self._answerer.stream(question, hits, language=language, beyond=beyond):
            if isinstance(event, SentenceDone):
                yield SentenceDone(check(event.sentence))
            elif isinstance(event, Finished):
                yield Finished(_with(event.answer, tuple(check(s) for s in event.answer.sentences)))
            else:
                yield event

    def sentence(
        self, sentence: AnswerSentence, hits: Sequence[Hit], question: str, language: Language
    ) -> AnswerSentence:
        """A sentence with its verdict; one that cites nothing, or is called less than supported, is left as it is."""
        if not sentence.citations or sentence.support is not Support.SUPPORTED:
            return sentence
        with self._tracing.span("verify", "EVALUATOR") as mark:
            mark.input(sentence.text)
            judgement = self._judged(sentence, hits, question, language)
            mark.note("malmoi.support", judgement.support.value)
        return replace(sentence, support=judgement.support, reason=judgement.reason)

    def _judged(self, sentence: AnswerSentence, hits: Sequence[Hit], question: str, language: Language) -> Judgement:
        cited = []
        for citation in sentence.citations:
            hit = _source(citation, hits)
            if hit is None:
                return Judgement(Support.UNSUPPORTED, text("answer.reason.unresolved", language))
            if hit.chunk.kind is not citation.kind or citation.kind is SectionKind.FURNITURE:
                return Judgement(Support.UNSUPPORTED, text("answer.reason.kind", language))
            cited.append(Cited(citation, hit))
        said, quotes = bare(sentence.text), [bare(c.quote) for c in sentence.citations]
        if any(said in quote for quote in quotes):
            return Judgement(Support.SUPPORTED)
        pieces = [bare(p) for p in _END.split(sentence.text) if bare(p)]
        if len(pieces) > 1 and all(any(p in quote for quote in quotes) for p in pieces):
            return Judgement(Support.UNSUPPORTED, text("answer.reason.stitched", language))
        claim = read_claim(sentence.text, self._analyser)
        return self._judge.judge(claim, cited, question=question, language=language)


def _source(citation: Citation, hits: Sequence[Hit]) -> Hit | None:
    """The passage that a citation stands in, word for word."""
    for hit in hits:
        chunk = hit.chunk
        inside = chunk.start <= citation.start < citation.end <= chunk.end
        if hit.document.id == citation.document_id and inside:
            return hit if chunk.between(citation.start, citation.end) == citation.quote else None
    return None


def _with(answer: Answer, sentences: tuple[AnswerSentence, ...]) -> Answer:
    if sentences == answer.sentences:
        return answer
    shown = render_text(answer.lead, sentences, answer.language, name_sources=True)
    return replace(answer, sentences=sentences, text=shown)
