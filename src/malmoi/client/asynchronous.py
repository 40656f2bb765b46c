"""The client for programs with asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx
from pydantic import BaseModel

from malmoi.client import calls, shapes
from malmoi.client.calls import HEARTBEATS_S, PREFIX, Call, Following, headers_of
from malmoi.client.errors import ApiError
from malmoi.client.events import Event, Reader

R = TypeVar("R", bound=BaseModel)


class AsyncClient:
    """Malmoi at an address. Every method raises ApiError where the server refuses, httpx.HTTPError where it is away.

    Args:
        url: of the server, with its path prefix if it has one.
        key: an API key; empty where the server asks for none.
        language: of errors, "ko" or "en".
        transport: for httpx; None takes the network.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str = "",
        language: Literal["ko", "en"] = "ko",
        timeout_s: float = 120.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/") + PREFIX,
            headers=headers_of(key, language),
            timeout=httpx.Timeout(timeout_s, connect=10),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def ask(
        self,
        question: str,
        *,
        collection: str = "",
        conversation: str = "",
        keep: bool = False,
        history: Sequence[str] = (),
        filters: shapes.Filters | None = None,
        language: Literal["ko", "en"] | None = None,
    ) -> shapes.Answer:
        """Answer a question.

        Args:
            conversation: id of one to go on with.
            keep: begin one with this question.
            history: earlier questions, oldest first, where no conversation holds them.
            language: of Malmoi's own words; by default the question's.
        """
        return await self._send(
            calls.ask(
                question,
                collection=collection,
                conversation=conversation,
                keep=keep,
                history=history,
                filters=filters,
                language=language,
            )
        )

    async def stream(
        self,
        question: str,
        *,
        collection: str = "",
        conversation: str = "",
        keep: bool = False,
        history: Sequence[str] = (),
        filters: shapes.Filters | None = None,
        language: Literal["ko", "en"] | None = None,
        resume_within_s: int = 20,
    ) -> AsyncGenerator[Event, None]:
        """`ask`, as it grows. The last event is `Finished` or `Failed`; leaving before it stops the answer.

        Args:
            resume_within_s: seconds for which a lost connection is made anew, from 0 to 60.

        Raises:
            ConnectionLost: it could not be.
        """
        call = calls.ask(
            question,
            collection=collection,
            conversation=conversation,
            keep=keep,
            history=history,
            filters=filters,
            language=language,
            resume_within_s=resume_within_s,
        )
        following, reader = Following(resume_within_s), Reader()
        try:
            while not following.ended:
                with suppress(httpx.TransportError):
                    async with aclosing(self._events(call, following, reader)) as events:
                        async for event in events:
                            following.saw(event)
                            yield event
                if not following.ended:
                    await asyncio.sleep(following.pause())
        finally:
            if following.answer and not following.ended:
                with suppress(ApiError, httpx.HTTPError):
                    await self.stop(following.answer)

    async def _events(self, call: Call[Any], following: Following, reader: Reader) -> AsyncGenerator[Event, None]:
        """The events of one connection."""
        headers = {"Accept": "text/event-stream"}
        options: dict[str, Any] = {"json": call.json}
        method, path = call.method, call.path
        if following.answer:
            method, path, options = "GET", following.events_path, {}
            headers["Last-Event-ID"] = reader.last_id
        timeout = httpx.Timeout(HEARTBEATS_S, connect=10)
        async with self._http.stream(method, path, headers=headers, timeout=timeout, **options) as reply:
            if reply.is_error:
                await reply.aread()
                raise ApiError.of(reply)
            async for line in reply.aiter_lines():
                for event in reader.line(line):
                    yield event

    async def stop(self, answer: str) -> shapes.Answer:
        """End an answer under way with what was said so far; its id is in `Started`."""
        return await self._send(calls.stop(answer))

    async def search(
        self, query: str, *, collection: str = "", filters: shapes.Filters | None = None, limit: int = 10
    ) -> tuple[shapes.Passage, ...]:
        """Passages for a question, best first."""
        return (await self._send(calls.search(query, collection=collection, filters=filters, limit=limit))).passages

    async def open_passage(self, cited: shapes.Citation, *, collection: str = "") -> shapes.OpenedPassage:
        """A cited span with the text around it; an ApiError where the document has changed since."""
        return await self._send(calls.passage(cited.document_id, cited.start, cited.end, cited.check, collection))

    async def documents(
        self, words: str = "", *, collection: str = "", offset: int = 0, limit: int = 100
    ) -> shapes.DocumentPage:
        """Documents whose title, name or publisher holds `words`, the last added first."""
        return await self._send(calls.documents(words, collection, offset, limit))

    async def add(
        self, file: str | Path, content: bytes | None = None, *, collection: str = "", groups: Sequence[str] = ()
    ) -> tuple[shapes.FileResult, ...]:
        """Add a file, which is read where `content` is not given; `groups` are those that may see it."""
        data = await asyncio.to_thread(Path(file).read_bytes) if content is None else content
        return (await self._send(calls.add(Path(file).name, data, collection, groups))).results

    async def remove(self, document: str, *, collection: str = "") -> tuple[shapes.FileResult, ...]:
        """Remove a document, by its id."""
        return (await self._send(calls.remove(document, collection))).results

    async def conversations(
        self, *, collection: str = "", offset: int = 0, limit: int = 100
    ) -> shapes.ConversationPage:
        """The caller's conversations, the last used first."""
        return await self._send(calls.conversations(collection, offset, limit))

    async def conversation(self, id: str, *, collection: str = "") -> shapes.WholeConversation:
        """One with its turns."""
        return await self._send(calls.conversation(id, collection))

    async def rename(self, id: str, title: str, *, collection: str = "") -> shapes.Conversation:
        """Give a conversation another title."""
        return await self._send(calls.rename(id, title, collection))

    async def delete(self, id: str, *, collection: str = "") -> None:
        """Delete a conversation."""
        await self._send(calls.delete(id, collection))

    async def rate(self, turn: str, value: int, reason: str = "", comment: str = "", *, collection: str = "") -> None:
        """Rate an answer 1 or -1; 0 takes it back."""
        await self._send(calls.rate(turn, value, reason, comment, collection))

    async def me(self) -> shapes.Me:
        """Who the server takes the caller for."""
        return await self._send(calls.me())

    async def collections(self) -> tuple[shapes.CollectionInfo, ...]:
        """The collections that are open to the caller."""
        return (await self._send(calls.collections())).collections

    async def _send(self, call: Call[R]) -> R:
        reply = await self._http.request(call.method, call.path, **call.options())
        if reply.is_error:
            raise ApiError.of(reply)
        return call.read(reply.content)
