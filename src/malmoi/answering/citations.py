"""From the number that a model wrote behind a sentence to the span of that source which carries the sentence."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from malmoi.answering.evidence import cite
from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import EmbeddingError
from malmoi.korean import Analyser
from malmoi.language.values import QUANTITIES, Value, ValueKind, find_values
from malmoi.text import detect_language
from malmoi.types import Chunk, Citation, Hit, Sentence

_VALUE_WEIGHT = 3.0
_DIGIT_WEIGHT = 2.5
_LATIN_WEIGHT = 1.5
_SECOND_SENTENCE_GAIN = 0.25
"""A neighbour joins the span when it adds at least this share to the score of the best sentence."""
_SECOND_SPAN_SHARE = 0.35
"""A sentence elsewhere is cited too when it alone has this share of the claim's weight."""
_LEAST_SHARE = 0.15
"""Below this share of a claim's weight, shared words say nothing about which sentence carries it."""
_WHOLE_CHUNK = 3
_FIRST_SENTENCES = 2
_FRAMING = frozenset(
    {"자료", "따르", "말하", "밝히", "전하", "보도", "기사", "문서", "언급", "source", "accord", "say", "report"}
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer, analysed.

    Attributes:
        terms: distinct content terms, without words that only frame ("자료에 따르면").
        language: ISO code, None for a sentence without letters.
    """

    text: str
    terms: tuple[str, ...]
    values: tuple[Value, ...]
    language: str | None


def read_claim(text: str, analyser: Analyser) -> Claim:
    """Analyse a sentence of an answer."""
    terms = tuple(t for t in dict.fromkeys(analyser.terms(text)) if t not in _FRAMING)
    return Claim(text, terms, tuple(find_values(text)), detect_language(text))


def is_stated(value: Value, among: Collection[Value]) -> bool:
    """Whether one of the values says the same; a bare number agrees with a quantity of the same size."""
    return any(value.same(other) or _same_quantity(value, other) for other in among)


def _same_quantity(a: Value, b: Value) -> bool:
    bare = ValueKind.NUMBER in (a.kind, b.kind)
    return bare and {a.kind, b.kind} <= QUANTITIES and math.isclose(a.amount, b.amount, rel_tol=1e-6)


class SpanResolver:
    """Finds the sentences of a passage that carry a claim; safe to share between threads.

    Args:
        sentences: compares by meaning where claim and passage share no words, as across languages.
    """

    def __init__(self, sentences: SentenceVectors | None) -> None:
        self._vectors = sentences

    def resolve(self, claim: Claim, hit: Hit) -> tuple[Citation, ...]:
        """One span of one or two sentences; a second one where much of the claim, or a value, stands elsewhere."""
        chunk = hit.chunk
        if not chunk.sentences:
            return (cite(hit, (chunk.start, chunk.end)),)
        stated = [find_values(chunk.between(s.start, s.end)) for s in chunk.sentences]
        weights = _weights(claim, chunk.sentences)
        scores = [_score(claim, weights, [s], [v]) for s, v in zip(chunk.sentences, stated, strict=True)]
        best = max(range(len(scores)), key=lambda i: (scores[i], -i))
        whole = sum(weights.values()) + _VALUE_WEIGHT * len(claim.values)
        if scores[best] < _LEAST_SHARE * whole or scores[best] == 0:
            first, last = self._by_meaning(claim, chunk)
            return (cite(hit, (chunk.sentences[first].start, chunk.sentences[last].end)),)
        first, last = _with_neighbour(claim, weights, chunk.sentences, stated, best, scores[best])
        spans = [(chunk.sentences[first].start, chunk.sentences[last].end)]
        second = _complement(claim, weights, chunk.sentences, stated, range(first, last + 1), whole)
        if second is not None:
            spans.append((chunk.sentences[second].start, chunk.sentences[second].end))
        return tuple(cite(hit, span) for span in spans)

    def _by_meaning(self, claim: Claim, chunk: Chunk) -> tuple[int, int]:
        """First and last sentence when words do not tell."""
        texts = [chunk.between(s.start, s.end) for s in chunk.sentences]
        if self._vectors is not None and len(texts) > 1:
            try:
                nearest = int(self._vectors.cosines(claim.text, texts).argmax())
            except EmbeddingError:
                pass
            else:
                return nearest, nearest
        return 0, len(texts) - 1 if len(texts) <= _WHOLE_CHUNK else _FIRST_SENTENCES - 1


def _weights(claim: Claim, sentences: Sequence[Sentence]) -> dict[str, float]:
    """Numbers and names weigh more, and so does what few sentences of the chunk have."""
    weights = {}
    for term in claim.terms:
        having = sum(term in s.terms for s in sentences)
        kind = _DIGIT_WEIGHT if any(c.isdigit() for c in term) else _LATIN_WEIGHT if term.isascii() else 1.0
        weights[term] = kind * (2.0 - having / len(sentences))
    return weights


def _score(
    claim: Claim, weights: dict[str, float], sentences: Sequence[Sentence], stated: Sequence[Sequence[Value]]
) -> float:
    terms = {term for s in sentences for term in s.terms}
    values = [v for each in stated for v in each]
    shared = sum(weight for term, weight in weights.items() if term in terms)
    return shared + _VALUE_WEIGHT * sum(is_stated(v, values) for v in claim.values)


def _with_neighbour(
    claim: Claim,
    weights: dict[str, float],
    sentences: Sequence[Sentence],
    stated: Sequence[Sequence[Value]],
    best: int,
    score: float,
) -> tuple[int, int]:
    pairs = [(i, i + 1) for i in (best - 1, best) if i >= 0 and i + 1 < len(sentences)]
    if not pairs:
        return best, best
    scored = {(a, b): _score(claim, weights, sentences[a : b + 1], stated[a : b + 1]) for a, b in pairs}
    pair = max(pairs, key=lambda p: scored[p])
    return pair if scored[pair] >= score * (1 + _SECOND_SENTENCE_GAIN) else (best, best)


def _complement(
    claim: Claim,
    weights: dict[str, float],
    sentences: Sequence[Sentence],
    stated: Sequence[Sequence[Value]],
    cited: range,
    whole: float,
) -> int | None:
    """The sentence that carries most of what the cited ones do not, where that is a value or much."""
    terms = {term for i in cited for term in sentences[i].terms}
    values = [v for i in cited for v in stated[i]]
    left = Claim(claim.text, claim.terms, tuple(v for v in claim.values if not is_stated(v, values)), claim.language)
    open_weights = {term: weight for term, weight in weights.items() if term not in terms}
    gains = {
        i: _score(left, open_weights, [sentences[i]], [stated[i]]) for i in range(len(sentences)) if i not in cited
    }
    best = max(gains, key=lambda i: gains[i], default=None)
    if best is None:
        return None
    has_value = any(is_stated(v, stated[best]) for v in left.values)
    return best if has_value or gains[best] >= _SECOND_SPAN_SHARE * whole else None
