"""The extractive answerer over a handful of passages, without a collection behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from malmoi.answering.evidence import Evidence, passage_terms
from malmoi.answering.extractive import ExtractiveAnswerer
from malmoi.embedding import Embedder
from malmoi.embedding.sentences import SentenceVectors
from malmoi.korean import Analyser
from malmoi.language.question import Question, read_question
from malmoi.types import Answer, Finished, Hit, Language


def evidence_of(hits: Sequence[Hit], total: int = 500, embedder: Embedder | None = None) -> Evidence:
    """Frequencies as in a collection of `total` passages that says nothing else of the matter."""

    def frequencies(terms: Iterable[str]) -> dict[str, int]:
        return {term: sum(term in passage_terms(hit) for hit in hits) for term in terms}

    return Evidence(frequencies, lambda: total, SentenceVectors(embedder) if embedder else None)


def answer_to(
    question: str | Question, hits: Sequence[Hit], analyser: Analyser, *, language: Language = "ko", most: int = 4
) -> Answer:
    read = read_question(question, analyser) if isinstance(question, str) else question
    events = list(ExtractiveAnswerer(evidence_of(hits), most).stream(read, hits, language=language))
    assert isinstance(events[-1], Finished)
    return events[-1].answer


def told(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences]
