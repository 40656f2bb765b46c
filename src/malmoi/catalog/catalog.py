"""The catalog's interface."""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from malmoi.catalog import access, reading, rows, terms, vectors, writing
from malmoi.catalog.connections import Connections
from malmoi.errors import MalmoiError, UnknownDocument
from malmoi.types import Chunk, Document, DocumentInfo, FileStatus, Filters, SectionKind

MODEL = "embedding_model"
"""Meta key: id of the embedding model whose vectors are in use."""
ANALYSER = "analyser"
"""Meta key: id of the analyser that made the terms."""


class Catalog:
    """Documents, chunks and vectors of the collection in `index_dir`.

    Safe to use from several threads and processes; a committed change is seen by all of them at once. Several
    writers wait for each other for a while; take a `WriterLock` first to hold work of many steps together.

    Raises:
        MalmoiError: `read_only`, and the folder holds no collection.
        IndexDamaged, IndexMismatch: the file is not one that this version can use.
    """

    def __init__(self, index_dir: Path, *, read_only: bool = False) -> None:
        self.index_dir = Path(index_dir)
        self.read_only = read_only
        self._connections = Connections(self.index_dir, read_only=read_only)
        self._groups: frozenset[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file in all threads."""
        self._connections.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, for the indexes that live in the same file."""
        return self._connections.get()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """Write all of a block or nothing; raises IndexBusy."""
        if self._groups is not None:
            raise MalmoiError("A reader's view of the catalog is for reading only", "Write to the catalog itself")
        return self._connections.transaction()

    # who may see what

    def seen_by(self, groups: frozenset[str] | None) -> Catalog:
        """The catalog as members of these groups see it: all else is unknown to its reading methods.

        It shares this one's file and need not be closed; nothing can be written through it. None sees everything.
        """
        if groups is None:
            return self
        view = copy.copy(self)
        view._groups = groups if self._groups is None else groups & self._groups
        return view

    def hidden(self) -> frozenset[int]:
        """Which audiences' documents this view leaves out; views with equal ones show the same at one revision."""
        return access.hidden(self.connection, self._groups)

    def set_groups(self, document_id: str, groups: Iterable[str]) -> frozenset[str]:
        """Let only these groups see a document from the next question on; none leaves it to its collection.

        Raises:
            UnknownDocument: no document has this id.
            GroupRefused: a name cannot be used.
        """
        names = access.group_names(groups)
        with self.transaction() as db:
            if db.execute("SELECT 1 FROM document WHERE id = ?", (document_id,)).fetchone() is None:
                raise self._unknown(document_id)
            db.execute("UPDATE document SET audience = ? WHERE id = ?", (access.audience(db, names), document_id))
            access.drop_unused(db)
            writing.advance(db)
        return names

    def visible(self, document_ids: Iterable[str]) -> frozenset[str]:
        """Those of the documents that are there and may be seen."""
        condition, values = access.condition(self._groups)
        found = self.connection.execute(
            f"SELECT d.id FROM document d WHERE d.id IN (SELECT value FROM json_each(?)){condition}",
            [rows.pack(list(document_ids)), *values],
        )
        return frozenset(row[0] for row in found)

    def relevant(self, groups: frozenset[str]) -> frozenset[str]:
        """Those of the groups that some document names: members of the same of them see the same."""
        return access.named(self.connection) & groups

    def restricted(self, filters: Filters) -> Filters:
        """The filters with what this view leaves out left out by them too."""
        if self._groups is None:
            return filters
        return replace(filters, groups=self._groups if filters.groups is None else filters.groups & self._groups)

    def condition(self, filters: Filters) -> tuple[str, list[object]]:
        """An SQL condition on `document d` of the filters and of who looks, and its parameters."""
        return rows.document_condition(self.restricted(filters))

    # documents

    def put(self, document: Document, chunks: Sequence[Chunk], *, groups: Iterable[str] | None = None) -> FileStatus:
        """Commit a document and its chunks, in place of an earlier version with the same uri.

        The chunks get new ids. Vectors of texts that did not change are kept. Furniture is left out.

        Args:
            groups: that may see it; None keeps those of the earlier version.

        Raises:
            GroupRefused: the name of a group cannot be used.
        """
        names = None if groups is None else access.group_names(groups)
        kept = [chunk for chunk in chunks if chunk.kind is not SectionKind.FURNITURE]
        with self.transaction() as db:
            old = db.execute("SELECT number, audience FROM document WHERE id = ?", (document.id,)).fetchone()
            hashes = writing.delete_chunks(db, old[0]) if old else set[bytes]()
            if old:
                db.execute("DELETE FROM document WHERE number = ?", old[:1])
            audience = access.audience(db, names) if names is not None else old[1] if old else None
            writing.insert(db, document, kept, audience)
            access.drop_unused(db)
            vectors.drop_orphans(db, hashes)
            writing.advance(db, residue=bool(hashes))
        return FileStatus.REPLACED if old else FileStatus.ADDED

    def remove(self, document_id: str) -> None:
        """Remove a document, its chunks and the vectors that nothing else uses.

        Raises:
            UnknownDocument: no document has this id.
        """
        with self.transaction() as db:
            old = db.execute("SELECT number FROM document WHERE id = ?", (document_id,)).fetchone()
            if old is None:
                raise self._unknown(document_id)
            hashes = writing.delete_chunks(db, old[0])
            db.execute("DELETE FROM document WHERE number = ?", old)
            access.drop_unused(db)
            vectors.drop_orphans(db, hashes)
            writing.advance(db, residue=True)

    def documents(self, filters: Filters | None = None) -> list[DocumentInfo]:
        """Documents that match, oldest first. A filter on kinds wants a chunk of one of them."""
        filters = filters or Filters()
        condition, values = rows.document_condition(filters)
        if filters.kinds:
            kinds = rows.kind_condition(filters.kinds)
            condition += f" AND EXISTS (SELECT 1 FROM chunk c WHERE c.document = d.number{kinds})"
        return self._infos(condition, values)

    def info(self, document_id: str) -> DocumentInfo:
        """What is known about a document; raises UnknownDocument."""
        found = self._infos(" AND d.id = ?", [document_id])
        if not found:
            raise self._unknown(document_id)
        return found[0]

    def find(self, uri: str) -> DocumentInfo | None:
        """The document that came from `uri`."""
        return next(iter(self._infos(" AND d.uri = ?", [uri])), None)

    def by_sha256(self, sha256: str) -> list[DocumentInfo]:
        """Documents made of these bytes."""
        return self._infos(" AND d.sha256 = ?", [sha256])

    def resolve(self, id_or_name: str) -> str:
        """The id of the document with this id, uri or name.

        Raises:
            UnknownDocument: there is none, or several have this name; the remedy names the nearest, or their ids.
        """
        return reading.resolve(self.connection, self._groups, id_or_name)

    def document(self, id_or_name: str) -> Document:
        """The whole document with this id, uri or name; raises UnknownDocument."""
        return reading.document(self.connection, self._groups, id_or_name)

    def _infos(self, condition: str, values: Iterable[object]) -> list[DocumentInfo]:
        return reading.infos(self.connection, self._groups, self.meta(MODEL), condition, values)

    def _unknown(self, wanted: str) -> UnknownDocument:
        return reading.unknown(self.connection, self._groups, wanted)

    # chunks

    def chunks(self, ids: Sequence[int]) -> list[Chunk]:
        """The chunks in the order of `ids`; those that are gone are left out."""
        found = self.hits(ids)
        return [found[id_][0] for id_ in ids if id_ in found]

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """A document's chunks in order."""
        return reading.chunks_of(self.connection, self._groups, document_id)

    def chunk_ids(self, filters: Filters | None = None, *, among: Sequence[int] | None = None) -> list[int]:
        """Ids of the chunks, of all or of those given, that a search with these filters may return, ascending."""
        filters = filters or Filters()
        condition, values = self.condition(filters)
        condition += rows.kind_condition(rows.searched_kinds(filters))
        if among is not None:
            condition, values = condition + " AND c.id IN (SELECT value FROM json_each(?))", [*values, rows.pack(among)]
        join = "JOIN document d ON d.number = c.document" if "d." in condition else ""
        found = self.connection.execute(f"SELECT c.id FROM chunk c {join} WHERE 1{condition} ORDER BY c.id", values)
        return [row[0] for row in found]

    def hits(self, ids: Iterable[int]) -> dict[int, tuple[Chunk, DocumentInfo]]:
        """Chunks with their documents, by chunk id; those that are gone are left out."""
        wanted = list(ids)
        of_chunks = "d.number IN (SELECT document FROM chunk WHERE id IN (SELECT value FROM json_each(?)))"
        infos = {info.id: info for info in self._infos(f" AND {of_chunks}", [rows.pack(wanted)])}
        chunks = reading.chunks(self.connection, wanted)
        # A document committed between the two reads is left out, like one committed after both.
        return {chunk.id: (chunk, infos[chunk.document_id]) for chunk in chunks if chunk.document_id in infos}

    def chunk_count(self) -> int:
        """How many chunks there are."""
        return reading.chunk_count(self.connection, self._groups)

    def passages(self, after: int = 0) -> Iterator[tuple[int, str, str]]:
        """(chunk id, text, tokens of its terms) of the chunks with higher ids, ascending; see `rows.decode_terms`."""
        return reading.passages(self.connection, self._groups, after)

    def scalars(self, ids: Sequence[int]) -> dict[int, dict[str, str]]:
        """Document id and kind of chunks, by chunk id: what Chroma keeps beside a vector."""
        return reading.scalars(self.connection, ids)

    # vectors

    def missing_vectors(self, model: str) -> list[tuple[int, str, str]]:
        """Chunks that have no vector of the model: (id, content hash, text to embed); equal texts are listed once."""
        return vectors.missing(self.connection, model)

    def put_vectors(self, model: str, found: Mapping[str, NDArray[np.float32]]) -> None:
        """Commit vectors by content hash; those of texts no longer in the collection are dropped.

        Raises:
            EmbeddingRefused: a vector has a wrong length or is not a number.
        """
        if found:
            with self.transaction() as db:
                vectors.put(db, model, found)
                writing.advance(db)

    def vectors_of(self, model: str, ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of the chunks that have a vector, ascending, and their vectors, shape (n, dimension)."""
        return vectors.some(self.connection, model, ids)

    def vector_ids(self, model: str) -> tuple[NDArray[np.int64], list[str]]:
        """Ids of the chunks that have a vector, ascending, and their kinds."""
        return vectors.ids(self.connection, model)

    def vector_languages(self, model: str) -> list[str]:
        """The language of the document of each chunk of `vector_ids`; empty where it is not known."""
        return vectors.languages(self.connection, model)

    # terms and the lexical index

    def document_frequency(self, wanted: Iterable[str]) -> dict[str, int]:
        """In how many chunks each term stands, in text or context."""
        return terms.frequency(self.connection, self._groups, wanted)

    def vocabulary(self) -> dict[str, int]:
        """All terms, and in how many chunks each stands, in text or context."""
        return terms.vocabulary(self.connection, self._groups)

    def chunks_with(self, phrase: Sequence[str], limit: int) -> list[int]:
        """Ids of the first chunks in which the terms stand next to each other."""
        return terms.phrase(self.connection, self._groups, phrase, limit)

    def put_terms(self, chunks: Iterable[Chunk]) -> None:
        """Commit the sentences and terms of stored chunks that were analysed again; keeps ids, texts and vectors."""
        with self.transaction() as db:
            for chunk in chunks:
                terms.replace(db, chunk)
            writing.advance(db, residue=True)

    def rebuild_lexical(self) -> None:
        """Make the lexical index again from the chunks' terms."""
        with self.transaction() as db:
            terms.rebuild(db)
            writing.advance(db)

    def compact(self) -> None:
        """Take the terms of deleted chunks out of the lexical index, where SQLite only marks them as deleted."""
        if self.meta(writing.RESIDUE) is not None:
            with self.transaction() as db:
                terms.compact(db)
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    # bookkeeping

    def revision(self) -> int:
        """Grows with every commit that changes documents or vectors."""
        return int(self.meta("revision") or 0)

    def meta(self, key: str) -> str | None:
        """A kept value, such as `MODEL` and `ANALYSER`."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
