"""The catalog's file: its tables, its version, and how a connection to it is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

from malmoi.errors import IndexDamaged, IndexMismatch, MalmoiError

FILE = "catalog.sqlite"
VERSION = 2
"""Grows with every change of the tables; kept in SQLite's `user_version`."""
_APPLICATION = 0x4D4C4D49
"""SQLite's `application_id` of our files ("MLMI")."""
_BUSY_MS = 10_000

_AUDIENCE = "CREATE TABLE audience (number INTEGER PRIMARY KEY AUTOINCREMENT, groups TEXT NOT NULL UNIQUE)"
"""Each set of groups that some document has, as a sorted JSON list."""
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE document (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    uri TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    title TEXT NOT NULL,
    date TEXT,
    author TEXT,
    publisher TEXT,
    language TEXT,
    characters INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    kinds TEXT NOT NULL,
    added TEXT NOT NULL,
    audience INTEGER REFERENCES audience
);
CREATE INDEX document_name ON document (name);
CREATE INDEX document_sha256 ON document (sha256);
CREATE INDEX document_audience ON document (audience);

CREATE TABLE document_content (
    number INTEGER PRIMARY KEY REFERENCES document ON DELETE CASCADE,
    text TEXT NOT NULL,
    sections TEXT NOT NULL,
    found TEXT NOT NULL
);

-- Narrow on purpose: searches read this table for every match, and `passage` only for what is returned.
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES document,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (document, ordinal)
);
CREATE INDEX chunk_hash ON chunk (hash);

CREATE TABLE passage (
    id INTEGER PRIMARY KEY REFERENCES chunk ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL,
    context TEXT NOT NULL,
    heading TEXT NOT NULL,
    author TEXT,
    date TEXT,
    "when" TEXT,
    sentences TEXT NOT NULL,
    terms TEXT NOT NULL,
    context_terms TEXT NOT NULL,
    pairs TEXT NOT NULL
);

CREATE TABLE model (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dimension INTEGER NOT NULL);
CREATE TABLE vector (
    model INTEGER NOT NULL REFERENCES model,
    hash BLOB NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (model, hash)
);
CREATE INDEX vector_hash ON vector (hash);
"""
LEXICAL = {
    "lexical": "CREATE VIRTUAL TABLE lexical USING fts5 "
    "(terms, context_terms, content = 'passage', content_rowid = 'id', tokenize = 'ascii')",
    "lexical_pairs": "CREATE VIRTUAL TABLE lexical_pairs USING fts5 "
    "(pairs, content = 'passage', content_rowid = 'id', tokenize = 'ascii')",
}
"""The lexical index by table; both read their columns from `passage`."""
_MIGRATIONS = {
    1: (
        _AUDIENCE,
        "ALTER TABLE document ADD COLUMN audience INTEGER REFERENCES audience",
        "CREATE INDEX document_audience ON document (audience)",
    )
}
"""What makes the next version of an older one, by the older one's number."""
_SHADOWS = {
    1: (
        _AUDIENCE.replace("CREATE TABLE", "CREATE TEMP TABLE"),
        "CREATE TEMP VIEW document AS SELECT *, NULL AS audience FROM main.document",
    )
}
"""What lets a connection that may not write read an older version as the present one."""


def prepare_vocabulary(connection: sqlite3.Connection, kind: Literal["row", "instance"]) -> None:
    """Make the lexical tables' terms readable on this connection, as `temp.TABLE_row` or `temp.TABLE_instance`.

    A row is (term, doc, cnt), an instance (term, doc, col, offset); nothing is written to the file.
    """
    for table in LEXICAL:
        connection.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{table}_{kind} USING fts5vocab(main, {table}, {kind})"
        )


def connect(index_dir: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection in autocommit mode, fit to be closed by another thread; makes the file unless `read_only`.

    Raises:
        MalmoiError: `read_only`, and there is no catalog.
        IndexDamaged: the file is not a catalog.
        IndexMismatch: a newer Malmoi made it.
    """
    path = index_dir / FILE
    if read_only and not path.is_file():
        raise MalmoiError(f"There is no collection in {index_dir}", "Make one with `malmoi add FILES`")
    if not read_only:
        index_dir.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path, read_only=read_only)
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise
        raise IndexDamaged(
            f"{path} cannot be opened as a catalog ({error})",
            "Restore it from a backup, or delete the folder and add the documents again",
        ) from error


def _open(path: Path, *, read_only: bool) -> sqlite3.Connection:
    uri = path.resolve().as_uri()
    connection = _raw(f"{uri}?mode=ro" if read_only else uri)
    try:
        if read_only:
            connection = _readable(connection, uri)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16000")
        if not read_only:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA synchronous = FULL")
        _check(connection, path, create=not read_only)
    except BaseException:
        connection.close()
        raise
    return connection


def _raw(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    return connection


def _readable(connection: sqlite3.Connection, uri: str) -> sqlite3.Connection:
    """The connection, or one that needs no shared-memory file, for a folder that cannot be written to."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        if "unable to open" not in str(error) and "readonly" not in str(error):
            raise
        connection.close()
        return _raw(f"{uri}?immutable=1")
    return connection


def _check(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    version = _version(connection)
    if version == 0 and create:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection)  # another process may have made the tables meanwhile
        if version == 0:
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                connection.execute("ROLLBACK")
                raise _foreign(path)
            _make(connection)
            version = VERSION
        connection.execute("COMMIT")
    if version in _MIGRATIONS and connection.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION:
        version = _migrate(connection) if create else _shadow(connection, version)
    if version == 0 or connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise _foreign(path)
    if version != VERSION:
        raise IndexMismatch(
            f"{path} has format {version}, and this version of Malmoi reads format {VERSION}",
            "Install the version of Malmoi that made it, or add the documents to another folder",
        )


def _make(connection: sqlite3.Connection) -> None:
    for statement in [_AUDIENCE, *_TABLES.split(";\n"), *LEXICAL.values()]:
        if statement.strip():
            connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('revision', '0')")
    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _migrate(connection: sqlite3.Connection) -> int:
    """Bring the file up to `VERSION` in one transaction; its version then."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        while (version := _version(connection)) in _MIGRATIONS:  # another process may have done it meanwhile
            for statement in _MIGRATIONS[version]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return version


def _shadow(connection: sqlite3.Connection, version: int) -> int:
    for older in range(version, VERSION):
        for statement in _SHADOWS[older]:
            connection.execute(statement)
    return VERSION


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _foreign(path: Path) -> IndexDamaged:
    return IndexDamaged(f"{path} is not a Malmoi catalog", "Choose another folder with --index or MALMOI_INDEX_DIR")
