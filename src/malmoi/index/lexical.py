"""Lexical search by BM25 over content terms, inside the catalog's file (SQLite FTS5)."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.catalog import Catalog, access
from malmoi.catalog.rows import encode_term, kind_condition, searched_kinds
from malmoi.index import seen_bm25
from malmoi.types import Filters

MAX_TERMS = 256
"""More distinct terms than this are not searched; SQLite nests one level of expression for each."""
_COUNTED = 64
"""For so many tables and sets of groups the sizes of what their members see are kept."""
PAIR_WEIGHT = 0.35
"""Share of the syllable pairs' BM25. With it nDCG@10 rose from 0.962 to 0.970 on KorQuAD's paragraphs and from 0.824
to 0.847 on the welfare pages; anything from 0.2 to 0.5 is within 0.004 of that."""


class LexicalIndex:
    """Searches the terms of a catalog's chunks."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._counted: dict[tuple[int, str, frozenset[str] | None], seen_bm25.Sizes] = {}

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

        BM25 is SQLite's, with k1 = 1.2 and b = 0.75 and a document frequency over all chunks that the reader may
        see, filtered or not. A term that stands in more than half of them adds next to nothing.

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
        distinct_pairs = list(dict.fromkeys(pairs))[:MAX_TERMS]
        groups = self._catalog.restricted(filters).groups
        if self._catalog.seen_by(groups).hidden():
            matches, arguments = self._matches_seen(distinct, distinct_pairs, weights, groups)
        else:
            matches, arguments = _matches(distinct, distinct_pairs, weights)
        found = self._catalog.connection.execute(
            f"WITH {matches} "
            f"SELECT c.id, sum(m.score) AS total FROM m JOIN chunk c ON c.id = m.id {join} "
            f"WHERE 1{kind_condition(kinds)}{condition} GROUP BY c.id ORDER BY total DESC, c.id LIMIT ?",
            [*arguments, *values, limit],
        )
        return [(int(id_), float(score)) for id_, score in found]

    def _matches_seen(
        self, terms: Sequence[str], pairs: Sequence[str], weights: tuple[float, float], groups: frozenset[str] | None
    ) -> tuple[str, list[object]]:
        """`_matches` for someone from whom documents are hidden."""
        connection = self._catalog.connection
        seen_bm25.prepare(connection)
        seen, names = access.condition(groups)
        own = dict(zip(("terms", "context_terms"), weights, strict=True))
        tables = [("lexical", own, terms, 1.0)]
        if pairs:
            tables.append(("lexical_pairs", {"pairs": 1.0}, pairs, PAIR_WEIGHT))
        expressions, scores, arguments = [], [], list[object]()
        for table, columns, wanted, share in tables:
            sizes = self._sizes(table, groups)
            expression, values = seen_bm25.hits(table, columns, wanted, sizes.rows, seen, names)
            expressions.append(expression)
            scores.append(seen_bm25.score(table, sizes.mean, share))
            arguments += values
        return f"{', '.join(expressions)}, m AS MATERIALIZED ({' UNION ALL '.join(scores)})", arguments

    def _sizes(self, table: str, groups: frozenset[str] | None) -> seen_bm25.Sizes:
        """Counted once for each set of groups and revision of the catalog."""
        key = self._catalog.revision(), table, groups
        known = self._counted.get(key)
        if known is None:
            known = seen_bm25.sizes(self._catalog.connection, table, *access.condition(groups))
            others = [(k, value) for k, value in self._counted.items() if k[0] == key[0]]
            self._counted = dict([*others[-_COUNTED:], (key, known)])
        return known


def _matches(terms: Sequence[str], pairs: Sequence[str], weights: tuple[float, float]) -> tuple[str, list[object]]:
    """The common table expression `m` of (id, score), and its parameters."""
    matches = "SELECT rowid AS id, -bm25(lexical, ?, ?) AS score FROM lexical WHERE lexical MATCH ?"
    arguments: list[object] = [*weights, _any_of(terms)]
    if pairs:
        matches += " UNION ALL SELECT rowid, -bm25(lexical_pairs) * ? FROM lexical_pairs WHERE lexical_pairs MATCH ?"
        arguments += [PAIR_WEIGHT, _any_of(pairs)]
    # Materialised, since bm25 cannot be computed once SQLite has merged the inner query into the outer one.
    return f"m AS MATERIALIZED ({matches})", arguments


def _any_of(terms: Sequence[str]) -> str:
    return " OR ".join(f'"{encode_term(term)}"' for term in terms)
