"""Dense search: cosine between the question's vector and the chunks' vectors."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from malmoi.catalog import Catalog
from malmoi.catalog.rows import searched_kinds
from malmoi.errors import IndexDamaged
from malmoi.index import generations
from malmoi.types import Filters, SectionKind

if TYPE_CHECKING:
    from malmoi.index.vector_store import ChromaStore

_log = logging.getLogger(__name__)
_KINDS = {kind: code for code, kind in enumerate(SectionKind)}
_GONE = -1
_NO_LANGUAGE = -2
_SEEN = 16
"""For so many sets of groups it is kept which chunks their members see."""
_REMEDY = "Run `malmoi index rebuild`"
_DEAD_LIMIT = 1_000
"""With more deleted rows than this still in Chroma, the exact search is as fast as asking for so many more."""


@dataclass(slots=True)
class Rows:
    """Vectors that are searched together.

    Attributes:
        ids: chunk ids.
        vectors: float32, shape (n, dimension).
        kinds: a code of `_KINDS` for each, `_GONE` where the chunk was deleted.
        languages: a code of `State.languages` for each.
    """

    ids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))
    kinds: NDArray[np.int8] = field(default_factory=lambda: np.empty(0, dtype=np.int8))
    languages: NDArray[np.int16] = field(default_factory=lambda: np.empty(0, dtype=np.int16))


@dataclass(frozen=True, slots=True)
class State:
    """All vectors as of one revision: those of the generation, and those that came after it."""

    base: Rows
    tail: Rows
    manifest: generations.Manifest | None
    languages: tuple[str, ...] = ()


class Follower:
    """Keeps the vectors of one model up with the catalog and the published generation, reading only what is new."""

    def __init__(self, catalog: Catalog, model: str) -> None:
        self._catalog = catalog
        self._model = model
        self._lock = threading.Lock()
        self._revision = -1
        self._stamp: tuple[int, int] | None = None
        self._state = State(Rows(), Rows(), None)

    def state(self) -> State:
        """The vectors as of the latest commit."""
        with self._lock:
            stamp, revision = generations.stamp(self._catalog.index_dir), self._catalog.revision()
            if stamp != self._stamp or self._revision < 0:
                self._state = self._load(stamp)
                self._revision = -1
            if revision != self._revision:
                self._state = self._update(self._state)
            self._stamp, self._revision = stamp, revision
            return self._state

    def _load(self, stamp: tuple[int, int] | None) -> State:
        """The generation's rows, and the tail as it is: what stands in both is taken out by `_update`."""
        directory = self._catalog.index_dir
        try:
            manifest = generations.current(directory)
            if manifest is None or manifest.model != self._model:
                return State(Rows(), self._state.tail, None)
            ids, vectors = generations.load(directory, manifest)
        except IndexDamaged as error:
            if generations.stamp(directory) == stamp:  # else the next one was published meanwhile
                _log.warning("%s. Until then the catalog's own vectors are searched", error)
            return State(Rows(), self._state.tail, None)
        return State(Rows(ids, vectors, np.full(len(ids), _GONE, dtype=np.int8)), self._state.tail, manifest)

    def _update(self, state: State) -> State:
        wanted, names = self._catalog.vector_ids(self._model)
        codes = np.array([_KINDS[SectionKind(name)] for name in names], dtype=np.int16)
        spoken = self._catalog.vector_languages(self._model)
        languages = tuple(dict.fromkeys(spoken))
        spoken_codes = np.array([languages.index(name) for name in spoken], dtype=np.int16)

        def rows(ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> Rows:
            kinds = _look_up(ids, wanted, codes).astype(np.int8)
            return Rows(ids, vectors, kinds, _look_up(ids, wanted, spoken_codes))

        base = rows(state.base.ids, state.base.vectors)
        in_tail = np.setdiff1d(wanted, base.ids, assume_unique=True)
        kept = np.isin(state.tail.ids, in_tail)
        new_ids, new_vectors = self._catalog.vectors_of(
            self._model, np.setdiff1d(in_tail, state.tail.ids[kept], assume_unique=True).tolist()
        )
        parts = [part for part in (state.tail.vectors[kept], new_vectors) if len(part)]
        ids = np.concatenate([state.tail.ids[kept], new_ids])
        vectors = np.concatenate(parts) if parts else Rows().vectors
        return State(base, rows(ids, vectors), state.manifest, languages)


def _look_up(ids: NDArray[np.int64], known: NDArray[np.int64], codes: NDArray[np.int16]) -> NDArray[np.int16]:
    """The code of each id, `_GONE` where it is not known; `known` is ascending."""
    if not len(known):
        return np.full(len(ids), _GONE, dtype=np.int16)
    places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return np.where(known[places] == ids, codes[places], _GONE).astype(np.int16)


class DenseIndex:
    """Searches the vectors of `model` in a catalog.

    A search with filters, or of at most `exact_limit` vectors, is exact. The others ask Chroma and search exactly
    what came after its snapshot; a Chroma folder that turns out damaged costs a warning, and the search is exact.
    """

    def __init__(self, catalog: Catalog, model: str, exact_limit: int = 50_000) -> None:
        self._catalog = catalog
        self._exact_limit = exact_limit
        self._follower = Follower(catalog, model)
        self._lock = threading.Lock()
        self._opened: int | None = None
        self._store: ChromaStore | None = None
        self._warned: int | None = None
        self._seen: dict[tuple[int, frozenset[str] | None], NDArray[np.int64]] = {}

    def close(self) -> None:
        """Close Chroma's files."""
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store, self._opened = None, None

    def search(
        self, vector: NDArray[np.float32], *, language: str = "", filters: Filters | None = None, limit: int
    ) -> list[tuple[int, float]]:
        """Nearest chunks as (chunk id, cosine), best first. Empty filters search `EVIDENCE_KINDS`.

        Args:
            language: of the question. Chunks of other languages get the cosine that one of its own language would
                have at the same place among those; see `calibrated`. Empty leaves all as they are.
        """
        filters = filters or Filters()
        state = self._follower.state()
        if limit <= 0:
            return []
        large = len(state.base.ids) + len(state.tail.ids) > self._exact_limit
        if state.manifest is not None and large and len(state.languages) < 2 and self._finds_all(filters):
            try:
                found = self._search_chroma(state, state.manifest, vector, limit)
                return found if filters.groups is None else self._still_seen(found, filters)
            except IndexDamaged as error:
                if self._warned != state.manifest.generation:
                    self._warned = state.manifest.generation
                    _log.warning("%s. Until then searches are exact, and slower", error)
        own = None
        if language:
            own = state.languages.index(language) if language in state.languages else _NO_LANGUAGE
        return self._search_exactly((state.base, state.tail), vector, filters, limit, own)

    def _search_exactly(
        self,
        parts: tuple[Rows, ...],
        vector: NDArray[np.float32],
        filters: Filters,
        limit: int,
        own: int | None = None,
    ) -> list[tuple[int, float]]:
        kinds = [_KINDS[kind] for kind in searched_kinds(filters)]
        matching = self._matching(filters)
        ids, scores, languages = [], [], []
        for part in parts:
            allowed = np.isin(part.kinds, kinds)
            if matching is not None:
                allowed &= np.isin(part.ids, matching)
            places = np.flatnonzero(allowed)
            ids.append(part.ids[places])
            scores.append(_cosines(part, vector, places))
            languages.append(part.languages[places])
        every = np.concatenate(scores)
        if own is not None:
            every = calibrated(every, np.concatenate(languages), own)
        return _highest(np.concatenate(ids), every, limit)

    def _finds_all(self, filters: Filters) -> bool:
        """Whether nothing is left out: no filters, or groups from whom nothing is hidden."""
        return not filters.narrowed and not self._catalog.seen_by(filters.groups).hidden()

    def _still_seen(self, found: list[tuple[int, float]], filters: Filters) -> list[tuple[int, float]]:
        """Without what was hidden since `_finds_all` looked."""
        seen = set(self._catalog.chunk_ids(filters, among=[id_ for id_, _ in found]))
        return [item for item in found if item[0] in seen]

    def _matching(self, filters: Filters) -> NDArray[np.int64] | None:
        """Ids of the chunks that fulfil the filters, ascending, of whatever kind; None where they name kinds only.

        Those that a person's groups see are kept until the catalog changes.
        """
        if filters == Filters(kinds=filters.kinds):
            return None
        if filters != Filters(kinds=filters.kinds, groups=filters.groups):
            return np.array(self._catalog.chunk_ids(filters), dtype=np.int64)
        key = self._catalog.revision(), filters.groups
        with self._lock:
            known = self._seen.get(key)
        if known is None:
            everything = Filters(kinds=frozenset(SectionKind), groups=filters.groups)
            known = np.array(self._catalog.chunk_ids(everything), dtype=np.int64)
            with self._lock:
                kept = [(k, ids) for k, ids in self._seen.items() if k[0] == key[0]]
                self._seen = dict([*kept[1 - _SEEN :], (key, known)])
        return known

    def _search_chroma(
        self, state: State, manifest: generations.Manifest, vector: NDArray[np.float32], limit: int
    ) -> list[tuple[int, float]]:
        """The answer with Chroma's help; raises IndexDamaged where Chroma cannot give one."""
        in_chroma = slice(manifest.chroma_rows)
        ids, gone = state.base.ids[in_chroma], state.base.kinds[in_chroma] == _GONE
        dead = int(gone.sum())
        if dead > _DEAD_LIMIT:
            return self._search_exactly((state.base, state.tail), vector, Filters(), limit)
        with self._lock:
            found = _ask(self._open(manifest), vector, min(limit + dead, len(ids)))
        if dead:
            deleted = set(ids[gone].tolist())
            found = [item for item in found if item[0] not in deleted]
        found += self._search_exactly((state.tail,), vector, Filters(), limit)
        return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]

    def _open(self, manifest: generations.Manifest) -> ChromaStore:
        """The generation's store, looked at in a child process first; raises IndexDamaged, then and every time."""
        if self._opened != manifest.generation:
            if self._store is not None:
                self._store.close()
            self._store, self._opened = None, manifest.generation
            self._store = _open_checked(generations.folder_of(self._catalog.index_dir, manifest), manifest)
        if self._store is None:
            raise IndexDamaged("Chroma's folder is damaged", _REMEDY)
        return self._store


def _open_checked(folder: Path, manifest: generations.Manifest) -> ChromaStore:
    from malmoi.index.probe import probe
    from malmoi.index.vector_store import ChromaStore

    damage = probe(folder, manifest.chroma_rows, "quick")
    if damage:
        raise IndexDamaged(f"Chroma's folder {folder} is damaged ({', '.join(damage)})", _REMEDY)
    try:
        return ChromaStore(folder, read_only=True)
    except Exception as error:
        raise IndexDamaged(f"Chroma cannot open {folder} ({error})", _REMEDY) from error


def _ask(store: ChromaStore, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
    from llama_index.core.vector_stores.types import VectorStoreQuery

    try:
        result = store.query(VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=limit))
    except Exception as error:
        raise IndexDamaged(f"Chroma cannot be searched ({error})", _REMEDY) from error
    return [(int(id_), score) for id_, score in zip(result.ids or [], result.similarities or [], strict=True)]


def calibrated(
    scores: NDArray[np.float32], languages: NDArray[np.int16], own: int, least: int = 8
) -> NDArray[np.float32]:
    """Cosines of chunks in several languages, made comparable.

    A multilingual embedding puts texts of one language near each other whatever they say, so that an unrelated chunk in
    the question's language is nearer than the right one in another. Within each other language a cosine is turned into
    its standard score, and that into the cosine with the same standard score in the question's language, or in the
    most frequent one where the question's has too few chunks.

    Args:
        languages: a code for each score.
        own: the code of the question's language.
        least: languages with fewer chunks are left as they are.
    """
    codes, counts = np.unique(languages, return_counts=True)
    if len(codes) < 2:
        return scores
    if counts[codes == own].sum() < least:
        own = int(codes[counts.argmax()])
    mine = scores[languages == own]
    if len(mine) < least:
        return scores
    made = scores.copy()
    for code in codes[codes != own]:
        place = languages == code
        theirs = scores[place]
        spread = float(theirs.std())
        if len(theirs) >= least and spread > 0:
            made[place] = mine.mean() + mine.std() * (theirs - theirs.mean()) / spread
    return made


def _cosines(part: Rows, vector: NDArray[np.float32], places: NDArray[np.intp]) -> NDArray[np.float32]:
    """The dot product of `vector` with each row at `places`."""
    if not len(places):
        return np.empty(0, dtype=np.float32)
    few = len(places) * 4 < len(part.ids)
    return part.vectors[places] @ vector if few else (part.vectors @ vector)[places]


def _highest(ids: NDArray[np.int64], scores: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
    """The `limit` ids with the highest scores, best first; equal scores at the end fall either way."""
    if len(ids) > limit:
        best = np.argpartition(-scores, limit - 1)[:limit]
        ids, scores = ids[best], scores[best]
    return sorted(zip(ids.tolist(), scores.tolist(), strict=True), key=lambda item: (-item[1], item[0]))
