"""How documents, chunks and filters are written in SQL and read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from malmoi.catalog import access
from malmoi.korean import hangul_pairs
from malmoi.types import (
    EVIDENCE_KINDS,
    Chunk,
    Document,
    DocumentInfo,
    Filters,
    Section,
    SectionKind,
    Sentence,
)

_ESCAPE = "¬"
_UNSAFE = re.compile(f"[^0-9a-z\u0080-\ud7ff\ue000-\U0010ffff]|{_ESCAPE}")
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")


def encode_term(term: str) -> str:
    """The term as one token of FTS5's `ascii` tokenizer, which keeps ASCII letters and digits and all beyond ASCII.

    Everything else, upper case too (the tokenizer folds it), becomes `¬` and four hexadecimal digits, so that
    different terms stay different and `decode_term` gives the term back.
    """
    if not term:
        return _ESCAPE
    return _UNSAFE.sub(lambda match: f"{_ESCAPE}{ord(match.group()):04x}", term)


def decode_term(token: str) -> str:
    """The term that `encode_term` made the token of."""
    if _ESCAPE not in token:
        return token
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), token) if token != _ESCAPE else ""


def encode_terms(terms: Iterable[str]) -> str:
    """Tokens of the terms, separated by spaces."""
    return " ".join(map(encode_term, terms))


def decode_terms(tokens: str) -> tuple[str, ...]:
    """The terms behind space-separated tokens."""
    return tuple(map(decode_term, tokens.split(" "))) if tokens else ()


def pack(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


PASSAGE_COLUMNS = (
    'p.id, p.start, p."end", p.text, p.context, p.heading, p.author, p.date, p."when", p.sentences, p.terms, '
    "p.context_terms, c.ordinal, c.kind, d.id"
)
PASSAGE_TABLES = "passage p JOIN chunk c ON c.id = p.id JOIN document d ON d.number = c.document"
DOCUMENT_COLUMNS = (
    "d.id, d.uri, d.name, d.title, d.date, d.author, d.publisher, d.language, d.characters, d.chunks, d.added, "
    "d.kinds, d.sha256, (SELECT groups FROM audience WHERE number = d.audience)"
)


def passage_row(chunk_id: int, chunk: Chunk) -> tuple[Any, ...]:
    """Values of a row of `passage`. Sentences are kept as (start, end, number of terms), the terms once."""
    return (
        chunk_id,
        chunk.start,
        chunk.end,
        chunk.text,
        chunk.context,
        pack(chunk.heading),
        chunk.author,
        chunk.date,
        chunk.when,
        pack([(s.start, s.end, len(s.terms)) for s in chunk.sentences]),
        encode_terms(term for s in chunk.sentences for term in s.terms),
        encode_terms(chunk.context_terms),
        encode_terms(hangul_pairs(chunk.embedding_text)),
    )


def to_chunk(row: Sequence[Any]) -> Chunk:
    """A chunk from `PASSAGE_COLUMNS`."""
    terms = decode_terms(row[10])
    sentences, at = [], 0
    for start, end, count in json.loads(row[9]):
        sentences.append(Sentence(start, end, terms[at : at + count]))
        at += count
    return Chunk(
        document_id=row[14],
        ordinal=row[12],
        kind=SectionKind(row[13]),
        start=row[1],
        end=row[2],
        text=row[3],
        sentences=tuple(sentences),
        context=row[4],
        context_terms=decode_terms(row[11]),
        heading=tuple(json.loads(row[5])),
        author=row[6],
        date=row[7],
        when=row[8],
        id=row[0],
    )


def sections_json(sections: Iterable[Section]) -> str:
    """The sections as a JSON list."""
    return pack([(s.kind, s.start, s.end, s.heading, s.author, s.date, s.when) for s in sections])


def to_document(row: Sequence[Any]) -> Document:
    """A document from uri, name, sha256, title, date, author, publisher, language, text, sections, found."""
    return Document(
        uri=row[0],
        name=row[1],
        sha256=row[2],
        title=row[3],
        date=row[4],
        author=row[5],
        publisher=row[6],
        language=row[7],
        text=row[8],
        sections=tuple(
            Section(SectionKind(kind), start, end, tuple(heading), *rest)
            for kind, start, end, heading, *rest in json.loads(row[9])
        ),
        found={key: (start, end) for key, (start, end) in json.loads(row[10]).items()},
    )


def to_info(row: Sequence[Any], embedded: int) -> DocumentInfo:
    """What is known about a document, from `DOCUMENT_COLUMNS`."""
    return DocumentInfo(
        id=row[0],
        uri=row[1],
        name=row[2],
        title=row[3],
        date=row[4],
        author=row[5],
        publisher=row[6],
        language=row[7],
        characters=row[8],
        chunks=row[9],
        embedded=embedded,
        added=row[10],
        kinds=tuple(map(SectionKind, row[11].split())),
        sha256=row[12],
        groups=frozenset(json.loads(row[13] or "[]")),
    )


def kinds_of(chunks: Iterable[Chunk]) -> str:
    """The kinds of a document's chunks, in the order in which `SectionKind` names them."""
    present = {chunk.kind for chunk in chunks}
    return " ".join(kind for kind in SectionKind if kind in present)


def searched_kinds(filters: Filters) -> frozenset[SectionKind]:
    """The kinds that a search looks at; never furniture."""
    return (filters.kinds or EVIDENCE_KINDS) - {SectionKind.FURNITURE}


def document_condition(filters: Filters) -> tuple[str, list[Any]]:
    """An SQL condition on `document d`, starting with " AND" or empty, and its parameters."""
    sql, values = "", list[Any]()
    if filters.date_from is not None:
        sql += " AND substr(d.date, 1, 10) >= ?"
        values.append(filters.date_from[:10])
    if filters.date_to is not None:
        sql += " AND substr(d.date, 1, 10) <= ?"
        values.append(filters.date_to[:10])
    for column, allowed in (("publisher", filters.publishers), ("language", filters.languages)):
        if allowed:
            sql += f" AND d.{column} IN (SELECT value FROM json_each(?))"
            values.append(pack(sorted(allowed)))
    if filters.documents:
        sql += " AND (d.name IN (SELECT value FROM json_each(?)) OR d.id IN (SELECT value FROM json_each(?)))"
        values += [pack(sorted(filters.documents))] * 2
    seen, groups = access.condition(filters.groups)
    return sql + seen, [*values, *groups]


def kind_condition(kinds: frozenset[SectionKind]) -> str:
    """An SQL condition on `chunk c`, starting with " AND"."""
    return " AND c.kind IN ({})".format(", ".join(f"'{kind}'" for kind in sorted(kinds)))
