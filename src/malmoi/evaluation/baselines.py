"""Rankings made beside Malmoi's own in the same run, to know what it adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from malmoi.types import Filters

if TYPE_CHECKING:
    from malmoi.engine import Malmoi

RRF_K = 60
"""The constant of reciprocal-rank fusion as first published (Cormack et al. 2009)."""
DEPTH = 60
"""Passages of each list that are fused, and at most returned."""


class Found(NamedTuple):
    """A passage of a baseline's ranking."""

    document: str
    start: int
    end: int
    score: float


class Baseline(Protocol):
    """A search over the same documents.

    Attributes:
        name: stands in the results.
        reads: so many of its first passages count as its answer, which never declines; 0 for a ranking alone.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def reads(self) -> int: ...  # noqa: D102

    def search(self, question: str, filters: Filters, limit: int) -> Sequence[Found]:
        """The first `limit` passages, best first; of `filters`, `documents` must be kept to."""
        ...


@dataclass(frozen=True)
class Part:
    """One of the retriever's own lists, or the reciprocal ranks of both."""

    name: str
    collection: Malmoi
    reads: int = 0

    def search(self, question: str, filters: Filters, limit: int) -> list[Found]:
        """See `Baseline.search`."""
        retriever = self.collection.retriever
        lists: list[Any] = []
        if self.name != "vectors":
            lists.append(retriever.lexical(question, filters))
        if self.name != "words":
            lists.append(retriever.dense(question, filters))
        ranked = lists[0] if len(lists) == 1 else reciprocal_ranks(lists)
        stored = self.collection.catalog.hits([id_ for id_, _ in ranked[:limit]])
        return [
            Found(stored[id_][1].name, stored[id_][0].start, stored[id_][0].end, score)
            for id_, score in ranked[:limit]
            if id_ in stored
        ]


def own(collection: Malmoi) -> list[Baseline]:
    """The collection's words alone (BM25), and with an embedding its vectors alone and plain reciprocal ranks."""
    names = ("words", "vectors", "rrf") if collection.embedder is not None else ("words",)
    return [Part(name, collection) for name in names]


def reciprocal_ranks(lists: Sequence[Sequence[tuple[int, float]]]) -> list[tuple[int, float]]:
    """Fuse by the sum of 1 / (60 + rank)."""
    scores: dict[int, float] = {}
    for found in lists:
        for place, (id_, _) in enumerate(found[:DEPTH]):
            scores[id_] = scores.get(id_, 0.0) + 1 / (RRF_K + place + 1)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
