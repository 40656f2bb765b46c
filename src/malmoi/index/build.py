"""Makes the derived indexes from the catalog, checks them, and makes them again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from malmoi.catalog import Catalog
from malmoi.catalog.catalog import ANALYSER, MODEL
from malmoi.catalog.rows import searched_kinds
from malmoi.errors import EmbeddingRefused, IndexBusy, IndexDamaged, IndexMismatch
from malmoi.index import generations, verify
from malmoi.index.lock import WriterLock
from malmoi.index.probe import probe
from malmoi.index.verify import Problem, VerifyReport
from malmoi.types import Chunk, Filters, OnProgress, Progress

if TYPE_CHECKING:
    from malmoi.embedding.protocol import Embedder
    from malmoi.korean import Analyser

_log = logging.getLogger(__name__)
_SLICE = 256
"""Texts embedded between two commits: what a killed process loses at most."""
_PAGE = 5_000
_REMEDY = "Run `malmoi index rebuild`"


class Indexer:
    """Keeps the derived indexes of a catalog.

    Args:
        embedder: None works without vectors; those in the catalog stay.
        lock: taken by every method that writes; pass the one that the caller holds around longer work.
    """

    def __init__(
        self,
        catalog: Catalog,
        embedder: Embedder | None = None,
        *,
        analyser: Analyser | None = None,
        lock: WriterLock | None = None,
    ) -> None:
        self._catalog = catalog
        self._embedder = embedder
        self._analyser = analyser
        self._lock = lock or WriterLock(catalog.index_dir)

    # mismatches

    def mismatches(self) -> list[Problem]:
        """Where the collection was made with another embedding model or analyser than those given."""
        found = []
        model, analyser = self._other_model(), self._catalog.meta(ANALYSER)
        if self._embedder is not None and model is not None:
            found.append(Problem("model", 1, f"{model} → {self._embedder.id}"))
        if self._analyser is not None and analyser is not None and analyser != self._analyser.id:
            found.append(Problem("analyser", 1, f"{analyser} → {self._analyser.id}"))
        return found

    def _other_model(self) -> str | None:
        """The collection's embedding model if it is another one; a model that made no vector yet binds nobody."""
        model = self._catalog.meta(MODEL)
        if self._embedder is None or model in (None, self._embedder.id):
            return None
        return model if len(self._catalog.vector_ids(str(model))[0]) else None

    def check(self) -> None:
        """Raise IndexMismatch when the collection was made with another embedding model or analyser."""
        found = self.mismatches()
        if found:
            raise IndexMismatch("; ".join(problem.message() for problem in found).rstrip("."), _REMEDY)

    def claim(self) -> None:
        """Note the embedding model and analyser of a new collection; raises IndexMismatch on one made otherwise."""
        self.check()
        if self._embedder is not None and self._catalog.meta(MODEL) != self._embedder.id:
            self._catalog.set_meta(MODEL, self._embedder.id)
        if self._analyser is not None and self._catalog.meta(ANALYSER) is None:
            self._catalog.set_meta(ANALYSER, self._analyser.id)

    # vectors

    def embed_pending(self, progress: OnProgress | None = None) -> int:
        """Embed what has no vector yet; how many texts that were. Finished slices stay when a later one fails.

        Raises:
            IndexMismatch: the collection has vectors of another model.
            EmbeddingError: the engine cannot go on. A single text that it refuses is left out with a warning.
        """
        if self._embedder is None:
            return 0
        with self._lock:
            self.claim()
            return self._embed(self._embedder, progress)

    def _embed(self, embedder: Embedder, progress: OnProgress | None) -> int:
        # Texts of like length together, so that an engine which pads its batches wastes nothing.
        pending = sorted(self._catalog.missing_vectors(embedder.id), key=lambda item: len(item[2]))
        done = 0
        for at in range(0, len(pending), _SLICE):
            part = pending[at : at + _SLICE]
            found = _embed_slice(embedder, part, _reporter(progress, done, len(pending)))
            self._catalog.put_vectors(embedder.id, found)
            done += len(part)
            if progress is not None:
                progress(Progress("embed", done, len(pending)))
        return done

    # generations

    def publish(self, progress: OnProgress | None = None) -> bool:
        """Build and publish a generation if one is due; whether it was.

        One is due when there is none, when it holds deleted chunks, or when too many vectors came after it. Terms of
        deleted chunks are taken out of the lexical index as well.
        """
        with self._lock:
            self._catalog.compact()
            generations.sweep(self._catalog.index_dir)
            model = self._catalog.meta(MODEL)
            if model is None or not self._due(model):
                return False
            self._build(model, progress)
            return True

    def _due(self, model: str) -> bool:
        ids, _ = self._catalog.vector_ids(model)
        try:
            manifest = generations.current(self._catalog.index_dir)
            if manifest is None:
                return len(ids) > 0
            published, _ = generations.load(self._catalog.index_dir, manifest)
        except IndexDamaged:
            return True
        deleted = not np.isin(published, ids).all()
        return manifest.model != model or deleted or len(ids) - len(published) > verify.tail_limit(len(published))

    def _build(self, model: str, progress: OnProgress | None) -> None:
        directory = self._catalog.index_dir
        ids, kinds = self._catalog.vector_ids(model)
        if not len(ids):
            generations.withdraw(directory)
            generations.sweep(directory)
            return
        evidence = np.isin(kinds, list(searched_kinds(Filters())))
        ids, in_chroma = np.concatenate([ids[evidence], ids[~evidence]]), int(evidence.sum())
        number = int(self._catalog.meta("generation") or 0) + 1
        self._catalog.set_meta("generation", str(number))
        folder = generations.home(directory) / str(number)
        folder.mkdir(parents=True)
        np.save(folder / generations.IDS, ids)
        dimension = self._write_vectors(folder / generations.VECTORS, model, ids)
        self._write_chroma(folder, ids[:in_chroma], progress)
        manifest = generations.seal(
            folder, generations.Manifest(number, model, len(ids), in_chroma, dimension, int(ids.max()), {})
        )
        damage = probe(folder, in_chroma, "full") if in_chroma else {}
        if damage:
            raise IndexDamaged(
                f"Chroma did not keep what was written to {folder} ({', '.join(damage)})",
                "Questions are answered from the catalog meanwhile. Check the disk and run `malmoi index rebuild`",
            )
        generations.publish(directory, manifest)
        generations.sweep(directory)

    def _write_vectors(self, path: Any, model: str, ids: NDArray[np.int64]) -> int:
        """Write the vectors in the order of `ids`; how many numbers each has."""
        _, first = self._catalog.vectors_of(model, ids[:1].tolist())
        dimension = first.shape[1]
        rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(len(ids), dimension))
        for at in range(0, len(ids), _PAGE):
            page = ids[at : at + _PAGE]
            found, vectors = self._catalog.vectors_of(model, page.tolist())
            if len(found) != len(page):
                raise IndexBusy("The collection was changed by another process", "Run the command again")
            rows[at : at + _PAGE] = vectors[np.searchsorted(found, page)]
        rows.flush()
        return int(dimension)

    def _write_chroma(self, folder: Any, ids: NDArray[np.int64], progress: OnProgress | None) -> None:
        from malmoi.index.chroma import ChromaFolder

        if not len(ids):
            return
        rows = np.load(folder / generations.VECTORS, mmap_mode="r")
        with ChromaFolder(folder, rows=len(ids)) as chroma:
            for at in range(0, len(ids), _PAGE):
                page = ids[at : at + _PAGE].tolist()
                scalars = self._catalog.scalars(page)
                chroma.upsert([str(id_) for id_ in page], rows[at : at + len(page)], [scalars[id_] for id_ in page])
                if progress is not None:
                    progress(Progress("publish", at + len(page), len(ids)))
            if len(ids) == 1:
                # The graph is written to disk after two writes at the earliest.
                chroma.upsert([str(ids[0])], rows[:1], [self._catalog.scalars(ids.tolist())[int(ids[0])]])

    # verify and rebuild

    def verify(self, progress: OnProgress | None = None) -> VerifyReport:
        """Compare the catalog with the two derived indexes. Reads everything; changes nothing."""
        catalog = self._catalog
        problems = [*self.mismatches(), *verify.check_catalog(catalog)]
        broken = any(problem.code == "catalog.file" for problem in problems)
        chroma, waiting, vectors, generation = 0, 0, 0, None
        model = None if broken else catalog.meta(MODEL)
        if not broken:
            problems += verify.check_lexical(catalog)
        if model is not None:
            found, chroma, waiting, generation = verify.check_dense(catalog, model, progress)
            problems += found
            vectors = len(catalog.vector_ids(model)[0])
        return VerifyReport(
            documents=0 if broken else len(catalog.documents()),
            chunks=0 if broken else catalog.chunk_count(),
            lexical=0 if broken else verify.lexical_rows(catalog),
            vectors=vectors,
            chroma=chroma,
            waiting=waiting,
            generation=generation,
            model=model,
            analyser=None if broken else catalog.meta(ANALYSER),
            problems=tuple(problems),
        )

    def rebuild(self, progress: OnProgress | None = None) -> None:
        """Make the lexical index and a new generation from the catalog alone.

        Texts are analysed again only if the analyser changed, and embedded only where the model's vector is missing.
        """
        with self._lock:
            catalog = self._catalog
            if self._analyser is not None and catalog.meta(ANALYSER) not in (None, self._analyser.id):
                self._analyse_again(self._analyser, progress)
            catalog.rebuild_lexical()
            if self._embedder is not None:
                if catalog.meta(MODEL) != self._embedder.id:
                    catalog.set_meta(MODEL, self._embedder.id)
                self._embed(self._embedder, progress)
            self.claim()
            catalog.compact()
            generations.sweep(catalog.index_dir)
            model = catalog.meta(MODEL)
            if model is not None:
                self._build(model, progress)

    def _analyse_again(self, analyser: Analyser, progress: OnProgress | None) -> None:
        documents = self._catalog.documents()
        contexts: dict[str, tuple[str, ...]] = {}
        for done, info in enumerate(documents, start=1):
            fresh = []
            for chunk in self._catalog.chunks_of(info.id):
                if chunk.context not in contexts:
                    contexts[chunk.context] = analyser.terms(chunk.context)
                fresh.append(_with_terms(chunk, analyser, contexts[chunk.context]))
            self._catalog.put_terms(fresh)
            if progress is not None:
                progress(Progress("read", done, len(documents), info.name))
        self._catalog.set_meta(ANALYSER, analyser.id)


def _with_terms(chunk: Chunk, analyser: Analyser, context_terms: tuple[str, ...]) -> Chunk:
    return replace(chunk, sentences=tuple(analyser.sentences(chunk.text, chunk.start)), context_terms=context_terms)


def _reporter(progress: OnProgress | None, before: int, total: int) -> Callable[[int], None] | None:
    if progress is None:
        return None
    return lambda done: progress(Progress("embed", before + done, total))


def _embed_slice(
    embedder: Embedder, part: Sequence[tuple[int, str, str]], progress: Callable[[int], None] | None
) -> dict[str, NDArray[np.float32]]:
    try:
        rows = embedder.embed_passages([text for _, _, text in part], progress)
        return {hash_: row for (_, hash_, _), row in zip(part, rows, strict=True)}
    except EmbeddingRefused as error:
        if len(part) == 1:
            raise
        refusal = error
    found = {}
    for chunk_id, hash_, text in part:
        try:
            found[hash_] = embedder.embed_passages([text])[0]
        except EmbeddingRefused as error:
            _log.warning("Passage %d stays without a vector: %s", chunk_id, error)
    if not found:
        raise refusal
    return found
