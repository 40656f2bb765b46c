"""Files, folders and uploads to documents.

A format is one function from (name, text) to a `Parsed`; `_PARSERS` names them by suffix.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from malmoi.documents import html, jsonl, markdown, plain
from malmoi.documents.encoding import decode
from malmoi.documents.parsed import Parsed
from malmoi.errors import DocumentError, TooLarge, UnsupportedFormat
from malmoi.text import clean_text, detect_language
from malmoi.types import Document, Section, SectionKind

_PARSERS = {
    ".txt": plain.parse,
    ".text": plain.parse,
    ".md": markdown.parse,
    ".markdown": markdown.parse,
    ".html": html.parse,
    ".htm": html.parse,
    ".xhtml": html.parse,
}
_MARKUP = frozenset({".html", ".htm", ".xhtml"})
_LINES = frozenset({".jsonl", ".ndjson"})
SUFFIXES: frozenset[str] = frozenset(_PARSERS) | _LINES
"""The endings of file names that can be read, in lower case with their dot."""

_MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file that may become documents; nothing is read before it is asked for.

    Attributes:
        uri: the absolute path, or `upload:NAME`.
        path: None for an upload.
        max_bytes: a larger file is refused; of a JSONL file, a longer line.
    """

    uri: str
    name: str
    path: Path | None
    max_bytes: int = _MAX_BYTES
    data: bytes | None = None

    @property
    def holds_many(self) -> bool:
        """True for a JSONL file, whose documents have the uri `uri#id` and the hash of their own line."""
        return PurePath(self.name).suffix.lower() in _LINES

    def sha256(self) -> str:
        """Return the hexadecimal SHA-256 of the bytes without parsing them.

        Raises:
            DocumentError: the file cannot be read.
        """
        if self.path is None:
            return hashlib.sha256(self.data or b"").hexdigest()
        self._check(self.path)
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self._unreadable(error) from error

    def load(self) -> tuple[list[Document], list[DocumentError]]:
        """Return the documents, and one error for each line of a JSONL file that is not one.

        Raises:
            DocumentError: the file as a whole cannot be read.
        """
        if self.path is not None:
            self._check(self.path)
        suffix = PurePath(self.name).suffix.lower()
        if suffix not in SUFFIXES:
            known = ", ".join(sorted(SUFFIXES))
            raise UnsupportedFormat(f"{self.name} has a format that is not supported", f"Supported are {known}.")
        data = self._read(limited=suffix not in _LINES)
        if not data.strip(b"\0 \t\r\n"):
            raise DocumentError(f"{self.name} is empty", "Add a file that holds text.")
        if suffix in _LINES:
            return jsonl.parse(self.name, self.uri, data, max_bytes=self.max_bytes)
        text = clean_text(decode(data, self.name, markup=suffix in _MARKUP))
        if not text.strip():
            raise DocumentError(f"{self.name} is empty", "Add a file that holds text.")
        parsed = _PARSERS[suffix](text)
        if not any(s.kind is not SectionKind.FURNITURE for s in parsed.sections):
            parsed = _all_body(parsed, self.name)
        return [_document(self, parsed, hashlib.sha256(data).hexdigest())], []

    def documents(self) -> list[Document]:
        """Return the documents; of a JSONL file those of its good lines (see `load` for the others).

        Raises:
            DocumentError: the file cannot be read, or not one of its lines is a document.
        """
        documents, errors = self.load()
        if errors and not documents:
            raise errors[0]
        return documents

    def _check(self, path: Path) -> None:
        """Refuse what is not there, what would block its reader, and what no catalog can name."""
        try:
            mode = path.stat().st_mode
        except FileNotFoundError as error:
            raise DocumentError(f"{self.name} does not exist", "Check the path.") from error
        except OSError as error:
            raise self._unreadable(error) from error
        if not stat.S_ISREG(mode):
            raise DocumentError(f"{self.name} is not a regular file", "Leave it out.")
        if _shown(str(path)) != str(path):
            raise DocumentError(f"{self.name} has a path that is not valid UTF-8", "Rename it.")

    def _read(self, *, limited: bool) -> bytes:
        if self.path is None:
            data = self.data or b""
            if limited and len(data) > self.max_bytes:
                raise self._too_large(len(data))
            return data
        try:
            with self.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if limited and size > self.max_bytes:
                    raise self._too_large(size)
                return file.read()
        except OSError as error:
            raise self._unreadable(error) from error

    def _too_large(self, size: int) -> TooLarge:
        return TooLarge(
            f"{self.name} has {size:,} bytes; the limit is {self.max_bytes:,}",
            "Split it, or raise documents.max_bytes in malmoi.toml.",
        )

    def _unreadable(self, error: OSError) -> DocumentError:
        reason = error.strerror or type(error).__name__
        return DocumentError(f"{self.name} cannot be read: {reason}", "Check the path and its permissions.")


def _all_body(parsed: Parsed, name: str) -> Parsed:
    """Take a text of nothing but furniture as its own subject: a glossary of menus is still what was given."""
    stripped = parsed.text.strip()
    if not stripped:
        raise DocumentError(f"{name} holds no text", "Add a file that holds text.")
    start = parsed.text.index(stripped)
    parsed.sections = (Section(SectionKind.BODY, start, start + len(stripped)),)
    return parsed


def _document(source: Source, parsed: Parsed, sha256: str) -> Document:
    body = "\n".join(parsed.text[s.start : s.end] for s in parsed.sections if s.kind is SectionKind.BODY)
    return Document(
        uri=source.uri,
        name=source.name,
        sha256=sha256,
        text=parsed.text,
        sections=parsed.sections,
        title=parsed.title,
        date=parsed.date,
        author=parsed.author,
        publisher=parsed.publisher,
        language=detect_language(body) or parsed.language or detect_language(parsed.text),
        found=parsed.found,
    )


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in sorted order, without hidden ones and without following folder links."""
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(base) / name


def _shown(path: str) -> str:
    """A path that can be stored and printed: bytes that are not UTF-8 become escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def read_paths(paths: Iterable[Path], *, max_bytes: int = _MAX_BYTES) -> Iterator[Source]:
    """Yield a source for every file given and every visible file below the folders given, each file once.

    What does not exist, is no regular file or has another format is yielded too: its `load` raises, naming it.
    """
    seen: set[str] = set()
    for given in paths:
        path = Path(given).expanduser().absolute()
        for file in _walk(path) if path.is_dir() else [path]:
            real = os.path.normpath(file)
            if real not in seen:
                seen.add(real)
                yield Source(_shown(real), _shown(file.name), Path(real), max_bytes)


def read_bytes(name: str, data: bytes, *, uri: str | None = None, max_bytes: int = _MAX_BYTES) -> list[Document]:
    """Return the documents in an uploaded file; its uri is `upload:NAME` unless given.

    Raises:
        DocumentError: it cannot be read.
    """
    return Source(uri or f"upload:{name}", name, None, max_bytes, data).documents()
