"""Which sentences of the retrieved passages answer a question, and how much of the question they cover."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from malmoi.answering.choice import Traits, leans_back, weigh
from malmoi.answering.reading import as_read, readable
from malmoi.answering.views import takes_a_view
from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import EmbeddingError
from malmoi.korean import hangul_pairs
from malmoi.language.question import DOING, Expects, Question
from malmoi.language.values import Value, find_values
from malmoi.reader import Reader
from malmoi.retrieval.features import Frequencies
from malmoi.types import Chunk, Citation, Hit, SectionKind, Sentence, Span

_log = logging.getLogger(__name__)
_VIEW = 2.0
"""What a sentence that takes a view gains where views are asked for, in log-odds."""
_BARE = 2
"""So few terms beside those of the question say nothing new."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        place: its index among the sentences of the hit's chunk.
        rank: of its passage, from 0.
        coverage: weighted share of the question's terms that stand in the sentence, 0 to 1.
        reach: the same for the sentence with its neighbours, headings, title and byline.
        values: values in it of the kind the question asks for, without those that the question states itself.
        score: what candidates are ordered by.
        present: the reader's highest logit that a passage holds an answer; None where nothing was read.
    """

    hit: Hit
    place: int
    rank: int
    coverage: float
    reach: float
    values: tuple[Value, ...]
    score: float
    present: float | None = None

    @property
    def sentence(self) -> Sentence:
        """Its span and terms."""
        return self.hit.chunk.sentences[self.place]

    @property
    def text(self) -> str:
        """Its text, word for word."""
        return self.hit.chunk.between(self.sentence.start, self.sentence.end)

    def around(self) -> tuple[frozenset[str], str]:
        """Terms and text of the sentence and its neighbours."""
        return surroundings(self.hit.chunk, self.place)

    @property
    def key(self) -> tuple[str, int]:
        """Document id and start: the same sentence always has the same key."""
        return self.hit.document.id, self.sentence.start


def surroundings(chunk: Chunk, place: int) -> tuple[frozenset[str], str]:
    """Terms and text of a chunk's sentence and its neighbours."""
    near = chunk.sentences[max(place - 1, 0) : place + 2]
    return frozenset(t for s in near for t in s.terms), chunk.between(near[0].start, near[-1].end)


_CHANGE = re.compile(
    r"\s?(?:이나|이|가|을|를)?\s?(?:많|더 |적은|적게|늘|줄|증가|감소|차이|초과|올랐|내렸|웃돌|밑돌|비싸|싸|"
    r"more\b|less\b|fewer\b|higher|lower)"
)
_ASKS_CHANGE = re.compile(r"더 |차이|늘|줄|증가|감소|얼마나|more|less|difference|increase|decrease")


def answering_values(question: Question, text: str) -> tuple[Value, ...]:
    """Values of a sentence that could be what the question asks for.

    They are of the kind and unit asked for, are not those that the question states itself, and are no differences
    ("77억 원 많은") unless it asks for one.
    """
    if not question.value_kinds:
        return ()
    change = _ASKS_CHANGE.search(question.text)
    units = question.units
    return tuple(
        v
        for v in find_values(text)
        if v.kind in question.value_kinds
        and (not units or v.unit in units)
        and not any(v.same(own) for own in question.values)
        and (change or not _CHANGE.match(text, v.span[1]))
    )


def cite(hit: Hit, span: Span) -> Citation:
    """A citation of a span (document offsets) inside the hit's chunk."""
    chunk, document = hit.chunk, hit.document
    return Citation(
        document_id=document.id,
        document=document.name,
        title=document.title,
        start=span[0],
        end=span[1],
        quote=chunk.between(*span),
        kind=chunk.kind,
        date=chunk.date or (None if chunk.when else document.date),
        source=document.publisher,
        author=chunk.author or document.author,
    )


class Weights:
    """How telling each term of a question is: its inverse document frequency in the collection, times its emphasis."""

    def __init__(self, question: Question, frequencies: Frequencies, total: int) -> None:
        self.counts = frequencies(question.terms)
        self.total = max(total, 1)
        self._emphasis = question.emphasis
        self._alternatives = question.alternatives
        for term, others in question.alternatives.items():
            if term in self.counts and not self.counts[term]:
                self.counts[term] = max(min(frequencies(other).values(), default=0) for other in others)
        self.terms = question.terms
        self.sum = sum(self[term] for term in self.terms)

    def __getitem__(self, term: str) -> float:
        n = self.counts.get(term, 0)
        return math.log(1 + (self.total - n + 0.5) / (n + 0.5)) * self._emphasis.get(term, 1.0)

    def share(self, present: Collection[str], text: str) -> float:
        """Weighted share of the terms that stand among `present` or in `text`; 1 where there are no terms at all."""
        if not self.sum:
            return 1.0
        return sum(self[term] for term in self.terms if self.stands(term, present, text)) / self.sum

    def stands(self, term: str, present: Collection[str], text: str) -> bool:
        """Whether a term is there, or another spelling of its name with all of its terms."""
        others = self._alternatives.get(term, ())
        return stands(term, present, text) or any(all(stands(t, present, text) for t in other) for other in others)


def stands(term: str, present: Collection[str], text: str) -> bool:
    """Whether a term is among analysed terms, or, a Hangul one of two syllables or more, literally in the text.

    An analyser may cut an unknown name in a question otherwise than in the text.
    """
    return term in present or (len(term) > 1 and "가" <= term[0] <= "힣" and term in text)


def passage_terms(hit: Hit) -> frozenset[str]:
    """The terms of a passage, its title and its headings."""
    return frozenset(t for s in hit.chunk.sentences for t in s.terms) | frozenset(hit.chunk.context_terms)


class _Asked:
    """A question with what is reckoned once for all sentences."""

    def __init__(self, question: Question, weights: Weights) -> None:
        self.question = question
        self.weights = weights
        self.pairs = frozenset(hangul_pairs(" ".join(question.terms)))
        self.doings = [t for t in question.terms if question.emphasis[t] == DOING and len(t) > 1]
        self._shares: dict[int, list[float]] = {}

    def shares(self, hit: Hit) -> list[float]:
        """The share of the question in each sentence of a passage."""
        chunk = hit.chunk
        if id(chunk) not in self._shares:
            self._shares[id(chunk)] = [
                self.weights.share(s.terms, chunk.between(s.start, s.end)) for s in chunk.sentences
            ]
        return self._shares[id(chunk)]


class Evidence:
    """Scores the sentences of retrieved passages.

    Args:
        sentences: compares by meaning where question and passage share too few words, as across languages.
        reader: tells in which sentences an answer is likely to start.
    """

    def __init__(
        self,
        frequencies: Frequencies,
        total: Callable[[], int],
        sentences: SentenceVectors | None,
        reader: Reader | None = None,
    ) -> None:
        self._reader = reader
        self._frequencies = frequencies
        self._total = total
        self._vectors = sentences

    def weights(self, question: Question) -> Weights:
        """The question's terms weighed in this collection."""
        return Weights(question, self._frequencies, self._total())

    def candidates(self, question: Question, hits: Sequence[Hit], weights: Weights) -> list[Candidate]:
        """All sentences of the hits, best first."""
        found = [candidate for candidate, _ in self.traits(question, hits, weights)]
        if self._vectors is not None and _few_words_shared(question, found):
            found = self._by_meaning(question, found, self._vectors)
        if self._reader is not None and found and readable(question, hits):
            found = as_read(self._reader, question, hits, found)
        return sorted(found, key=lambda c: (-c.score, c.rank, c.place))

    def _traits(self, asked: _Asked, hit: Hit, place: int, closeness: float, rank: int) -> tuple[Traits, float, float]:
        """The traits of a sentence, its coverage and its reach."""
        question, weights, chunk = asked.question, asked.weights, hit.chunk
        sentence = chunk.sentences[place]
        text = chunk.between(sentence.start, sentence.end)
        around, around_text = surroundings(chunk, place)
        coverage = asked.shares(hit)[place]
        reach = weights.share(around.union(chunk.context_terms), chunk.context + around_text)
        here = bool(question.focus) and weights.stands(question.focus, sentence.terms, text)
        near = bool(question.focus) and not here and weights.stands(question.focus, around, around_text)
        beside = (asked.shares(hit)[i] if 0 <= i < len(chunk.sentences) else 0.0 for i in (place - 1, place + 1))
        before, after = (share * (1 - coverage) for share in beside)
        head = chunk.kind is SectionKind.HEAD
        traits = Traits(
            coverage=coverage,
            pairs=len(asked.pairs & set(hangul_pairs(text))) / len(asked.pairs) if asked.pairs else coverage,
            around=reach - coverage,
            before=before,
            after=after,
            closeness=closeness,
            first=float(rank == 0),
            typed=float(bool(answering_values(question, text))),
            bare=float(len(frozenset(sentence.terms).difference(question.terms)) <= _BARE),
            focus=float(here),
            focus_near=float(near),
            doing=sum(weights.stands(t, sentence.terms, text) for t in asked.doings) / (len(asked.doings) or 1),
            leans=float(leans_back(text)),
            quoted=sum(1.0 for quote in question.quoted if squeeze(quote) in squeeze(text)),
            head=float(head),
            head_asked=float(head and question.about_page),
            heading=float(squeeze(text) in map(squeeze, chunk.heading)),
        )
        return traits, coverage, reach

    def traits(self, question: Question, hits: Sequence[Hit], weights: Weights) -> list[tuple[Candidate, Traits]]:
        """Every sentence of the hits that has letters, with its traits, in order of the hits."""
        asked = _Asked(question, weights)
        best = max((hit.score for hit in hits), default=0.0)
        found = []
        for rank, hit in enumerate(hits):
            foreign = question.language != hit.document.language
            closeness = _closeness(hit.score, best, rank)
            for place, sentence in enumerate(hit.chunk.sentences):
                text = hit.chunk.between(sentence.start, sentence.end)
                if not any(ch.isalnum() for ch in text):
                    continue
                traits, coverage, reach = self._traits(asked, hit, place, closeness, rank)
                score = weigh(traits, korean=question.language == "ko" and not foreign, foreign=foreign)
                if question.expects is Expects.VIEWS:
                    score += _VIEW * takes_a_view(text, hit)
                values = answering_values(question, text)
                found.append((Candidate(hit, place, rank, coverage, reach, values, score), traits))
        return found

    def _by_meaning(
        self, question: Question, found: list[Candidate], vectors: SentenceVectors, passages: int = 4
    ) -> list[Candidate]:
        """Add the standard score of the cosine to candidates of the first passages."""
        near = [c for c in found if c.rank < passages]
        if not near:
            return found
        try:
            cosines = vectors.cosines(question.text, [c.text for c in near])
        except EmbeddingError as error:
            _log.warning("Sentences are compared by words alone: %s", error)
            return found
        spread = float(cosines.std()) or 1.0
        weight = 1.5 if question.language != near[0].hit.document.language else 0.9
        lifted = {
            c.key: replace(c, score=c.score + weight * float((cos - cosines.mean()) / spread))
            for c, cos in zip(near, cosines, strict=True)
        }
        return [lifted.get(c.key, c) for c in found]


def squeeze(text: str) -> str:
    """Letters and digits only, lower case: for comparing quotations."""
    return "".join(ch for ch in text.lower() if ch.isalnum())


def _closeness(score: float, best: float, rank: int) -> float:
    """How near a passage is to the best one, 0 to 1."""
    return max(score / best, 0.0) if best > 0 else 1.0 / (1 + rank)


def _few_words_shared(question: Question, found: Sequence[Candidate]) -> bool:
    language = {c.hit.document.language for c in found[:1]}
    foreign = bool(language) and question.language not in language
    return foreign or max((c.coverage for c in found), default=0.0) < 0.5 or question.expects is Expects.VIEWS
