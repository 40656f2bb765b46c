"""Vectors in the catalog, kept by content hash and model, so that no text is embedded twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from malmoi.catalog.rows import pack
from malmoi.errors import EmbeddingRefused

_STORED = np.dtype("<f4")
_WITH_VECTOR = "FROM chunk c JOIN model m ON m.name = :model JOIN vector v ON v.model = m.number AND v.hash = c.hash"


def missing(connection: sqlite3.Connection, model: str) -> list[tuple[int, str, str]]:
    """Chunks without a vector as (id, content hash, text to embed); equal texts are listed once."""
    rows = connection.execute(
        "SELECT min(c.id), c.hash, p.context, p.text FROM chunk c JOIN passage p ON p.id = c.id WHERE NOT EXISTS ("
        "SELECT 1 FROM vector v JOIN model m ON m.number = v.model WHERE m.name = ? AND v.hash = c.hash"
        ") GROUP BY c.hash ORDER BY 1",
        (model,),
    )
    return [(id_, hash_.hex(), f"{context}\n{text}" if context else text) for id_, hash_, context, text in rows]


def put(connection: sqlite3.Connection, model: str, found: Mapping[str, NDArray[np.float32]]) -> None:
    """Store vectors of texts that some chunk still has; the others are dropped.

    Raises:
        EmbeddingRefused: a vector has another length than the model's others, or holds a NaN or infinity.
    """
    dimension = len(next(iter(found.values())))
    connection.execute("INSERT OR IGNORE INTO model (name, dimension) VALUES (?, ?)", (model, dimension))
    number, expected = connection.execute("SELECT number, dimension FROM model WHERE name = ?", (model,)).fetchone()
    rows = []
    for hash_, vector in found.items():
        if vector.shape != (expected,):
            raise EmbeddingRefused(
                f"{model} gave a vector of shape {vector.shape}, where its others have {expected} numbers",
                "Give the model another name if it changed, then run `malmoi index rebuild`",
            )
        if not np.isfinite(vector).all():
            raise EmbeddingRefused(f"{model} gave a vector that is not a number", "Check the embedding engine")
        key = bytes.fromhex(hash_)
        rows.append((number, key, vector.astype(_STORED).tobytes(), key))
    connection.executemany(
        "INSERT OR REPLACE INTO vector (model, hash, data) SELECT ?, ?, ? WHERE EXISTS "
        "(SELECT 1 FROM chunk WHERE hash = ?)",
        rows,
    )


def ids(connection: sqlite3.Connection, model: str) -> tuple[NDArray[np.int64], list[str]]:
    """Ids of the chunks that have a vector, ascending, and their kinds."""
    rows = connection.execute(f"SELECT c.id, c.kind {_WITH_VECTOR} ORDER BY c.id", {"model": model}).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64), [row[1] for row in rows]


def languages(connection: sqlite3.Connection, model: str) -> list[str]:
    """The language of each of `ids`' documents; empty where it is not known."""
    return [
        row[0] or ""
        for row in connection.execute(
            f"SELECT (SELECT language FROM document WHERE number = c.document) {_WITH_VECTOR} ORDER BY c.id",
            {"model": model},
        )
    ]


def some(
    connection: sqlite3.Connection, model: str, chunk_ids: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The given chunks that have a vector, ascending by id, and their vectors, one a row."""
    return _matrix(
        connection.execute(
            f"SELECT c.id, v.data {_WITH_VECTOR} WHERE c.id IN (SELECT value FROM json_each(:ids)) ORDER BY c.id",
            {"model": model, "ids": pack(list(chunk_ids))},
        )
    )


def _matrix(rows: Iterable[tuple[int, bytes]]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    found, data = list[int](), bytearray()
    for id_, vector in rows:
        found.append(id_)
        data += vector
    matrix = np.frombuffer(data, dtype=_STORED).astype(np.float32, copy=False)
    return np.array(found, dtype=np.int64), matrix.reshape(len(found), -1) if found else matrix.reshape(0, 0)


def drop_orphans(connection: sqlite3.Connection, hashes: Iterable[bytes]) -> None:
    """Delete the vectors, of every model, of those texts that no chunk has any more."""
    connection.executemany(
        "DELETE FROM vector WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM chunk WHERE hash = ?)",
        [(hash_, hash_) for hash_ in hashes],
    )
