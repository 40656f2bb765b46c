"""Searches a collection for the passages that may answer a question."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from malmoi.catalog import Catalog
from malmoi.embedding import Embedder
from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import EmbeddingError, QuestionError
from malmoi.index.dense import DenseIndex
from malmoi.index.lexical import LexicalIndex
from malmoi.korean import Analyser, hangul_pairs
from malmoi.language.question import dimensions, read_question
from malmoi.retrieval.features import take_apart
from malmoi.retrieval.fusion import DEPTH, Scored, fuse
from malmoi.retrieval.names import Names
from malmoi.retrieval.names_groups import read_overrides
from malmoi.retrieval.nearest import across_languages
from malmoi.retrieval.reranking import Reranker, open_reranker
from malmoi.settings import Retrieval
from malmoi.text import detect_language
from malmoi.types import Filters, Hit, SectionKind

_log = logging.getLogger(__name__)
_SAME = 0.85
"""Two passages whose syllable pairs and terms overlap by this share (Jaccard) say the same."""
_EVERY = 1_000_000
"""More chunks than a collection on one machine has."""
_COPIES = 2
"""So many of them are returned: a second source is worth a place, a third copy is not."""


class Retriever:
    """Dense and lexical search, fused and ranked again; filters act inside both.

    Args:
        embedder: None searches by words alone.
        dense: an index of the same catalog that is open already; it stays its owner's to close.
        reranker: one that is open already; None opens what the settings name.
        sentences: vectors of sentences that are shared.

    Raises:
        SettingsError: the reranker that the settings name cannot be had.
    """

    def __init__(
        self,
        catalog: Catalog,
        analyser: Analyser,
        embedder: Embedder | None,
        settings: Retrieval,
        *,
        dense: DenseIndex | None = None,
        names: Names | None = None,
        reranker: Reranker | None = None,
        sentences: SentenceVectors | None = None,
    ) -> None:
        self._catalog = catalog
        self._analyser = analyser
        self._embedder = embedder
        self._settings = settings
        self._lexical = LexicalIndex(catalog)
        self._names = names or Names(catalog, analyser, read_overrides(settings.names_file))
        self._dense = dense or (DenseIndex(catalog, embedder.id, settings.exact_limit) if embedder else None)
        self.sentences = sentences or (SentenceVectors(embedder) if embedder else None)
        self._reranker = reranker or open_reranker(settings, self.sentences)

    def search(self, question: str, *, filters: Filters | None = None, limit: int | None = None) -> list[Hit]:
        """The passages for a question, best first, near-identical ones once.

        When the embedding cannot be reached the search goes on by words, with a warning in the log.

        Raises:
            QuestionError: the question is empty or too long.
        """
        wanted = self._settings.passages if limit is None else limit
        question = checked(question, self._settings.max_question_chars)
        filters = filters or Filters()
        alternatives = self.alternatives(question)
        lexical = self._by_words(question, filters, alternatives)
        dense = self.dense(question, filters)
        hits = self._fused(question, lexical, dense, max(self._settings.candidates, wanted))
        if self._reranker is not None:
            asked = replace(read_question(question, self._analyser), alternatives=alternatives)
            catalog = self._catalog
            hits = self._reranker.rerank(take_apart(asked, catalog.document_frequency, catalog.chunk_count()), hits)
        return list(_distinct(hits, wanted))

    def seen_by(self, groups: frozenset[str]) -> Retriever:
        """A search of what members of these groups see; it shares this one's vectors and need not be closed."""
        seen = self._catalog.seen_by(groups)
        return Retriever(
            seen,
            self._analyser,
            self._embedder,
            self._settings,
            dense=self._dense,
            names=self._names,
            reranker=self._reranker,
            sentences=self.sentences,
        )

    def close(self) -> None:
        """Let go of the index files."""
        if self._dense is not None:
            self._dense.close()

    def lexical(self, question: str, filters: Filters) -> list[tuple[int, float]]:
        """The lexical list alone: (chunk id, BM25)."""
        return self._by_words(question, filters, self.alternatives(question))

    def _by_words(
        self, question: str, filters: Filters, alternatives: Mapping[str, tuple[tuple[str, ...], ...]]
    ) -> list[tuple[int, float]]:
        """Chunks by the question's words, and those without its spelling of a name by the other spellings.

        Searched apart, since a chunk with two spellings of a name says no more about it than one with either.
        """
        pairs = hangul_pairs(question)
        terms = self._analyser.terms(question)  # "a 등대" is cut so that nothing is left
        found = self._lexical.search(terms or pairs, pairs=pairs, filters=filters, limit=DEPTH)
        if not alternatives:
            return found
        theirs = [term for spellings in alternatives.values() for terms_of in spellings for term in terms_of]
        own = hangul_pairs(" ".join(alternatives))
        others = self._lexical.search(
            [*(t for t in terms if t not in alternatives), *theirs],
            pairs=[*(p for p in pairs if p not in own), *hangul_pairs(" ".join(theirs))],
            filters=filters,
            limit=DEPTH,
        )
        named = {id_ for id_, _ in self._lexical.search(list(alternatives), filters=filters, limit=_EVERY)}
        scores = dict(found)
        scores.update({id_: max(score, scores.get(id_, 0.0)) for id_, score in others if id_ not in named})
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:DEPTH]

    @property
    def names(self) -> Names:
        """The names of the collection and their spellings.

        A reader from whom something is hidden gets those that the documents without groups teach.
        """
        return self._names.open if self._catalog.hidden() else self._names

    def alternatives(self, question: str) -> dict[str, tuple[tuple[str, ...], ...]]:
        """For terms of the question, what the documents may have for them, each as its terms.

        They are other spellings of names that the documents use, and the nouns of dimensions.
        """
        found = dimensions(question)
        if not self._settings.names:
            return found
        for name, others in self.names.of(question).items():
            own = dict.fromkeys((*self._analyser.terms(name), *self._within(question, name)))
            theirs = tuple(terms for other in others if (terms := self._analyser.terms(other)))
            counts = self._catalog.document_frequency(term for terms in theirs for term in terms)
            known = tuple(terms for terms in theirs if all(counts[term] for term in terms))
            if known:
                found.update(dict.fromkeys(own, known))
        return found

    def _within(self, question: str, name: str) -> list[str]:
        """The terms that the analyser makes of a name where it stands in the question."""
        start = question.find(name)
        inside = (m for m in self._analyser.morphemes(question) if start <= m.start and m.end <= start + len(name))
        return [m.form for m in inside if m.tag.startswith("N")]

    def dense(self, question: str, filters: Filters) -> list[tuple[int, float]]:
        """The dense list alone: (chunk id, cosine); empty without an embedding."""
        if self._embedder is None or self._dense is None:
            return []
        try:
            vector = self._embedder.embed_question(question)
        except EmbeddingError as error:
            _log.warning("Searching by words alone: %s", error)
            return []
        restricted = self._catalog.restricted(filters)
        return self._dense.search(vector, language=detect_language(question) or "", filters=restricted, limit=DEPTH)

    def _fused(self, question: str, lexical: Scored, dense: Scored, pool: int) -> list[Hit]:
        """The best of both lists as hits, in one order."""
        stored = self._catalog.hits([id_ for id_, _ in (*lexical[:pool], *dense[:pool])])
        own = detect_language(question)
        foreign = {id_: chunk for id_, (chunk, document) in stored.items() if document.language not in (own, None)}
        if self.sentences is not None:
            others = [(id_, foreign[id_]) for id_, _ in dense if id_ in foreign]
            dense = across_languages(self.sentences, question, dense, others)
        of_words, of_meaning = dict(lexical), dict(dense)
        return [
            Hit(*stored[id_], score, of_words.get(id_), of_meaning.get(id_))
            for id_, score in fuse(lexical, dense, pool, foreign=foreign)
            if id_ in stored
        ]


def checked(question: str, limit: int) -> str:
    """The question without surrounding space.

    Raises:
        QuestionError: it is empty or longer than `limit` characters.
    """
    question = question.strip()
    if not any(character.isalnum() for character in question):
        raise QuestionError("The question is empty", "Ask in words.", text="question.empty")
    if len(question) > limit:
        raise QuestionError(
            f"The question has {len(question)} characters, and at most {limit} are read",
            "Shorten it, or raise MALMOI_RETRIEVAL__MAX_QUESTION_CHARS",
            text="question.long",
            length=len(question),
            limit=limit,
        )
    return question


def _distinct(hits: Iterable[Hit], wanted: int) -> Iterable[Hit]:
    """The first `wanted` hits; of passages that say the same, the best and one of another document."""
    kept: list[tuple[frozenset[str], str]] = []
    for hit in hits:
        if len(kept) >= wanted:
            return
        words = frozenset(term for sentence in hit.chunk.sentences for term in sentence.terms)
        words |= frozenset(hangul_pairs(hit.chunk.text))
        twins = [document for other, document in kept if len(words & other) > _SAME * len(words | other)]
        if len(twins) < _COPIES and hit.document.id not in twins:
            kept.append((words, hit.document.id))
            yield hit


def comments_only(filters: Filters) -> Filters:
    """The same filters for a question about readers' comments, unless they name kinds of their own."""
    return filters if filters.kinds else replace(filters, kinds=frozenset({SectionKind.COMMENT}))
