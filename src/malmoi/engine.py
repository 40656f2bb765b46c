"""The one object that every surface of Malmoi works with."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Self

from malmoi.answering.answerer import Answering
from malmoi.catalog import Catalog
from malmoi.catalog.catalog import MODEL
from malmoi.documents.jsonl import file_of
from malmoi.embedding import Embedder, open_embedder
from malmoi.errors import AnswerError, EmbeddingUnavailable, MalmoiError, UnknownDocument
from malmoi.i18n import text
from malmoi.index.lock import WriterLock
from malmoi.ingestion import Ingestion
from malmoi.korean import Analyser, get_analyser
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
    Progress,
)

if TYPE_CHECKING:
    from malmoi.index.build import Indexer
    from malmoi.index.verify import VerifyReport

_log = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]


class Malmoi:
    """A collection of documents that answers questions. Safe to use from several threads.

    Nothing is loaded until it is needed: listing documents loads no model.
    """

    def __init__(self, settings: Settings, *, analyser: Analyser | None = None) -> None:
        self.settings = settings
        self._analyser = analyser
        self._loading = threading.RLock()
        self._embedders: list[Embedder | None] = []  # one, once it is loaded

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the collection's files; the object cannot be used afterwards."""
        if "retriever" in self.__dict__:
            self.retriever.close()
        if "catalog" in self.__dict__:
            self.catalog.close()

    @cached_property
    def catalog(self) -> Catalog:
        """The truth about the collection; made empty where there was none."""
        return Catalog(self.settings.index_dir)

    @property
    def analyser(self) -> Analyser:
        """Cuts text into sentences and terms."""
        return self._analyser or get_analyser()

    @property
    def embedder(self) -> Embedder | None:
        """The embedding engine, None when searching by words alone."""
        return self._load_embedder()

    def _load_embedder(self, progress: OnProgress | None = None, *, anew: bool = False) -> Embedder | None:
        """The engine that made the collection's vectors where it can be had; `anew`, the one that the settings name."""
        with self._loading:
            if anew or not self._embedders:
                wanted = None if anew else self.catalog.meta(MODEL)
                try:
                    found = open_embedder(self.settings.embedding, wanted=wanted, progress=progress)
                except EmbeddingUnavailable as error:
                    if self.settings.embedding.engine != "bundled":
                        raise
                    _log.warning("Searching by words alone: %s", error)
                    found = None
                self._embedders = [found]
            return self._embedders[0]

    @cached_property
    def retriever(self) -> Retriever:
        """The search; `malmoi.retrieval.llama.MalmoiRetriever` makes a LlamaIndex retriever of it."""
        return Retriever(self.catalog, self.analyser, self.embedder, self.settings.retrieval)

    @cached_property
    def _answering(self) -> Answering:
        return Answering(self.catalog, self.analyser, self.embedder, self.retriever, self.settings)

    def _indexer(self, lock: WriterLock | None = None) -> Indexer:
        from malmoi.index.build import Indexer

        return Indexer(self.catalog, self.embedder, analyser=self.analyser, lock=lock)

    # documents

    def add(
        self, paths: Sequence[str | Path], *, progress: OnProgress | None = None, embed: bool = True
    ) -> list[FileResult]:
        """Add files and folders. A changed file replaces its old version; an unchanged one does nothing.

        Documents are searchable by words as soon as they are read; vectors follow unless `embed` is off.

        Raises:
            IndexBusy: another process is writing.
        """
        return self._write(lambda ingestion: ingestion.add(paths, progress), progress, embed=embed)

    def add_bytes(self, name: str, data: bytes, *, progress: OnProgress | None = None) -> list[FileResult]:
        """Add an uploaded file."""
        return self._write(lambda ingestion: ingestion.add_bytes(name, data), progress)

    def sync(self, folder: str | Path, *, progress: OnProgress | None = None) -> list[FileResult]:
        """Make what the collection holds of `folder` equal to it."""
        return self._write(lambda ingestion: ingestion.sync(Path(folder), progress), progress)

    def remove(self, names: Sequence[str], *, progress: OnProgress | None = None) -> list[FileResult]:
        """Remove documents, by name, id or uri, from every store; a JSONL file's name or path means all of its lines.

        Raises:
            UnknownDocument: one of them is not there, or several are meant; nothing is removed then.
        """
        infos = {info.id: info for name in names for info in self._named(name)}
        return self._write(lambda ingestion: ingestion.remove(infos.values()), progress)

    def _named(self, name: str) -> list[DocumentInfo]:
        try:
            return [self.catalog.info(self.catalog.resolve(name))]
        except UnknownDocument:
            lines = [info for info in self.catalog.documents() if name in _names_of_file(info.uri)]
            files = sorted({file_of(info.uri) for info in lines})
            if not files:
                raise
        if len(files) > 1:
            raise UnknownDocument(f"{len(files)} files are named {name}", f"Use a path: {', '.join(files)}")
        return lines

    def _write(
        self,
        work: Callable[[Ingestion], list[FileResult]],
        progress: OnProgress | None,
        *,
        embed: bool = True,
    ) -> list[FileResult]:
        with WriterLock(self.settings.index_dir) as lock:
            self._load_embedder(progress)
            indexer = self._indexer(lock)
            indexer.claim()
            results = work(Ingestion(self.catalog, self.analyser, self.settings))
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
        return self._indexer().verify()

    def rebuild(self, *, progress: OnProgress | None = None) -> None:
        """Make both derived indexes again from the catalog."""
        self._load_embedder(progress, anew=True)
        self._indexer().rebuild(progress)
        for name in ("retriever", "_answering"):  # these hold the engine from before
            self.__dict__.pop(name, None)

    # questions

    def search(self, question: str, *, filters: Filters | None = None, limit: int | None = None) -> list[Hit]:
        """The passages for a question, best first; raises QuestionError."""
        return self.retriever.search(question, filters=filters, limit=limit)

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
    ) -> Iterator[AnswerEvent]:
        """The events of an answer; the last is `Finished`. Closing the iterator stops the work."""
        began = time.perf_counter()
        events = self._answering.stream(
            question, history=history, filters=filters or Filters(), language=language, answerer=answerer
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
        with closing(_Stepper(events)) as stepper:
            while (event := await asyncio.to_thread(stepper.step)) is not None:
                yield event

    def suggestions(self, language: Language, limit: int = 4) -> list[str]:
        """First questions that this collection answers, drawn from its documents."""
        from malmoi.answering.suggestions import suggest

        return suggest(self.catalog, language, limit)

    def warm_up(self) -> None:
        """Load what the first question would have to wait for: analyser, embedding, client of the language model."""
        self.analyser.terms("말모이")
        if self.embedder is not None:
            self.embedder.embed_question("말모이")
        self._answering.warm_up()

    def notice(self, language: Language) -> str:
        """What a reader should know about the state of the collection, in a line; usually empty."""
        found = [problem.message(language) for problem in self._indexer().mismatches()]
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


def _names_of_file(uri: str) -> tuple[str, ...]:
    """What the JSONL file behind a line's uri may be called; nothing for other documents."""
    file = file_of(uri)
    return () if file == uri else (file, PurePath(file.removeprefix("upload:")).name)


class _Stepper:
    """Takes events from an iterator one at a time; None when there are no more."""

    def __init__(self, events: Iterable[AnswerEvent]) -> None:
        self._events = iter(events)

    def step(self) -> AnswerEvent | None:
        return next(self._events, None)

    def close(self) -> None:
        close = getattr(self._events, "close", None)
        if close is not None:
            close()
