"""Lexical search by BM25 over content terms, inside the catalog's file (SQLite FTS5)."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.catalog import Catalog
from malmoi.catalog.rows import encode_term, kind_condition, searched_kinds
from malmoi.types import Filters

MAX_TERMS = 256
"""More distinct terms than this are not searched; SQLite nests one level of expression for each."""
PAIR_WEIGHT = 0.35
"""Share of the syllable pairs' BM25. With it nDCG@10 rose from 0.962 to 0.970 on KorQuAD's paragraphs and from 0.824
to 0.847 on the welfare pages; anything from 0.2 to 0.5 is within 0.004 of that."""


class LexicalIndex:
    """Searches the terms of a catalog's chunks."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def search(
        self,
        terms: Sequence[str],
        *,
        pairs: Sequence[str] = (),
        filters: Filters | None = None,
        limit: int,
        weights: tuple[float, float] = (1.0, 1.0),
    ) -> list[tuple[int, float]]:
        """Chunks with any of the terms as (chunk id, BM25), best first.

        BM25 is SQLite's, with k1 = 1.2 and b = 0.75 and a document frequency over all chunks, filtered or not. A
        term that stands in more than half of all chunks adds next to nothing.

        Args:
            terms: a repeated term counts once.
            pairs: syllable pairs of the question (`korean.hangul_pairs`); their own BM25 is added, times `PAIR_WEIGHT`.
            filters: None or empty searches `EVIDENCE_KINDS`.
            limit: how many chunks at most.
            weights: of the chunk's own terms, and of the terms of its title and headings.
        """
        distinct = list(dict.fromkeys(terms))[:MAX_TERMS]
        filters = filters or Filters()
        kinds = searched_kinds(filters)
        if not distinct or not kinds or limit <= 0:
            return []
        condition, values = self._catalog.condition(filters)
        join = "JOIN document d ON d.number = c.document" if condition else ""
        matches = "SELECT rowid AS id, -bm25(lexical, ?, ?) AS score FROM lexical WHERE lexical MATCH ?"
        arguments: list[object] = [*weights, _any_of(distinct)]
        if pairs:
            matches += (
                " UNION ALL SELECT rowid, -bm25(lexical_pairs) * ? FROM lexical_pairs WHERE lexical_pairs MATCH ?"
            )
            arguments += [PAIR_WEIGHT, _any_of(list(dict.fromkeys(pairs))[:MAX_TERMS])]
        found = self._catalog.connection.execute(
            # Materialised, since bm25 cannot be computed once SQLite has merged the inner query into the outer one.
            f"WITH m AS MATERIALIZED ({matches}) "
            f"SELECT c.id, sum(m.score) AS total FROM m JOIN chunk c ON c.id = m.id {join} "
            f"WHERE 1{kind_condition(kinds)}{condition} GROUP BY c.id ORDER BY total DESC, c.id LIMIT ?",
            [*arguments, *values, limit],
        )
        return [(int(id_), float(score)) for id_, score in found]


def _any_of(terms: Sequence[str]) -> str:
    return " OR ".join(f'"{encode_term(term)}"' for term in terms)
