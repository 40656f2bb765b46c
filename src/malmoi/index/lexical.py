"""Lexical search by BM25 over content terms, inside the catalog's file (SQLite FTS5)."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.catalog import Catalog
from malmoi.catalog.rows import document_condition, encode_term, kind_condition, searched_kinds
from malmoi.types import Filters

MAX_TERMS = 256
"""More distinct terms than this are not searched; SQLite nests one level of expression for each."""


class LexicalIndex:
    """Searches the terms of a catalog's chunks."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def search(
        self,
        terms: Sequence[str],
        *,
        filters: Filters | None = None,
        limit: int,
        weights: tuple[float, float] = (1.0, 1.0),
    ) -> list[tuple[int, float]]:
        """Chunks with any of the terms as (chunk id, BM25), best first.

        BM25 is SQLite's, with k1 = 1.2 and b = 0.75 and a document frequency over all chunks, filtered or not. A
        term that stands in more than half of all chunks adds next to nothing.

        Args:
            terms: a repeated term counts once.
            filters: None or empty searches `EVIDENCE_KINDS`.
            limit: how many chunks at most.
            weights: of the chunk's own terms, and of the terms of its title and headings.
        """
        distinct = list(dict.fromkeys(terms))[:MAX_TERMS]
        filters = filters or Filters()
        kinds = searched_kinds(filters)
        if not distinct or not kinds or limit <= 0:
            return []
        match = " OR ".join(f'"{encode_term(term)}"' for term in distinct)
        condition, values = document_condition(filters)
        join = "JOIN document d ON d.number = c.document" if condition else ""
        found = self._catalog.connection.execute(
            f"SELECT c.id, -bm25(lexical, ?, ?) AS score FROM lexical JOIN chunk c ON c.id = lexical.rowid {join} "
            f"WHERE lexical MATCH ?{kind_condition(kinds)}{condition} ORDER BY score DESC, c.id LIMIT ?",
            [*weights, match, *values, limit],
        )
        return [(int(id_), float(score)) for id_, score in found]
