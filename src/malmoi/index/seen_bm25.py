"""BM25 as it would be if the documents that are hidden from a reader did not exist.

SQLite's own `bm25` counts terms and lengths over all rows of the index. Its scores would tell a reader how often a
word stands in documents that they may not see. Here the same formula is computed over what they see; where nothing is
hidden both agree.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from malmoi.catalog.rows import encode_term, pack
from malmoi.catalog.schema import prepare_vocabulary

_K1 = 1.2
_B = 0.75
_LEAST = 1e-6
"""Inverse document frequency of a term in more than half of the rows; this and the two above are SQLite's choice."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the rows of one lexical table that a reader sees.

    Attributes:
        rows: their number.
        mean: of their tokens; at least a little above 0.
    """

    rows: int
    mean: float


def prepare(connection: sqlite3.Connection) -> None:
    """Make what the queries need on this connection, in its temporary schema; nothing is written to the file."""
    connection.create_function("malmoi_tokens", 1, _tokens, deterministic=True)
    connection.create_function("malmoi_idf", 2, _idf, deterministic=True)
    prepare_vocabulary(connection, "instance")


def sizes(connection: sqlite3.Connection, table: str, seen: str, groups: Sequence[object]) -> Sizes:
    """Of the rows whose document fulfils the condition `seen` on `document d`; its parameters are `groups`."""
    count, mean = connection.execute(
        f"SELECT count(*), avg(malmoi_tokens(z.sz)) FROM {table}_docsize z JOIN chunk c ON c.id = z.id "
        f"JOIN document d ON d.number = c.document WHERE 1{seen}",
        list(groups),
    ).fetchone()
    return Sizes(int(count), max(float(mean or 0.0), 1e-9))


def hits(
    table: str, weights: Mapping[str, float], terms: Sequence[str], rows: int, seen: str, groups: Sequence[object]
) -> tuple[str, list[object]]:
    """Common table expressions `TABLE_hit` and `TABLE_idf` for `score`, and their parameters.

    Args:
        weights: of each column of the table.
        rows: how many rows the reader sees.
        seen: a condition on `document d` that leaves what the reader sees; its parameters are `groups`.
    """
    weight = " ".join(f"WHEN '{column}' THEN {value!r}" for column, value in weights.items())
    return (
        f"{table}_hit AS MATERIALIZED (SELECT v.term, v.doc, sum(CASE v.col {weight} END) AS freq "
        f"FROM temp.{table}_instance v JOIN chunk c ON c.id = v.doc JOIN document d ON d.number = c.document "
        f"WHERE v.term IN (SELECT value FROM json_each(?)){seen} GROUP BY v.term, v.doc), "
        f"{table}_idf AS MATERIALIZED "
        f"(SELECT term, malmoi_idf(count(*), {rows}) AS idf FROM {table}_hit GROUP BY term)",
        [pack(list(map(encode_term, terms))), *groups],
    )


def score(table: str, mean: float, share: float = 1.0) -> str:
    """A query of (id, score) over what `hits` gives, a row for each term; `mean` is the mean number of tokens a row."""
    length = f"{_K1 * (1 - _B)!r} + {_K1 * _B / mean!r} * malmoi_tokens(z.sz)"
    return (
        f"SELECT h.doc AS id, {share * (_K1 + 1)!r} * i.idf * h.freq / (h.freq + {length}) AS score "
        f"FROM {table}_hit h JOIN {table}_idf i ON i.term = h.term JOIN {table}_docsize z ON z.id = h.doc"
    )


def _tokens(sizes: bytes) -> int:
    """Tokens of a row of FTS5's `docsize`: one variable-length number for each column, seven bits a byte."""
    total = number = 0
    for byte in sizes:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            total += number
            number = 0
    return total


def _idf(matching: int, rows: int) -> float:
    return max(math.log((rows - matching + 0.5) / (matching + 0.5)), _LEAST)
