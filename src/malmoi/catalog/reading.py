"""The reading queries of a catalog, as members of `groups` see it; None sees everything."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from malmoi.catalog import access, rows
from malmoi.errors import UnknownDocument
from malmoi.types import Chunk, Document, DocumentInfo

Groups = frozenset[str] | None

_EMBEDDED = (
    "(SELECT count(*) FROM chunk c JOIN vector v ON v.hash = c.hash JOIN model m ON m.number = v.model "
    "WHERE c.document = d.number AND m.name = ?)"
)


def infos(
    db: sqlite3.Connection, groups: Groups, model: str | None, condition: str, values: Iterable[object]
) -> list[DocumentInfo]:
    """Documents that meet an SQL condition on `document d` (" AND …"), oldest first; `embedded` is by this model."""
    seen, seeing = access.condition(groups)
    found = db.execute(
        f"SELECT {rows.DOCUMENT_COLUMNS}, {_EMBEDDED} FROM document d WHERE 1{condition}{seen} ORDER BY d.number",
        [model, *values, *seeing],
    )
    return [rows.to_info(row, row[-1]) for row in found]


def resolve(db: sqlite3.Connection, groups: Groups, id_or_name: str) -> str:
    """The id of the document with this id, uri or name.

    Raises:
        UnknownDocument: there is none, or several have this name; the remedy names the nearest, or their ids.
    """
    seen, seeing = access.condition(groups)
    for column in ("id", "uri", "name"):
        found = db.execute(f"SELECT d.id FROM document d WHERE d.{column} = ?{seen}", [id_or_name, *seeing]).fetchall()
        if len(found) > 1:
            ids = ", ".join(row[0] for row in found)
            raise UnknownDocument(f"{len(found)} documents are named {id_or_name}", f"Use an id: {ids}")
        if found:
            return str(found[0][0])
    raise unknown(db, groups, id_or_name)


def document(db: sqlite3.Connection, groups: Groups, id_or_name: str) -> Document:
    """The whole document with this id, uri or name; raises UnknownDocument."""
    seen, seeing = access.condition(groups)
    row = db.execute(
        "SELECT d.uri, d.name, d.sha256, d.title, d.date, d.author, d.publisher, d.language, t.text, t.sections, "
        f"t.found FROM document d JOIN document_content t ON t.number = d.number WHERE d.id = ?{seen}",
        [resolve(db, groups, id_or_name), *seeing],
    ).fetchone()
    if row is None:
        raise unknown(db, groups, id_or_name)
    return rows.to_document(row)


def unknown(db: sqlite3.Connection, groups: Groups, wanted: str) -> UnknownDocument:
    """The error for a document that is not there; it names the nearest of those that are."""
    seen, seeing = access.condition(groups)
    names = [row[0] for row in db.execute(f"SELECT DISTINCT d.name FROM document d WHERE 1{seen}", seeing)]
    near = get_close_matches(wanted, names, n=3, cutoff=0.5)
    remedy = f"Nearest: {', '.join(near)}" if near else "`malmoi list` shows what there is"
    return UnknownDocument(f"The collection holds no document {wanted}", remedy)


def chunks(db: sqlite3.Connection, ids: Sequence[int]) -> list[Chunk]:
    """The chunks of these ids, in no order and whoever looks; those that are gone are left out."""
    found = db.execute(
        f"SELECT {rows.PASSAGE_COLUMNS} FROM {rows.PASSAGE_TABLES} WHERE p.id IN (SELECT value FROM json_each(?))",
        (rows.pack(ids),),
    )
    return [rows.to_chunk(row) for row in found]


def chunks_of(db: sqlite3.Connection, groups: Groups, document_id: str) -> list[Chunk]:
    """A document's chunks in order."""
    seen, seeing = access.condition(groups)
    found = db.execute(
        f"SELECT {rows.PASSAGE_COLUMNS} FROM {rows.PASSAGE_TABLES} WHERE d.id = ?{seen} ORDER BY c.ordinal",
        [document_id, *seeing],
    )
    return [rows.to_chunk(row) for row in found]


def chunk_count(db: sqlite3.Connection, groups: Groups) -> int:
    """How many chunks there are."""
    seen, seeing = access.condition(groups)
    join = f" c JOIN document d ON d.number = c.document WHERE 1{seen}" if seen else ""
    return int(db.execute(f"SELECT count(*) FROM chunk{join}", seeing).fetchone()[0])


def passages(db: sqlite3.Connection, groups: Groups, after: int) -> Iterator[tuple[int, str, str]]:
    """(chunk id, text, tokens of its terms) of the chunks with ids above `after`, ascending."""
    seen, seeing = access.condition(groups)
    return db.execute(
        f"SELECT p.id, p.text, p.terms FROM {rows.PASSAGE_TABLES} WHERE p.id > ?{seen} ORDER BY p.id",
        [after, *seeing],
    )


def scalars(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Document id and kind of chunks, by chunk id, whoever looks."""
    found = db.execute(
        "SELECT c.id, d.id, c.kind FROM chunk c JOIN document d ON d.number = c.document "
        "WHERE c.id IN (SELECT value FROM json_each(?))",
        (rows.pack(list(ids)),),
    )
    return {id_: {"document_id": document, "kind": kind} for id_, document, kind in found}
