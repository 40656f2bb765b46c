"""The terms of chunks, and the lexical index that is made of them.

Reading functions take the groups of whoever looks; None sees everything. Writing ones belong into a transaction of the
caller's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from malmoi.catalog import access, rows, schema, writing
from malmoi.types import Chunk

_OF_DOCUMENTS = "JOIN document d ON d.number = c.document"


def frequency(db: sqlite3.Connection, groups: frozenset[str] | None, terms: Iterable[str]) -> dict[str, int]:
    """In how many chunks each term stands, in text or context."""
    count, seeing = "SELECT count(*) FROM lexical WHERE lexical MATCH ?", list[object]()
    if access.hidden(db, groups):
        seen, seeing = access.condition(groups)
        count = (
            f"SELECT count(*) FROM lexical JOIN chunk c ON c.id = lexical.rowid {_OF_DOCUMENTS} "
            f"WHERE lexical MATCH ?{seen}"
        )
    return {
        term: int(db.execute(count, [f'"{rows.encode_term(term)}"', *seeing]).fetchone()[0])
        for term in dict.fromkeys(terms)
    }


def vocabulary(db: sqlite3.Connection, groups: frozenset[str] | None) -> dict[str, int]:
    """All terms, and in how many chunks each stands, in text or context."""
    if not access.hidden(db, groups):
        schema.prepare_vocabulary(db, "row")
        query, seeing = "SELECT term, doc FROM temp.lexical_row", list[object]()
    else:
        schema.prepare_vocabulary(db, "instance")
        seen, seeing = access.condition(groups)
        query = (
            "SELECT v.term, count(DISTINCT v.doc) FROM temp.lexical_instance v JOIN chunk c ON c.id = v.doc "
            f"{_OF_DOCUMENTS} WHERE 1{seen} GROUP BY v.term"
        )
    return {rows.decode_term(token): count for token, count in db.execute(query, seeing)}


def phrase(db: sqlite3.Connection, groups: frozenset[str] | None, terms: Sequence[str], limit: int) -> list[int]:
    """Ids of the first chunks in which the terms stand next to each other."""
    seen, seeing = access.condition(groups)
    found = db.execute(
        f"SELECT c.id FROM lexical JOIN chunk c ON c.id = lexical.rowid {_OF_DOCUMENTS} "
        f"WHERE lexical MATCH ?{seen} ORDER BY lexical.rowid LIMIT ?",
        [f'"{rows.encode_terms(terms)}"', *seeing, limit],
    )
    return [int(row[0]) for row in found]


def replace(db: sqlite3.Connection, chunk: Chunk) -> None:
    """Put a stored chunk's sentences and terms in place of those it had."""
    writing.unindex(db, "p.id = ?", chunk.id)
    sentences, *terms = rows.passage_row(chunk.id, chunk)[-4:]
    db.execute(
        "UPDATE passage SET sentences = ?, terms = ?, context_terms = ?, pairs = ? WHERE id = ?",
        (sentences, *terms, chunk.id),
    )
    writing.index(db, chunk.id, terms)


def rebuild(db: sqlite3.Connection) -> None:
    """Make the lexical index again from the chunks' terms."""
    for table, statement in schema.LEXICAL.items():
        db.execute(f"DROP TABLE IF EXISTS {table}")
        db.execute(statement)
        db.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")


def compact(db: sqlite3.Connection) -> None:
    """Take deleted chunks' terms out of the lexical index."""
    for table in schema.LEXICAL:
        db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
    db.execute("DELETE FROM meta WHERE key = ?", (writing.RESIDUE,))
