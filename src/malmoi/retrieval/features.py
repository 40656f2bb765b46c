"""What the ranker knows of each passage found for a question: one row of numbers a passage.

Scores enter as standard scores and places within their list, so that neither an engine's unit nor the size of the
collection matters; shares of the question are weighted by how telling each part is, in the collection or, "local",
among the passages found: what all of them share does not tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malmoi.korean import hangul_pairs
from malmoi.language.question import Question
from malmoi.language.values import find_values
from malmoi.retrieval.fusion import standard_scores
from malmoi.types import Hit, SectionKind

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Frequencies = Callable[[Iterable[str]], dict[str, int]]
"""In how many chunks of the collection each term stands."""

_GRAM, _PHRASE = 3, 5
_READ_FOR_VALUES = 2
"""So many sentences of a passage, those that cover most of the question, are read for values."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart for comparing.

    Attributes:
        weights: by content term, its inverse document frequency in the collection times its emphasis.
        pairs, grams, phrases: syllable pairs, and runs of three and five characters of the question without spaces.
    """

    question: Question
    weights: Mapping[str, float]
    pairs: tuple[str, ...]
    grams: tuple[str, ...]
    phrases: tuple[str, ...]


def take_apart(question: Question, frequencies: Frequencies, total: int) -> Asked:
    """The question with its terms weighed in a collection of `total` chunks."""
    counts = frequencies(question.terms)
    for term, spellings in question.alternatives.items():
        if not counts.get(term, 1):
            counts[term] = max((min(frequencies(terms).values(), default=0) for terms in spellings), default=0)
    text = _squeezed(question.text.lower()).rstrip("?？.")
    return Asked(
        question=question,
        weights={t: _telling(n, max(total, n)) * question.emphasis.get(t, 1.0) for t, n in counts.items()},
        pairs=tuple(dict.fromkeys(hangul_pairs(question.text))),
        grams=_runs(text, _GRAM),
        phrases=_runs(text, _PHRASE),
    )


def _telling(n: float, total: float) -> float:
    """Inverse document frequency, as in BM25."""
    return math.log(1 + (total - n + 0.5) / (n + 0.5))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _runs(text: str, size: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text[i : i + size] for i in range(len(text) - size + 1)))


def read_features(asked: Asked, hits: Sequence[Hit], nearest: Sequence[float] = ()) -> dict[str, Floats]:
    """A column for each feature, shape (hits,); the hits are those of one search with their fused scores.

    Where no hit has a cosine there are no columns of meaning, nor of the fused scores, which are then the BM25.

    Args:
        nearest: for each of the first hits the cosine of its nearest sentence. The others count as the least near of
            these; with none given, the vectors of whole passages stand in.
    """
    columns = {**_scores(hits, nearest), **_shares(asked, hits), **_kinds(asked.question, hits)}
    return {name: np.broadcast_to(np.asarray(column, dtype=np.float64), len(hits)) for name, column in columns.items()}


def _scores(hits: Sequence[Hit], nearest: Sequence[float]) -> dict[str, Floats | float]:
    lexical = [hit.lexical or 0.0 for hit in hits]
    words = np.array(standard_scores(lexical))
    columns: dict[str, Floats | float] = {
        "words": words,
        "words_share": np.array(lexical) / (max(lexical) or 1.0),
        "words_behind": words - words.max(),
        "words_place": _places(words),
        "words_lead": _lead(words),
    }
    known = [hit.dense for hit in hits if hit.dense is not None]
    if known:
        meaning = np.array(standard_scores([min(known) if hit.dense is None else hit.dense for hit in hits]))
        places = _places(meaning)
        fused = np.array([hit.score for hit in hits])
        near = meaning
        if nearest:
            read = standard_scores(nearest)
            near = np.array([*read, *[min(read)] * (len(hits) - len(read))])
        same = np.array([[a.document.id == b.document.id for b in hits] for a in hits]) & ~np.eye(len(hits), dtype=bool)
        columns |= {
            "fused_behind": fused - fused.max(),
            "document_behind": np.where(same, fused, fused.min()).max(axis=1) - fused.max(),
            "meaning": meaning,
            "meaning_behind": meaning - meaning.max(),
            "meaning_place": places,
            "meaning_lead": _lead(meaning),
            "near": near,
            "near_behind": near - near.max(),
            "near_place": _places(near),
            "near_lead": _lead(near),
            "worse_place": np.minimum(places, columns["words_place"]),
            "agreement": float(words @ meaning) / len(hits),
        }
    return columns


def _places(scores: Floats) -> Floats:
    """1 / place, places from 1; equal scores share the better place."""
    return np.asarray(1 / (1 + np.searchsorted(np.sort(-scores), -scores)))


def _lead(scores: Floats) -> float:
    """By how much the best is ahead of the second."""
    best = np.sort(scores)[-2:]
    return float(best[-1] - best[0])


class _Sentences:
    """The sentences of all passages, in one list.

    Attributes:
        starts: place of each passage's first sentence; a passage without sentences has an empty one.
        owners: the passage of each sentence.
    """

    def __init__(self, hits: Sequence[Hit]) -> None:
        texts, self.terms, counts = [], list[frozenset[str]](), []
        for hit in hits:
            found = hit.chunk.sentences
            texts += [hit.chunk.between(s.start, s.end) for s in found] or [""]
            self.terms += [frozenset(s.terms) for s in found] or [frozenset()]
            counts.append(max(len(found), 1))
        self.texts = [text.lower() for text in texts]
        self.squeezed = [_squeezed(text) for text in self.texts]
        self.starts = np.cumsum([0, *counts[:-1]])
        self.owners = np.repeat(np.arange(len(hits)), counts)

    def best(self, values: Floats) -> Floats:
        """The highest value of each passage's sentences."""
        return np.asarray(np.maximum.reduceat(values, self.starts))

    def whole(self, flags: Flags) -> Flags:
        """What stands in any of a passage's sentences."""
        return np.asarray(np.logical_or.reduceat(flags, self.starts))

    def with_next(self, flags: Flags) -> Flags:
        """What stands in each sentence and the one after it in the same passage."""
        follows = self.owners[1:] == self.owners[:-1]
        joined = flags.copy()
        joined[:-1] |= flags[1:] & follows[:, None]
        return joined


def _shares(asked: Asked, hits: Sequence[Hit]) -> dict[str, Floats | float]:
    question, sentences = asked.question, _Sentences(hits)
    terms = tuple(asked.weights)
    titles = [f"{hit.document.title}\n{hit.chunk.context}".lower() for hit in hits]
    context = _standing(question, terms, [frozenset(hit.chunk.context_terms) for hit in hits], titles)
    flags = _standing(question, terms, sentences.terms, sentences.texts)
    passage = sentences.whole(flags)
    near = flags | context[sentences.owners]
    weights = np.array([asked.weights[t] for t in terms])
    local = _local(passage) * [question.emphasis.get(t, 1.0) for t in terms]
    rare = np.where(weights >= np.sort(weights)[-2:].min(initial=0.0), weights, 0.0)
    share = _share(flags, weights)
    ids = [hit.document.id for hit in hits]
    together = np.array([(passage | context)[[other == id_ for other in ids]].any(axis=0) for id_ in ids])
    covered = _share(passage, weights)
    identifiers = np.array([float(t.isascii()) for t in terms])
    columns: dict[str, Floats | float] = {
        "coverage": covered,
        "coverage_behind": covered - covered.max(),
        "coverage_top": float(covered.max()),
        "coverage_local": _share(passage, local),
        "coverage_with_context": _share(passage | context, weights),
        "local_with_context": _share(passage | context, local),
        "sentence": sentences.best(share),
        "sentence_local": sentences.best(_share(flags, local)),
        "sentence_with_context": sentences.best(_share(near, weights)),
        "two_sentences": sentences.best(_share(sentences.with_next(flags), weights)),
        "neighbours": sentences.best((flags[:, 1:] & flags[:, :-1]).mean(axis=1) if len(terms) > 1 else 0.0 * share),
        "density": np.add.reduceat(share, sentences.starts) / np.bincount(sentences.owners),
        "context": _share(context, weights),
        "rare": _share(passage | context, rare),
        "identifiers": _share(passage | context, identifiers),
        "document_coverage": _share(together, weights),
        "document_local": _share(together, local),
        "terms": math.log1p(len(terms)),
        "value": _values(question, sentences, share),
    }
    for name, runs in (("pairs", asked.pairs), ("grams", asked.grams), ("phrases", asked.phrases)):
        texts = sentences.texts if name == "pairs" else sentences.squeezed
        found = _inside(runs, texts)
        by = _local(sentences.whole(found))
        columns[name] = _share(sentences.whole(found), by)
        columns[f"{name}_sentence"] = sentences.best(_share(found, by))
        if name != "phrases":
            columns[f"{name}_context"] = _share(_inside(runs, [_squeezed(title) for title in titles]), by)
    return columns


def _standing(
    question: Question, terms: Sequence[str], present: Sequence[frozenset[str]], texts: Sequence[str]
) -> Flags:
    """Which terms, or other spellings of them, stand in each text, analysed or, in Hangul, literally."""
    hangul = [len(t) > 1 and "가" <= t[0] <= "힣" for t in terms]
    rows = [
        [t in own or (literal and t in text) for t, literal in zip(terms, hangul, strict=True)]
        for own, text in zip(present, texts, strict=True)
    ]
    flags = np.array(rows, dtype=np.bool_).reshape(len(texts), len(terms))
    for column, term in enumerate(terms):
        for spelling in question.alternatives.get(term, ()):
            flags[:, column] |= [
                all(t in own or t in text for t in spelling) for own, text in zip(present, texts, strict=True)
            ]
    return flags


def _inside(runs: Sequence[str], texts: Sequence[str]) -> Flags:
    return np.array([[run in text for run in runs] for text in texts], dtype=np.bool_).reshape(len(texts), len(runs))


def _local(passage: Flags) -> Floats:
    """How telling each column is among the passages found; nothing where none has it."""
    counts = passage.sum(axis=0)
    return np.array([_telling(n, len(passage)) if n else 0.0 for n in counts.tolist()])


def _share(flags: Flags, weights: Floats) -> Floats:
    """Weighted share of the columns that stand in each row; nothing where no column weighs anything."""
    whole = float(weights.sum())
    return np.asarray(flags @ weights / whole if whole else np.zeros(len(flags)))


def _values(question: Question, sentences: _Sentences, share: Floats) -> Floats | float:
    """1 where a sentence that covers much has a value of the kind asked for, -1 where not; 0 if none is asked for."""
    kinds = question.value_kinds
    if not kinds:
        return 0.0
    found = []
    ends = [*sentences.starts[1:].tolist(), len(share)]
    for start, end in zip(sentences.starts.tolist(), ends, strict=True):
        places = sorted(range(start, end), key=lambda i: -share[i])[:_READ_FOR_VALUES]
        values = (value for i in places for value in find_values(sentences.texts[i]))
        answers = any(v.kind in kinds and not any(v.same(own) for own in question.values) for v in values)
        found.append(1.0 if answers else -1.0)
    return np.array(found)


def _kinds(question: Question, hits: Sequence[Hit]) -> dict[str, Floats | float]:
    lengths = np.log([max(len(hit.chunk.text), 1) for hit in hits])
    head = np.array([float(hit.chunk.kind is SectionKind.HEAD) for hit in hits])
    languages = [hit.document.language for hit in hits]
    return {
        "length": lengths - lengths.mean(),
        "head": head,
        "head_asked": head * question.about_page,
        "opening": np.array([1.0 / (1 + hit.chunk.ordinal) for hit in hits]),
        "foreign": np.array([float(own is not None and own != question.language) for own in languages]),
    }
