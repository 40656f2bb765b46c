"""The writing statements of a catalog; each belongs into a transaction of the caller's."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from malmoi.catalog import rows
from malmoi.types import Chunk, Document

RESIDUE = "residue"
"""Meta key: set while the lexical index may still hold terms of deleted chunks."""


def advance(db: sqlite3.Connection, *, residue: bool = False) -> None:
    """Count a commit; `residue` where it deleted terms."""
    db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
    if residue:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (RESIDUE,))


def insert(db: sqlite3.Connection, document: Document, chunks: Sequence[Chunk], audience: int | None) -> None:
    """Enter a document that is not there, with its chunks."""
    number = db.execute(
        "INSERT INTO document (id, uri, name, sha256, title, date, author, publisher, language, characters, chunks, "
        "kinds, added, audience) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.id,
            document.uri,
            document.name,
            document.sha256,
            document.title,
            document.date,
            document.author,
            document.publisher,
            document.language,
            len(document.text),
            len(chunks),
            rows.kinds_of(chunks),
            datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            audience,
        ),
    ).lastrowid
    found = rows.pack({key: list(span) for key, span in document.found.items()})
    db.execute(
        "INSERT INTO document_content VALUES (?, ?, ?, ?)",
        (number, document.text, rows.sections_json(document.sections), found),
    )
    for chunk in chunks:
        id_ = db.execute(
            "INSERT INTO chunk (document, ordinal, kind, hash) VALUES (?, ?, ?, ?)",
            (number, chunk.ordinal, chunk.kind.value, bytes.fromhex(chunk.content_hash)),
        ).lastrowid
        row = rows.passage_row(int(id_ or 0), chunk)
        db.execute(f"INSERT INTO passage VALUES ({', '.join('?' * len(row))})", row)
        index(db, int(id_ or 0), row[-3:])


def index(db: sqlite3.Connection, chunk_id: int, terms: Sequence[str]) -> None:
    """Enter a chunk's terms, context terms and syllable pairs into the lexical index."""
    db.execute("INSERT INTO lexical (rowid, terms, context_terms) VALUES (?, ?, ?)", (chunk_id, *terms[:2]))
    db.execute("INSERT INTO lexical_pairs (rowid, pairs) VALUES (?, ?)", (chunk_id, terms[2]))


def unindex(db: sqlite3.Connection, condition: str, value: int) -> None:
    """Take chunks out of the lexical index, which wants to be told what it was given."""
    source = f"FROM passage p JOIN chunk c ON c.id = p.id WHERE {condition}"
    db.execute(
        "INSERT INTO lexical (lexical, rowid, terms, context_terms) "
        f"SELECT 'delete', p.id, p.terms, p.context_terms {source}",
        (value,),
    )
    db.execute(
        f"INSERT INTO lexical_pairs (lexical_pairs, rowid, pairs) SELECT 'delete', p.id, p.pairs {source}", (value,)
    )


def delete_chunks(db: sqlite3.Connection, number: int) -> set[bytes]:
    """Delete a document's chunks everywhere in the file; their content hashes."""
    hashes = {row[0] for row in db.execute("SELECT hash FROM chunk WHERE document = ?", (number,))}
    unindex(db, "c.document = ?", number)
    db.execute("DELETE FROM chunk WHERE document = ?", (number,))
    return hashes
