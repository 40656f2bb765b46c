"""An answer whose parts are all known, told as its events; and sentences of documents as sentences of an answer."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence

from malmoi.answering.enumerations import BULLETS
from malmoi.answering.evidence import cite
from malmoi.answering.render import render_text
from malmoi.language.question import Question
from malmoi.types import (
    Answer,
    AnswerEvent,
    AnswerSentence,
    Finished,
    Hit,
    Language,
    Lead,
    SentenceDone,
    Span,
    Support,
    Verdict,
)

EXTRACTIVE = "extractive"
"""Names the answerer that needs no model."""
Told = tuple[Sequence[Hit], Iterator[AnswerEvent]]
"""Passages, and the events of the answer that rests on them."""
_MARKUP = re.compile(rf"^\s*(?:[{BULLETS}]|#{{1,6}})\s+|\*\*|__|`|\s*[ⓒ©]\s*$")


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
    """The events of an answer whose parts are all known.

    Args:
        began: when work on it began, of `time.perf_counter`.
        sure: confidence that the passages answer, 0 to 1; None where it was not estimated.
    """
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
            answerer=EXTRACTIVE,
            language=language,
            timings={"answer": time.perf_counter() - began},
            confidence=sure,
        )
    )


def quoted(hit: Hit, span: Span) -> AnswerSentence:
    """What stands in a span of the hit's document, as a supported sentence of an answer."""
    citation = cite(hit, span)
    return AnswerSentence(plain(citation.quote), Support.SUPPORTED, (citation,))


def plain(quote: str) -> str:
    """A quotation without the bullet, heading, emphasis and copyright marks of its source."""
    return _MARKUP.sub("", quote).strip() or quote
