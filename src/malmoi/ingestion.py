"""Adds files to a collection, replaces changed ones, and removes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from malmoi.catalog import Catalog
from malmoi.catalog.access import group_names
from malmoi.chunking import chunk_document
from malmoi.documents import Source, is_url, read_paths
from malmoi.documents.folder_groups import folder_groups
from malmoi.documents.jsonl import file_of
from malmoi.errors import DocumentError, GroupRefused, MalmoiError, UnknownDocument
from malmoi.korean import Analyser
from malmoi.settings import Settings
from malmoi.types import Document, DocumentInfo, FileResult, FileStatus, OnProgress, Progress

Groups = frozenset[str] | None
"""That may see what is added; None: those of its folder, or else those it had."""


class Ingestion:
    """Brings sources into the catalog, one transaction a document; the caller holds the writer's lock.

    A document is searchable by words as soon as its result is returned. One that cannot be read is reported by name,
    and its earlier version stays.

    Args:
        seen: the catalog as whoever adds sees it; what is hidden from them is neither replaced nor named.
    """

    def __init__(
        self, catalog: Catalog, analyser: Analyser, settings: Settings, *, seen: Catalog | None = None
    ) -> None:
        self._catalog = catalog
        self._seen = seen or catalog
        self._analyser = analyser
        self._settings = settings

    def add(
        self, paths: Sequence[str | Path], progress: OnProgress | None = None, *, groups: Groups = None
    ) -> list[FileResult]:
        """Add files and folders; unchanged files cost one hash."""
        sources = list(read_paths([Path(path) for path in paths], max_bytes=self._settings.documents.max_bytes))
        results: list[FileResult] = []
        for done, source in enumerate(sources):
            _tell(progress, done, len(sources), source.name)
            results.extend(self.add_source(source, groups))
        _tell(progress, len(sources), len(sources), "")
        return results

    def add_bytes(self, name: str, data: bytes, *, groups: Groups = None) -> list[FileResult]:
        """Add an uploaded file; the same name replaces what was uploaded under it before."""
        return self.add_source(Source(f"upload:{name}", name, None, self._settings.documents.max_bytes, data), groups)

    def sync(self, folder: Path, progress: OnProgress | None = None) -> list[FileResult]:
        """Make the collection's part under `folder` equal to it: gone files are removed, the rest is added.

        Raises:
            DocumentError: there is no such folder; nothing is removed then.
        """
        folder = folder.expanduser()
        if not folder.is_dir():
            problem = f"{folder} is not a folder" if folder.exists() else f"The folder {folder} does not exist"
            raise DocumentError(
                problem, "Nothing was changed. Check the path; `malmoi remove NAME` takes single documents out."
            )
        # Documents are kept under the path that was given, which may lead through links.
        roots = {folder.resolve(), Path(os.path.normpath(folder.absolute()))}
        gone = [
            info
            for info in self._seen.documents()
            if (path := _path_of(info.uri)) is not None
            and any(path.is_relative_to(root) for root in roots)
            and not path.exists()
        ]
        return [*self.remove(gone), *self.add([folder], progress)]

    def remove(self, documents: Iterable[DocumentInfo]) -> list[FileResult]:
        """Remove documents from every store that is searched."""
        results = []
        for info in documents:
            self._catalog.remove(info.id)
            results.append(FileResult(info.name, FileStatus.REMOVED, info.chunks))
        return results

    def add_source(self, source: Source, groups: Groups = None) -> list[FileResult]:
        """Add what is at hand or was fetched; the same uri replaces what was added under it before."""
        try:
            if groups is None and source.path is not None:
                named = folder_groups(source.path)
                groups = None if named is None else group_names(named)
            known = self._find(source.uri, source.name)
            if known is not None and known.sha256 == source.sha256():
                return [self._unchanged(source.name, known, groups)]
            documents, problems = source.load()
        except (DocumentError, GroupRefused) as error:
            return [failed(source.name, error)]
        results = [self._add_document(document, groups) for document in documents]
        if documents and source.holds_many:
            results += self.remove(self._left_out(source.uri, documents, problems))
        return results + [failed(source.name, problem) for problem in problems]

    def _left_out(
        self, uri: str, documents: Sequence[Document], problems: Sequence[DocumentError]
    ) -> list[DocumentInfo]:
        """Stored lines of a JSONL file that it no longer holds; of a line that is broken now, the old version stays."""
        kept = {document.uri for document in documents} | {f"{uri}#{problem.line_id}" for problem in problems}
        return [i for i in self._seen.documents() if i.uri.startswith(f"{uri}#") and i.uri not in kept]

    def _find(self, uri: str, name: str) -> DocumentInfo | None:
        """The document that came from `uri`; raises DocumentError where it is hidden from whoever adds."""
        known = self._seen.find(uri)
        if known is None and self._catalog.find(uri) is not None:
            raise DocumentError(f"{name} cannot be added under this name", "Give the file another name.")
        return known

    def _unchanged(self, name: str, known: DocumentInfo, groups: Groups) -> FileResult:
        if groups is not None and groups != known.groups:
            self._catalog.set_groups(known.id, groups)
        return FileResult(name, FileStatus.UNCHANGED, known.chunks)

    def _add_document(self, document: Document, groups: Groups) -> FileResult:
        try:
            known = self._find(document.uri, document.name)
        except DocumentError as error:
            return failed(document.name, error)
        if known is not None and known.sha256 == document.sha256:
            return self._unchanged(document.name, known, groups)
        for twin in self._seen.by_sha256(document.sha256):
            if _moved(twin.uri):
                self._catalog.remove(twin.id)
                groups = twin.groups if groups is None and known is None else groups
            elif twin.uri != document.uri and groups in (None, twin.groups):
                if known is not None:
                    self._catalog.remove(known.id)
                return FileResult(document.name, FileStatus.DUPLICATE, other=twin.name)
        chunks = chunk_document(
            document,
            self._analyser,
            target_chars=self._settings.chunking.target_chars,
            max_chars=self._settings.chunking.max_chars,
        )
        if not chunks:
            empty = DocumentError(f"{document.name} holds no text besides menus and the like", "Leave it out")
            return failed(document.name, empty)
        status = self._catalog.put(document, chunks, groups=groups)
        return FileResult(document.name, status, len(chunks))


def named_documents(catalog: Catalog, name: str) -> list[DocumentInfo]:
    """The document of this name, id or uri, or all lines of the JSONL file of this name or path.

    Raises:
        UnknownDocument: it is not there, or several are meant.
    """
    try:
        return [catalog.info(catalog.resolve(name))]
    except UnknownDocument:
        lines = [info for info in catalog.documents() if name in _names_of_file(info.uri)]
        files = sorted({file_of(info.uri) for info in lines})
        if not files:
            raise
    if len(files) > 1:
        raise UnknownDocument(f"{len(files)} files are named {name}", f"Use a path: {', '.join(files)}")
    return lines


def _names_of_file(uri: str) -> tuple[str, ...]:
    """What the JSONL file behind a line's uri may be called; nothing for other documents."""
    file = file_of(uri)
    return () if file == uri else (file, PurePath(file.removeprefix("upload:")).name)


def _path_of(uri: str) -> Path | None:
    """The file behind a uri, None for an upload or an address."""
    return None if uri.startswith("upload:") or is_url(uri) else Path(file_of(uri))


def _moved(uri: str) -> bool:
    path = _path_of(uri)
    return path is not None and not path.exists()


def failed(name: str, error: MalmoiError) -> FileResult:
    """What became of a file that could not be read."""
    return FileResult(name, FileStatus.FAILED, problem=error.problem, remedy=error.remedy, code=error.code)


def _tell(progress: OnProgress | None, done: int, total: int, name: str) -> None:
    if progress is not None:
        progress(Progress("read", done, total, name))
