"""A small collection behind the interface of `Malmoi`: documents in memory, answers written beforehand.

It exists so that the page can be tested with answers of every kind (a model's, slow ones, failing ones) and with
hostile texts, in a second and without an index. The page over the real engine is tested in tests/browser as well.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI

from malmoi.collections import DEFAULT, Collection, CollectionConfig
from malmoi.conversation import ConversationStore, Reply
from malmoi.documents import read_bytes
from malmoi.errors import DocumentError, EndpointUnavailable, UnknownCollection, UnknownDocument
from malmoi.settings import Settings
from malmoi.types import (
    Answer,
    AnswerEvent,
    AnswerSentence,
    Chunk,
    Citation,
    Document,
    DocumentInfo,
    Draft,
    FileResult,
    FileStatus,
    Filters,
    Finished,
    Hit,
    Language,
    Lead,
    Passages,
    Principal,
    Progress,
    Restart,
    SentenceDone,
    Support,
    Verdict,
)
from malmoi.web.app import create_app


@dataclass
class Script:
    """An answer: sentences as (text, support, reason, quotes); each quote is looked up in the documents.

    Attributes:
        pause: seconds between events.
        fails: broken off after the first sentence.
    """

    sentences: Sequence[tuple[str, Support, str, Sequence[str]]] = ()
    verdict: Verdict = Verdict.ANSWERED
    lead: str = ""
    notice: str = ""
    answerer: str = "extractive"
    pause: float = 0.0
    fails: bool = False
    drafts: bool = False


@dataclass
class Asked:
    """What the page handed over with a question."""

    question: str
    history: tuple[str, ...]
    filters: Filters


@dataclass
class SmallMalmoi:
    """The facade over a dictionary."""

    settings: Settings
    scripts: dict[str, Script] = field(default_factory=dict)
    label: str = "extractive"
    held: dict[str, Document] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    closed_early: threading.Event = field(default_factory=threading.Event)
    questions: tuple[str, ...] = ()

    def seen_by(self, groups: frozenset[str] | None) -> SmallMalmoi:
        return self

    def as_seen(self, reply: Reply, language: Language) -> Reply:
        return reply

    def put(self, *documents: Document) -> None:
        self.held.update({d.id: d for d in documents})

    def add_bytes(
        self, name: str, data: bytes, *, progress: Callable[[Progress], None] | None = None, groups: Any = None
    ) -> list[FileResult]:
        try:
            documents = read_bytes(name, data)
        except DocumentError as error:
            return [FileResult(name, FileStatus.FAILED, problem=error.problem, remedy=error.remedy, code=error.code)]
        results = []
        for number, document in enumerate(documents, 1):
            if progress:
                progress(Progress("read", number, len(documents), document.name))
            twin = next((d for d in self.held.values() if d.sha256 == document.sha256), None)
            if twin:
                status = FileStatus.UNCHANGED if twin.uri == document.uri else FileStatus.DUPLICATE
            else:
                status = FileStatus.REPLACED if document.id in self.held else FileStatus.ADDED
                self.put(document)
            other = twin.name if twin and status is FileStatus.DUPLICATE else ""
            results.append(FileResult(document.name, status, chunks=len(document.sections), other=other))
        return results

    def remove(self, names: Sequence[str]) -> list[FileResult]:
        return [FileResult(self.held.pop(id).name, FileStatus.REMOVED) for id in names]

    def documents(self, filters: Filters | None = None) -> list[DocumentInfo]:
        return [_info(d) for d in self.held.values()]

    def document(self, id_or_name: str) -> Document:
        if id_or_name not in self.held:
            raise UnknownDocument("There is no such document")
        return self.held[id_or_name]

    def suggestions(self, language: Language, limit: int = 4) -> list[str]:
        return list(self.questions or self.scripts)[:limit]

    def answerer_label(self) -> str:
        return self.label

    def close(self) -> None:
        self.held.clear()

    def stream(
        self, question: str, *, history: Sequence[str] = (), filters: Filters | None = None, **_: Any
    ) -> Iterator[AnswerEvent]:
        self.asked.append(Asked(question, tuple(history), filters or Filters()))
        script = self.scripts.get(question, Script(verdict=Verdict.ABSTAINED, lead="문서에서 답을 찾지 못했습니다."))
        ended = False
        try:
            yield from self._play(question, script)
            ended = True
        finally:
            if not ended:
                self.closed_early.set()

    def _play(self, question: str, script: Script) -> Iterator[AnswerEvent]:
        hits = tuple(self._hits())[:8]
        yield Passages(hits, question)
        time.sleep(script.pause)
        if script.lead:
            yield Lead(script.lead)
        said: list[AnswerSentence] = []
        for text, support, reason, quotes in script.sentences:
            if script.drafts:
                for end in range(4, len(text), 4):
                    yield Draft(text[:end])
                    time.sleep(script.pause / 10)
            time.sleep(script.pause)
            said.append(AnswerSentence(text, support, tuple(map(self.citation, quotes)), reason))
            yield SentenceDone(said[-1])
            if script.fails:
                raise EndpointUnavailable("The model broke off", "Try again later.")
        if script.notice:
            yield Restart(script.notice)
            for sentence in said:
                yield SentenceDone(sentence)
        yield Finished(
            Answer(
                question=question,
                lead=script.lead,
                sentences=tuple(said),
                verdict=script.verdict,
                text=" ".join(s.text for s in said),
                passages=hits,
                searched=question,
                answerer=script.answerer,
                language="ko",
                notice=script.notice,
            )
        )

    def citation(self, quote: str) -> Citation:
        """Where a quote stands."""
        for document in self.held.values():
            start = document.text.find(quote)
            if start >= 0:
                section = next(s for s in document.sections if s.start <= start < s.end)
                return Citation(
                    document.id,
                    document.name,
                    document.title,
                    start,
                    start + len(quote),
                    quote,
                    section.kind,
                    section.date or document.date,
                    document.publisher,
                    section.author or document.author,
                )
        raise LookupError(quote)

    def _hits(self) -> Iterator[Hit]:
        for document in self.held.values():
            for ordinal, section in enumerate(document.sections):
                text = document.text[section.start : section.end]
                if section.kind.value in ("body", "comment"):
                    chunk = Chunk(document.id, ordinal, section.kind, section.start, section.end, text, ())
                    yield Hit(chunk, _info(document), 1.0)


def _info(document: Document) -> DocumentInfo:
    return DocumentInfo(
        id=document.id,
        uri=document.uri,
        name=document.name,
        title=document.title,
        date=document.date,
        author=document.author,
        publisher=document.publisher,
        language=document.language,
        characters=len(document.text),
        chunks=len(document.sections),
        embedded=0,
        added="2025-01-01T00:00:00",
        kinds=tuple(dict.fromkeys(s.kind for s in document.sections)),
        sha256=document.sha256,
    )


class OneCollection:
    """The shelf of a server with a single collection, open to everyone."""

    def __init__(self, malmoi: Any) -> None:
        self._malmoi = malmoi
        self._store = ConversationStore(malmoi.settings.index_dir)
        self._collection = Collection(DEFAULT, malmoi.settings.index_dir, CollectionConfig())

    def get(self, name: str, principal: Principal | None = None) -> Collection:
        if name != DEFAULT:
            raise UnknownCollection(f"There is no collection {name}")
        return self._collection

    def names(self) -> list[str]:
        return [DEFAULT]

    def for_principal(self, principal: Principal) -> list[Collection]:
        return [self._collection]

    def open(self, name: str = DEFAULT, principal: Principal | None = None) -> Any:
        return self._malmoi if principal is None else self._malmoi.seen_by(principal.sees)

    def conversations(self, name: str = DEFAULT, principal: Principal | None = None) -> ConversationStore:
        return self._store

    def close(self) -> None:
        self._store.close()


def app_of(malmoi: Any) -> FastAPI:
    """The page over a small collection."""
    return app_over(OneCollection(malmoi), malmoi.settings)


def app_over(shelf: Any, settings: Settings) -> FastAPI:
    """The application, made in a running loop, because Gradio otherwise makes loops that it never closes."""

    async def make() -> FastAPI:
        return create_app(shelf, settings)

    with ThreadPoolExecutor(1) as thread:  # the caller's thread may have a loop of its own
        return thread.submit(lambda: asyncio.run(make())).result()
