"""Dense search: cosine between the question's vector and the chunks' vectors."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from malmoi.catalog import Catalog
from malmoi.catalog.rows import searched_kinds
from malmoi.types import Filters, SectionKind

_KINDS = {kind: code for code, kind in enumerate(SectionKind)}


class Matrix:
    """All vectors of one model in memory, kept up with the catalog: only new rows are read.

    Attributes:
        ids: chunk ids, ascending.
        kinds: a code of `_KINDS` for each.
        rows: float32, shape (n, dimension).
    """

    def __init__(self, catalog: Catalog, model: str) -> None:
        self._catalog = catalog
        self._model = model
        self._revision = -1
        self._lock = threading.Lock()
        self.ids = np.empty(0, dtype=np.int64)
        self.kinds = np.empty(0, dtype=np.int8)
        self.rows = np.empty((0, 0), dtype=np.float32)

    def refresh(self) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.float32]]:
        """Ids, kinds and rows as of the catalog's latest commit."""
        with self._lock:
            revision = self._catalog.revision()
            if revision != self._revision:
                self._update()
                self._revision = revision
            return self.ids, self.kinds, self.rows

    def _update(self) -> None:
        wanted, kinds = self._catalog.vector_ids(self._model)
        kept = np.isin(self.ids, wanted, assume_unique=True)
        new_ids, new_rows = self._catalog.vectors_of(self._model, np.setdiff1d(wanted, self.ids).tolist())
        if kept.all() and not len(new_ids):
            return
        ids = np.concatenate([self.ids[kept], new_ids])
        parts = [part for part in (self.rows[kept], new_rows) if len(part)]
        rows = np.concatenate(parts) if parts else np.empty((0, 0), dtype=np.float32)
        order = np.argsort(ids)
        code = dict(zip(wanted.tolist(), kinds, strict=True))
        # A vector put or dropped between the two reads belongs to a later revision, and is seen at the next call.
        self.ids, self.rows = ids[order], rows[order]
        self.kinds = np.array([_KINDS[SectionKind(code[id_])] for id_ in self.ids.tolist()], dtype=np.int8)


class DenseIndex:
    """Searches the vectors of `model` in a catalog.

    Args:
        exact_limit: largest number of vectors that is searched exactly without a filter.
    """

    def __init__(self, catalog: Catalog, model: str, exact_limit: int = 50_000) -> None:
        self._catalog = catalog
        self._exact_limit = exact_limit
        self._matrix = Matrix(catalog, model)

    def search(
        self, vector: NDArray[np.float32], *, filters: Filters | None = None, limit: int
    ) -> list[tuple[int, float]]:
        """Nearest chunks as (chunk id, cosine), best first. Empty filters search `EVIDENCE_KINDS`."""
        filters = filters or Filters()
        ids, kinds, rows = self._matrix.refresh()
        if not len(ids) or limit <= 0:
            return []
        allowed = np.isin(kinds, [_KINDS[kind] for kind in searched_kinds(filters)])
        if filters != Filters(kinds=filters.kinds):
            allowed &= np.isin(ids, np.array(self._catalog.chunk_ids(filters), dtype=np.int64))
        return top(ids, rows, vector, limit, allowed)


def top(
    ids: NDArray[np.int64],
    rows: NDArray[np.float32],
    vector: NDArray[np.float32],
    limit: int,
    allowed: NDArray[np.bool_],
) -> list[tuple[int, float]]:
    """The `limit` allowed rows with the highest dot product, best first; equal ones by id."""
    places = np.flatnonzero(allowed)
    scores = rows[places] @ vector if len(places) * 4 < len(ids) else (rows @ vector)[places]
    if len(places) > limit:
        best = np.argpartition(-scores, limit - 1)[:limit]
        places, scores = places[best], scores[best]
    order = np.lexsort((ids[places], -scores))
    return [(int(ids[places[i]]), float(scores[i])) for i in order]
