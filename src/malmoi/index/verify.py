"""Compares the three stores: the catalog, its lexical index, and the vectors in the current generation."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from malmoi.catalog import Catalog, schema
from malmoi.errors import IndexDamaged
from malmoi.i18n import text
from malmoi.index import generations
from malmoi.index.probe import probe
from malmoi.types import Language, OnProgress, Progress

_PAGE = 5_000


_CATALOG_QUERIES = (
    (
        "catalog.incomplete",
        "SELECT count(*) FROM document d WHERE chunks != (SELECT count(*) FROM chunk c WHERE c.document = d.number)"
        " OR NOT EXISTS (SELECT 1 FROM document_content t WHERE t.number = d.number)",
    ),
    (
        "catalog.loose",
        "SELECT (SELECT count(*) FROM chunk WHERE id NOT IN (SELECT id FROM passage) OR document NOT IN "
        "(SELECT number FROM document)) + (SELECT count(*) FROM passage WHERE id NOT IN (SELECT id FROM chunk))",
    ),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that `malmoi index rebuild` repairs, but for codes that start with "catalog".

    Attributes:
        code: stable; the texts are under `index.problem.CODE`.
        count: how many rows or files it concerns.
        detail: a name or an error's text, where there is one.
    """

    code: str
    count: int = 1
    detail: str = ""

    def message(self, language: Language = "en") -> str:
        """One plain sentence."""
        return text(f"index.problem.{self.code}", language, count=self.count, detail=self.detail)


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `verify` found.

    Attributes:
        lexical: chunks in the lexical index.
        vectors: chunks with a vector of the model in use.
        chroma: chunks in the current generation's Chroma collection.
        waiting: vectors that came after the generation; they are searched from the catalog, and no problem.
    """

    documents: int
    chunks: int
    lexical: int
    vectors: int
    chroma: int
    waiting: int
    generation: int | None
    model: str | None
    analyser: str | None
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether the stores agree."""
        return not self.problems


def tail_limit(rows: int) -> int:
    """How many vectors may wait beside a generation of `rows` before the next one is due."""
    return max(1_000, rows // 10)


def check_catalog(catalog: Catalog) -> Iterator[Problem]:
    """Whether every document has all its chunks, and every chunk is the piece of the document that it says."""
    try:
        found = [row[0] for row in catalog.connection.execute("PRAGMA quick_check")]
        if found != ["ok"]:
            yield Problem("catalog.file", len(found), str(found[0]))
            return
        counts = [(code, catalog.connection.execute(query).fetchone()[0]) for code, query in _CATALOG_QUERIES]
        if not any(count for _, count in counts):
            counts.append(("catalog.moved", _moved_chunks(catalog)))
    except sqlite3.DatabaseError as error:
        yield Problem("catalog.file", 1, str(error))
        return
    yield from (Problem(code, count) for code, count in counts if count)


def _moved_chunks(catalog: Catalog) -> int:
    moved = 0
    for info in catalog.documents():
        document = catalog.document(info.id)
        for chunk in catalog.chunks_of(info.id):
            same = document.text[chunk.start : chunk.end] == chunk.text
            inside = all(chunk.start <= s.start <= s.end <= chunk.end for s in chunk.sentences)
            moved += not (same and inside)
    miscounted = catalog.connection.execute(
        "SELECT count(*) FROM passage p WHERE length(p.terms) > 0 AND "
        "length(p.terms) - length(replace(p.terms, ' ', '')) + 1 != "
        "(SELECT sum(json_extract(value, '$[2]')) FROM json_each(p.sentences))"
    ).fetchone()
    return moved + int(miscounted[0])


def check_lexical(catalog: Catalog) -> Iterator[Problem]:
    """Whether the lexical index holds the terms of every chunk and of nothing else."""
    try:
        with catalog.transaction() as db:
            for table in schema.LEXICAL:
                yield from _compare_rows(db, table)
    except sqlite3.DatabaseError as error:
        yield Problem("lexical.terms", 1, str(error))


def _compare_rows(db: sqlite3.Connection, table: str) -> Iterator[Problem]:
    missing = f"SELECT count(*) FROM chunk WHERE id NOT IN (SELECT id FROM {table}_docsize)"
    extra = f"SELECT count(*) FROM {table}_docsize WHERE id NOT IN (SELECT id FROM chunk)"
    found = [
        Problem(code, count)
        for code, query in (("lexical.missing", missing), ("lexical.extra", extra))
        if (count := db.execute(query).fetchone()[0])
    ]
    if not found:
        db.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")
    yield from found


def lexical_rows(catalog: Catalog) -> int:
    """How many chunks the lexical index holds; 0 when it cannot be read."""
    try:
        return int(catalog.connection.execute("SELECT count(*) FROM lexical_docsize").fetchone()[0])
    except sqlite3.DatabaseError:
        return 0


def check_dense(
    catalog: Catalog, model: str, progress: OnProgress | None
) -> tuple[list[Problem], int, int, int | None]:
    """Problems of vectors and Chroma, then rows in Chroma, rows waiting, and the generation."""
    problems = []
    missing = len(catalog.missing_vectors(model))
    if missing:
        problems.append(Problem("vector.missing", missing))
    ids, _ = catalog.vector_ids(model)
    try:
        manifest = generations.current(catalog.index_dir)
    except IndexDamaged as error:
        return [*problems, Problem("chroma.manifest", 1, error.problem)], 0, len(ids), None
    if manifest is None:
        return [*problems, *([Problem("chroma.absent", len(ids))] if len(ids) else [])], 0, len(ids), None
    if manifest.model != model:
        problems.append(Problem("chroma.model", 1, manifest.model))
        return problems, manifest.chroma_rows, len(ids), manifest.generation
    wrong = generations.wrong_sizes(catalog.index_dir, manifest) or generations.wrong_content(
        catalog.index_dir, manifest
    )
    if wrong:
        problems.append(Problem("chroma.file", len(wrong), ", ".join(wrong)))
        return problems, 0, len(ids), manifest.generation
    found, waiting = _check_generation(catalog, model, manifest, set(ids.tolist()), progress)
    return [*problems, *found], manifest.chroma_rows, waiting, manifest.generation


def _check_generation(
    catalog: Catalog,
    model: str,
    manifest: generations.Manifest,
    expected: set[int],
    progress: OnProgress | None,
) -> tuple[list[Problem], int]:
    folder = generations.folder_of(catalog.index_dir, manifest)
    problems = []
    if manifest.chroma_rows:
        seen = probe(folder, manifest.chroma_rows, "full")
        problems = [Problem(f"chroma.{code}", count) for code, count in sorted(seen.items())]
    ids, rows = generations.load(catalog.index_dir, manifest)
    removed = sum(id_ not in expected for id_ in ids.tolist())
    if removed:
        problems.append(Problem("chroma.removed", removed))
    different = 0
    for at in range(0, len(ids), _PAGE):
        page = ids[at : at + _PAGE]
        order = np.argsort(page)
        known, vectors = catalog.vectors_of(model, page.tolist())
        mine = rows[at : at + _PAGE][order][np.isin(page[order], known)]
        different += int((mine != vectors).any(axis=1).sum()) if len(known) else 0
        if progress is not None:
            progress(Progress("verify", min(at + _PAGE, len(ids)), len(ids)))
    if different:
        problems.append(Problem("chroma.vector", different))
    waiting = len(expected) - (len(ids) - removed)
    if waiting > tail_limit(len(ids)):
        problems.append(Problem("chroma.behind", waiting))
    return problems, waiting
