"""Measures of what an answer cites: that it resolves, that it is the evidence, and that it carries what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import NamedTuple

from malmoi.answering.citations import Claim, read_claim
from malmoi.answering.support import Cited, SupportJudge
from malmoi.evaluation.normalise import occurrences
from malmoi.evaluation.questions import Question, Quote
from malmoi.korean import Analyser
from malmoi.types import Answer, AnswerSentence, Citation, Document, Hit, SectionKind, Support

STRUCK = frozenset({Support.UNSUPPORTED, Support.CONTRADICTED})
"""Sentences of this support are shown struck out: the answer does not say them."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document, by its name."""

    document: str
    start: int
    end: int

    def holds(self, other: Place) -> bool:
        """Whether the other lies inside it."""
        return self.document == other.document and self.start <= other.start and other.end <= self.end

    def touches(self, other: Place) -> bool:
        """Whether they share a character."""
        return self.document == other.document and self.start < other.end and other.start < self.end


class Gold:
    """Where the evidence of questions stands in the documents of a collection.

    Args:
        texts: of all documents, by name.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def groups(self, question: Question) -> list[list[Place]]:
        """For each evidence group of a question, every place at which one of its quotes stands."""
        return [[place for quote in group for place in self._places(quote)] for group in question.evidence]

    def absent(self, question: Question) -> list[Quote]:
        """Its quotes that stand in no document: the set does not fit the collection."""
        return [quote for group in question.evidence for quote in group if not self._places(quote)]

    def _places(self, quote: Quote) -> list[Place]:
        names = [quote.doc] if quote.doc else list(self._texts)
        return [
            Place(name, start, end)
            for name in names
            for start, end in occurrences(self._texts.get(name, ""), quote.quote)
        ]


def place_of_hit(hit: Hit) -> Place:
    """The passage's stretch."""
    return Place(hit.document.name, hit.chunk.start, hit.chunk.end)


def place_of(citation: Citation) -> Place:
    """The citation's stretch."""
    return Place(citation.document, citation.start, citation.end)


def found_groups(groups: Sequence[Sequence[Place]], hits: Sequence[Hit]) -> list[bool]:
    """Of each group, whether a quote lies inside one of the passages."""
    passages = [place_of_hit(hit) for hit in hits]
    return [any(passage.holds(place) for place in group for passage in passages) for group in groups]


def cited_groups(groups: Sequence[Sequence[Place]], citations: Sequence[Citation]) -> list[bool]:
    """Of each group, whether a citation touches a quote of it."""
    spans = [place_of(citation) for citation in citations]
    return [any(span.touches(place) for place in group for span in spans) for group in groups]


def fault(citation: Citation, document: Document) -> str:
    """What is wrong with a citation; empty when nothing is."""
    if not citation.quote or document.text[citation.start : citation.end] != citation.quote:
        return f"does not resolve: {citation.document} {citation.start}-{citation.end}"
    kinds = {s.kind for s in document.sections if s.start < citation.end and citation.start < s.end}
    if SectionKind.FURNITURE in kinds:
        return f"cites furniture: {citation.document} {citation.quote!r}"
    if kinds != {citation.kind}:
        return f"is labelled {citation.kind.value}, is {sorted(kinds)}: {citation.document} {citation.quote!r}"
    return ""


def faults(answer: Answer, document: Callable[[str], Document]) -> tuple[str, ...]:
    """What is wrong with the citations of an answer; `document` gives a document by its id."""
    return tuple(problem for c in answer.citations if (problem := fault(c, document(c.document_id))))


def precision(question: Question, groups: Sequence[Sequence[Place]], citations: Sequence[Citation]) -> float | None:
    """Share of the citations that touch a quote of the evidence or, where none is given, cite a relevant document."""
    if not citations or not (groups or question.relevant):
        return None
    if groups:
        correct = [any(place_of(c).touches(place) for group in groups for place in group) for c in citations]
    else:
        correct = [c.document in question.relevant for c in citations]
    return fmean(correct)


class SupportScore(NamedTuple):
    """ALCE's citation recall and precision of one answer."""

    recall: float
    precision: float


def supported(answer: Answer, judge: SupportJudge, analyser: Analyser) -> SupportScore | None:
    """Citation recall and precision as ALCE (Gao et al. 2023) defines them, with any judge; None without a sentence.

    Recall is the share of sentences that all their citations together support. A citation is precise if its sentence
    is supported and it either supports the sentence alone or the others do not do so without it.
    """
    sentences = said(answer)
    recalled: list[bool] = []
    precise: list[bool] = []
    for sentence in sentences:
        claim = read_claim(sentence.text, analyser)
        carries = partial(_carries, judge, claim, answer)
        cited = [c for citation in sentence.citations if (c := _cited(citation, answer.passages)) is not None]
        recalled.append(carries(cited))
        for at, one in enumerate(cited):
            others = [*cited[:at], *cited[at + 1 :]]
            precise.append(recalled[-1] and (not others or carries([one]) or not carries(others)))
    return SupportScore(fmean(recalled), fmean(precise) if precise else 0.0) if sentences else None


def _carries(judge: SupportJudge, claim: Claim, answer: Answer, cited: Sequence[Cited]) -> bool:
    judgement = judge.judge(claim, cited, question=answer.searched, language=answer.language)
    return judgement.support is Support.SUPPORTED


def said(answer: Answer) -> list[AnswerSentence]:
    """The sentences that an answer stands by."""
    return [sentence for sentence in answer.sentences if sentence.support not in STRUCK]


def _cited(citation: Citation, hits: Sequence[Hit]) -> Cited | None:
    place = place_of(citation)
    hit = next((h for h in hits if place_of_hit(h).holds(place)), None)
    return Cited(citation, hit) if hit is not None else None
