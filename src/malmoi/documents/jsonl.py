"""The normal form: one JSON object a line with `id`, `title` and `text`.

Optional fields: `date author publisher url lang`. The text is taken as it is, one body section a document.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from malmoi.documents.dates import normalise_date
from malmoi.documents.encoding import decode
from malmoi.errors import DocumentError, TooLarge
from malmoi.text import clean_text, detect_language
from malmoi.types import Document, Section, SectionKind

_FORM = 'A line is an object such as {"id": "1", "title": "…", "text": "…"}.'

_ID = re.compile(r'"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?[\d.]+)')
_FILE = re.compile(r"(.*?\.(?:jsonl|ndjson))#", re.IGNORECASE | re.DOTALL)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE | re.DOTALL)


def file_of(uri: str) -> str:
    """The file that a uri's document stands in: that of a line `FILE#ID`, else the uri itself."""
    line = _FILE.match(uri)
    return line[1] if line else uri


def parse(name: str, uri: str, data: bytes, *, max_bytes: int) -> tuple[list[Document], list[DocumentError]]:
    """Return the documents of the good lines, and an error with its line number for each other line.

    Such an error has the `line_id` that the line gives, where that much of it can be read.

    Raises:
        UnreadableText: the file is not text.
    """
    documents: list[Document] = []
    errors: list[DocumentError] = []
    seen: set[str] = set()
    # Not splitlines(): U+2028 and the like may stand inside a JSON string.
    for number, line in enumerate(decode(data, name).removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            if len(line) > max_bytes:
                raise TooLarge(f"{where} has more than {max_bytes:,} characters", "Split it.")
            document = _document(where, uri, line.strip())
            if document.name in seen:
                raise DocumentError(
                    f"{where}: the id '{document.name}' stands on an earlier line too", "Make ids unique."
                )
        except DocumentError as error:
            error.line_id = _stated_id(line)
            errors.append(error)
            continue
        seen.add(document.name)
        documents.append(document)
    return documents, errors


def _stated_id(line: str) -> str:
    """The id that a line gives although it is no document; empty where it cannot be told."""
    found = _ID.search(line)
    try:
        return _text({"id": json.loads(found[1])}, "id") if found else ""
    except ValueError:
        return ""


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return (
        clean_text(str(value)).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    )


def _document(where: str, uri: str, line: str) -> Document:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "too deep or not a number"
        raise DocumentError(f"{where} is not JSON: {reason}", _FORM) from error
    if not isinstance(record, dict):
        raise DocumentError(f"{where} is not a JSON object", _FORM)
    name = _text(record, "id")
    if not name:
        raise DocumentError(f"{where} has no id", _FORM)
    if not isinstance(record.get("text"), str):
        raise DocumentError(f"{where} has no text", _FORM)
    text = clean_text(record["text"])
    stripped = text.strip()
    if not stripped:
        raise DocumentError(f"{where} has an empty text", _FORM)
    start = text.index(stripped)
    title = " ".join(_text(record, "title").split())
    return Document(
        uri=f"{uri}#{name}",
        name=name,
        sha256=hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest(),
        text=text,
        sections=(Section(SectionKind.BODY, start, start + len(stripped)),),
        title=title,
        date=normalise_date(_text(record, "date")),
        author=_text(record, "author") or None,
        publisher=_text(record, "publisher") or _text(record, "source") or None,
        language=_language(_text(record, "lang") or _text(record, "language")) or detect_language(text),
    )


def _language(code: str) -> str | None:
    """`ko` of `ko-KR`, `KO` and `ko_KR`; None for what is no code."""
    found = _LANGUAGE.fullmatch(code)
    return found[1].lower() if found else None
