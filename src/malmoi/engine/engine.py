"""A collection of documents that answers questions."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from malmoi.answering.answerer import Answering
from malmoi.catalog import Catalog
from malmoi.catalog.access import group_names
from malmoi.catalog.failures import note_results
from malmoi.conversation import Reply, withhold
from malmoi.documents import fetch
from malmoi.embedding import Embedder, open_embedder
from malmoi.engine.parts import Parts
from malmoi.errors import AnswerError, DocumentError, MalmoiError
from malmoi.i18n import text
from malmoi.index.lock import WriterLock
from malmoi.ingestion import Ingestion, failed, named_documents
from malmoi.korean import Analyser
from malmoi.retrieval import Retriever
from malmoi.settings import Settings
from malmoi.types import (
    Answer,
    AnswerEvent,
    Document,
    DocumentInfo,
    FileResult,
    Filters,
    Finished,
    Hit,
    Language,
    OnProgress,
)

if TYPE_CHECKING:
    from malmoi.index.verify import VerifyReport


class Malmoi:
    """A collection of documents that answers questions. Safe to use from several threads.

    Nothing is loaded until it is needed: listing documents loads no model.

    Args:
        open_embedder: opens the embedding engine; several collections may share one that hands out the same engine.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        analyser: Analyser | None = None,
        open_embedder: Callable[..., Embedder | None] = open_embedder,
    ) -> None:
        self.settings = settings
        self._parts = Parts(settings, analyser, open_embedder)
        self._groups: frozenset[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the collection's files; the object cannot be used afterwards. A view has none of its own."""
        if self._groups is None:
            self._parts.close()

    def seen_by(self, groups: frozenset[str] | None) -> Malmoi:
        """The collection as members of these groups see it: other documents are unknown to all that it does.

        What it may read is looked up with every question; it shares this object's files and need not be closed.
        None (`Principal.sees` of an admin) changes nothing. Documents that are hidden can be neither replaced nor
        removed through it.
        """
        if groups is None:
            return self
        view = copy.copy(self)
        view._groups = groups if self._groups is None else groups & self._groups
        return view

    @property
    def catalog(self) -> Catalog:
        """The truth about the collection; made empty where there was none."""
        return self._parts.catalog.seen_by(self._groups)

    @property
    def analyser(self) -> Analyser:
        """Cuts text into sentences and terms."""
        return self._parts.analyser

    @property
    def embedder(self) -> Embedder | None:
        """The embedding engine, None when searching by words alone."""
        return self._parts.embedder()

    @property
    def retriever(self) -> Retriever:
        """The search; `malmoi.retrieval.llama.MalmoiRetriever` makes a LlamaIndex retriever of it."""
        return self._parts.view(self._groups).retriever

    @property
    def _answering(self) -> Answering:
        return self._parts.view(self._groups).answering

    # documents

    def add(
        self,
        paths: Sequence[str | Path],
        *,
        progress: OnProgress | None = None,
        embed: bool = True,
        groups: Iterable[str] | None = None,
    ) -> list[FileResult]:
        """Add files and folders. A changed file replaces its old version; an unchanged one does nothing.

        Documents are searchable by words as soon as they are read; vectors follow unless `embed` is off.

        Args:
            groups: that may see them; None takes those of the folder (`.malmoi-groups`), or else keeps what
                the documents had.

        Raises:
            IndexBusy: another process is writing.
            GroupRefused: the name of a group cannot be used.
        """
        names = None if groups is None else group_names(groups)
        return self._write(lambda ingestion: ingestion.add(paths, progress, groups=names), progress, embed=embed)

    def add_bytes(
        self,
        name: str,
        data: bytes,
        *,
        progress: OnProgress | None = None,
        groups: Iterable[str] | None = None,
    ) -> list[FileResult]:
        """Add an uploaded file; `groups` as for `add`."""
        names = None if groups is None else group_names(groups)
        return self._write(lambda ingestion: ingestion.add_bytes(name, data, groups=names), progress)

    def add_url(
        self, url: str, *, progress: OnProgress | None = None, embed: bool = True, groups: Iterable[str] | None = None
    ) -> list[FileResult]:
        """Fetch a page and add it under its address; added again, it is what the page says by then.

        Off unless `documents.urls` is set; `groups` as for `add`.
        """
        names = None if groups is None else group_names(groups)
        try:
            source = fetch(url, self.settings.documents)
        except DocumentError as error:
            return [failed(url, error)]
        return self._write(lambda ingestion: ingestion.add_source(source, names), progress, embed=embed)

    def sync(self, folder: str | Path, *, progress: OnProgress | None = None) -> list[FileResult]:
        """Make what the collection holds of `folder` equal to it."""
        return self._write(lambda ingestion: ingestion.sync(Path(folder), progress), progress)

    def remove(self, names: Sequence[str], *, progress: OnProgress | None = None) -> list[FileResult]:
        """Remove documents, by name, id or uri, from every store; a JSONL file's name or path means all of its lines.

        Raises:
            UnknownDocument: one of them is not there, or several are meant; nothing is removed then.
        """
        infos = {info.id: info for name in names for info in self.named(name)}
        return self._write(lambda ingestion: ingestion.remove(infos.values()), progress)

    def set_groups(self, name: str, groups: Iterable[str]) -> list[DocumentInfo]:
        """Let only these groups see a document, or all lines of a JSONL file, from the next question on.

        No groups leaves it to the collection who sees it. Groups that a file in the folder names come back with the
        next `add` or `sync`.

        Raises:
            UnknownDocument: it is not there, or several are meant.
            GroupRefused: the name of a group cannot be used.
        """
        names, infos = group_names(groups), self.named(name)
        for info in infos:
            self._parts.catalog.set_groups(info.id, names)
        return [replace(info, groups=names) for info in infos]

    def named(self, name: str) -> list[DocumentInfo]:
        """The document of this name, id or uri, or all lines of the JSONL file of this name or path.

        Raises:
            UnknownDocument: it is not there, or several are meant.
        """
        return named_documents(self.catalog, name)

    def _write(
        self,
        work: Callable[[Ingestion], list[FileResult]],
        progress: OnProgress | None,
        *,
        embed: bool = True,
    ) -> list[FileResult]:
        with WriterLock(self.settings.index_dir) as lock:
            self._parts.embedder(progress)
            indexer = self._parts.indexer(lock)
            indexer.claim()
            results = work(Ingestion(self._parts.catalog, self.analyser, self.settings, seen=self.catalog))
            note_results(self.settings.index_dir, results)
            if embed:
                try:
                    indexer.embed_pending(progress)
                    indexer.publish(progress)
                except MalmoiError as error:
                    error.results = tuple(results)
                    raise
            return results

    def documents(self, filters: Filters | None = None) -> list[DocumentInfo]:
        """All documents, or those that match."""
        return self.catalog.documents(filters)

    def document(self, id_or_name: str) -> Document:
        """A whole document; raises UnknownDocument."""
        return self.catalog.document(id_or_name)

    def verify(self) -> VerifyReport:
        """Compare catalog, lexical and dense index."""
        return self._parts.indexer().verify()

    def rebuild(self, *, progress: OnProgress | None = None) -> None:
        """Make both derived indexes again from the catalog."""
        self._parts.embedder(progress, anew=True)
        self._parts.indexer().rebuild(progress)
        self._parts.forget_views()

    # questions

    def search(self, question: str, *, filters: Filters | None = None, limit: int | None = None) -> list[Hit]:
        """The passages for a question, best first; raises QuestionError."""
        seen = self.seen_by(filters.groups if filters else None)
        return seen.retriever.search(question, filters=filters, limit=limit)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | None = None,
        language: Language | None = None,
        answerer: str | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            history: earlier questions of the conversation, oldest first.
            language: of Malmoi's own words; by default the question's.
            answerer: "extractive" or "llm" instead of the settings' choice.

        Raises:
            QuestionError: the question is empty or too long.
        """
        events = self.stream(question, history=history, filters=filters, language=language, answerer=answerer)
        for event in events:
            if isinstance(event, Finished):
                return event.answer
        raise AnswerError("The answer ended before it was finished")

    def stream(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | None = None,
        language: Language | None = None,
        answerer: str | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """The events of an answer; the last is `Finished`. Closing the iterator stops the work."""
        began = time.perf_counter()
        filters = filters or Filters()
        events = self.seen_by(filters.groups)._answering.stream(
            question, history=history, filters=filters, language=language, answerer=answerer
        )
        for event in events:
            if isinstance(event, Finished):
                answer = event.answer
                timings = {**answer.timings, "total": time.perf_counter() - began}
                notice = " ".join(part for part in (answer.notice, self.notice(answer.language)) if part)
                event = Finished(replace(answer, question=question, notice=notice, timings=timings))
            yield event

    async def aask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | None = None,
        language: Language | None = None,
        answerer: str | None = None,
    ) -> Answer:
        """`ask`, in a thread of its own."""
        return await asyncio.to_thread(
            self.ask, question, history=history, filters=filters, language=language, answerer=answerer
        )

    async def astream(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | None = None,
        language: Language | None = None,
        answerer: str | None = None,
    ) -> AsyncIterator[AnswerEvent]:
        """`stream`, each step in a thread of its own."""
        events = self.stream(question, history=history, filters=filters, language=language, answerer=answerer)
        with closing(events):
            while (event := await asyncio.to_thread(next, events, None)) is not None:
                yield event

    def suggestions(self, language: Language, limit: int = 4) -> list[str]:
        """First questions that this collection answers, drawn from its documents."""
        from malmoi.answering.suggestions import suggest

        return suggest(self.catalog, language, limit)

    def as_seen(self, reply: Reply, language: Language) -> Reply:
        """A reply from a conversation without what its reader may not see now, or what is gone; for a view only."""
        if self._groups is None:
            return reply
        cited = {c.document_id for s in reply.sentences for c in s.citations}
        return withhold(reply, self.catalog.visible(cited | {p.document_id for p in reply.passages}), language)

    def warm_up(self) -> None:
        """Load what the first question would have to wait for: analyser, embedding, client of the language model."""
        self.analyser.terms("말모이")
        if self.embedder is not None:
            self.embedder.embed_question("말모이")
        self._answering.warm_up()

    def notice(self, language: Language) -> str:
        """What a reader should know about the state of the collection, in a line; usually empty."""
        found = [problem.message(language) for problem in self._parts.indexer().mismatches()]
        if found:
            found.append(text("engine.rebuild", language))
        if self.embedder is None and self.settings.embedding.engine == "bundled":
            found.append(text("engine.words_alone", language))
        return " ".join(found)

    def answerer_label(self, answerer: str | None = None) -> str:
        """Which answerer is at work, or would be: "extractive", or "llm:MODEL".

        Raises:
            SettingsError: "llm" is asked for and not set up.
        """
        return self._answering.label(answerer)
