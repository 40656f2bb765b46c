"""Decides whether the passages hold an answer at all, and what of the question they are silent about."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from malmoi.answering.evidence import Candidate, Weights, passage_terms
from malmoi.korean import foreign_terms, hangul_pairs
from malmoi.language.question import HERE_AND_NOW, Question
from malmoi.types import Hit

LEAST_CONFIDENCE = 0.4
"""Below this an answer is declined. Higher declines more."""
LEAST_SHARE = 0.15
"""Of the question, in the best passage of its own language; questions of few words seem more certain than they are."""
_NAME = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z\d]+|[a-z]{2,}|\d{2,}")
_HAN = re.compile("[\u3400-\u9fff]")
_TOP = 3
_SUREST = 6.0
_SMALLEST, _LARGEST = -0.3, 1.5
_SMALL_TALK = 2
"""With so few words beside it, one of the reader's own day makes a question that no document can answer."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the decision is learned from; shares are weighted by how telling each term is, from 0 to 1.

    Attributes:
        reach: share of the question that the best sentence and its surroundings cover.
        passage: share that its passage covers.
        together: share that the first passages cover between them.
        pairs: share of the question's syllable pairs in the passage.
        silent: share of the question that is things and names of which the passage says nothing.
        names_lost: share of the identifiers, Latin words and numbers that it does not have.
        value: 1 where a value of the kind asked for is found, -1 where not, 0 where none is asked for.
        nearness: cosine of the nearest passage above 0.8, times ten; 0 without the bundled embedding.
        foreign: 1 where question and passage are in different languages.
        size: common logarithm of the collection's number of chunks, less two, from -0.3 to 1.5: no smaller and no
            larger collection was measured.
        other: 1 where the question is not Korean.
        present: the reader's highest logit that a passage holds an answer, within 6 of 0, and at most 0 where the
            value asked for is not there, or a foreign name or number of a Korean question; None where nothing was read.
    """

    reach: float
    passage: float
    together: float
    pairs: float
    silent: float
    names_lost: float
    value: float
    nearness: float
    foreign: float
    size: float = 0.0
    other: float = 0.0
    present: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression on the signals that it names."""

    coefficients: Mapping[str, float]
    intercept: float

    def probability(self, signals: Signals) -> float:
        """From 0 to 1."""
        total = self.intercept + sum(weight * getattr(signals, name) for name, weight in self.coefficients.items())
        return 1.0 / (1.0 + math.exp(-total))


UNREAD = Model(
    {
        "reach": -0.87,
        "passage": -0.93,
        "together": 1.76,
        "pairs": 1.0,
        "silent": -4.64,
        "names_lost": -1.06,
        "value": 0.25,
        "nearness": 0.62,
        "foreign": 2.71,
    },
    0.2,
)
"""Where nothing was read. `benchmarks/abstention.py` fits it again from question sets with and without an answer."""
READ = Model({**UNREAD.coefficients, "size": -1.3, "other": 0.45, "present": 0.5}, 0.53)
"""Where the passages were read. The three weights more and the intercept were chosen on articles that the reader had
not seen, for few errors of both kinds in all sets, where no more than three answers of a hundred are lost in any. In a
large collection more is declined, since among many passages some always share the question's words; in other languages
than Korean less, since the reader sees fewer of their answers."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no answer: the question's words that the nearest passages do not have."""

    words: tuple[str, ...]


def read_signals(question: Question, hits: Sequence[Hit], best: Candidate, weights: Weights) -> Signals:
    """The signals of a question whose best sentence is `best`."""
    terms, text = passage_terms(best.hit), best.hit.chunk.embedding_text
    asked = frozenset(hangul_pairs(" ".join(question.terms)))
    names = [t for t in question.terms if _NAME.fullmatch(t) and question.emphasis[t] >= 1.0]
    things = [t for t in question.terms if question.emphasis[t] >= 1.0]
    top = [best.hit, *hits[:_TOP]]
    dense = max((hit.dense for hit in hits if hit.dense is not None), default=0.0)
    names_lost = sum(not weights.stands(t, terms, "") for t in names) / len(names) if names else 0.0
    value = (1.0 if best.values else -1.0) if question.value_kinds else 0.0
    return Signals(
        reach=best.reach,
        passage=weights.share(terms, text),
        together=weights.share(
            frozenset().union(*map(passage_terms, top)), " ".join(hit.chunk.embedding_text for hit in top)
        ),
        pairs=len(asked.intersection(hangul_pairs(text))) / len(asked) if asked else 1.0,
        silent=sum(weights[t] for t in things if not weights.stands(t, terms, text)) / (weights.sum or 1.0),
        names_lost=names_lost,
        value=value,
        nearness=max(dense - 0.8, 0.0) * 10,
        foreign=float(question.language != best.hit.document.language),
        size=min(max(math.log10(weights.total) - 2, _SMALLEST), _LARGEST),
        other=float(question.language != "ko"),
        present=None
        if best.present is None
        else _bounded(best.present, lost=value < 0 or (names_lost > 0 and question.language == "ko")),
    )


def _bounded(logit: float, *, lost: bool) -> float:
    return min(max(logit, -_SUREST), 0.0 if lost else _SUREST)


def confidence(signals: Signals) -> float:
    """Probability, from 0 to 1, that the passages hold the answer."""
    return (UNREAD if signals.present is None else READ).probability(signals)


def what_is_missing(
    question: Question, hits: Sequence[Hit], ranked: Sequence[Candidate], weights: Weights
) -> Missing | None:
    """None where the passages hold an answer."""
    topic = [t for t in question.terms if t not in HERE_AND_NOW and not t.isdigit()]
    if not ranked or not topic or (len(topic) <= _SMALL_TALK and not HERE_AND_NOW.isdisjoint(question.terms)):
        return Missing(())
    best = ranked[0]
    signals = read_signals(question, hits, best, weights)
    if confidence(signals) >= LEAST_CONFIDENCE and (signals.passage >= LEAST_SHARE or signals.foreign):
        return None
    terms, text = passage_terms(best.hit), best.hit.chunk.embedding_text
    absent = [t for t in question.terms if _can_be_missed(t, question, best) and not weights.stands(t, terms, text)]
    unknown = [t for t in absent if not weights.counts.get(t)]
    return Missing(_longest(as_written(t, question.text) for t in unknown or absent))


def can_be_told(term: str, question: Question) -> bool:
    """Whether a term is a name or thing that means something to the reader.

    Chinese is cut into pairs of characters, of which many are no words.
    """
    return question.emphasis[term] >= 1.0 and not (question.language in ("zh", "ja") and _HAN.search(term))


def _can_be_missed(term: str, question: Question, best: Candidate) -> bool:
    """Whether it tells something that a passage is without the term.

    A passage in another language has its own words for things, but not for numbers and codes.
    """
    alike = question.language == best.hit.document.language
    return can_be_told(term, question) and (alike or any(ch.isdigit() for ch in term))


def _longest(words: Iterable[str]) -> tuple[str, ...]:
    """Each word once, without those that are a part of another."""
    found = dict.fromkeys(words)
    return tuple(word for word in found if not any(word != other and word in other for other in found))


def as_written(term: str, text: str) -> str:
    """The word of `text` behind a term, as the reader wrote it: with its capitals, and from where it begins."""
    if match := re.search(rf"[가-힣]+(?<={re.escape(term)})", text):
        return match.group()
    words = re.findall(r"[A-Za-z][A-Za-z0-9-]*", text)
    return next((word for word in words if any(term == found for _, found in foreign_terms(word))), term)
