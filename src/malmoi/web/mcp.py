"""Malmoi as tools of the Model Context Protocol: `ask`, `search` and `open_passage`.

Over HTTP each request is its caller's, as everywhere on the server; over standard input and output it is the person's
at this machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from malmoi import __version__
from malmoi.conversation import passage_of
from malmoi.errors import MalmoiError
from malmoi.people import Scope as Permission
from malmoi.retrieval.retriever import checked
from malmoi.text import detect_language
from malmoi.types import Language, SectionKind, Verdict
from malmoi.web.identity import LOCAL_PERSON, Caller, caller_of, require
from malmoi.web.limits import address_in
from malmoi.web.passages import passage_json, span_in
from malmoi.web.site import Room, Site
from malmoi.web.v1.answers import Answers, Wish
from malmoi.web.v1.common import base_of
from malmoi.web.v1.shapes import Citation, Citing, Passage, Sentence

PATH = "/mcp"
MOST_FOUND = 20
_ABOUT = """Answers questions from the documents of one organisation, every sentence with the spans it rests on. Ask \
in the language of the question. Cite what is used by document title, and open a passage to see it in its context."""
P = ParamSpec("P")
R = TypeVar("R")

CollectionName = Annotated[str, Field(max_length=80, description="Name of the collection; empty for the usual one.")]


class Answered(BaseModel):
    """An answer with its evidence."""

    text: str = Field(description="The whole answer, with a marker [n] for each citation.")
    verdict: Verdict | None = Field(description="`abstained` when the documents do not answer the question.")
    sentences: list[Sentence]
    citations: list[Citation] = Field(description="In order of their markers.")
    notice: str
    collection: str


class Found(BaseModel):
    """Passages, best first."""

    passages: list[Passage]


class Opened(BaseModel):
    """A span of a document in its surroundings."""

    document: str
    title: str
    date: str | None
    source: str | None
    author: str | None
    kind: SectionKind
    before: str
    quote: str
    after: str
    start: int
    end: int
    url: str


class Tools:
    """The tools over a server's collections, and how they are reached over HTTP.

    Args:
        base: address that links begin with where no HTTP request tells it.
    """

    def __init__(self, site: Site, base: str = "") -> None:
        self._site = site
        self._base = base
        self._answers = Answers(site)
        self.server = self._make()

    def _make(self) -> MCPServer[Any]:

        server: MCPServer[Any] = MCPServer(
            "malmoi", title="Malmoi", instructions=_ABOUT, version=__version__, log_level="WARNING"
        )

        @server.tool(title="Ask the documents", structured_output=True)
        @_told
        async def ask(
            context: Context[Any, Any],
            question: Annotated[str, Field(max_length=100_000)],
            collection: CollectionName = "",
            history: Annotated[list[str], Field(max_length=20, description="Earlier questions, oldest first.")] = [],  # noqa: B006
        ) -> Answered:
            """Answer a question from the documents, every sentence with its citations; says so when they do not."""
            return await self._ask(context, question, collection, tuple(history))

        @server.tool(title="Search the documents", structured_output=True)
        @_told
        async def search(
            context: Context[Any, Any],
            query: Annotated[str, Field(max_length=100_000)],
            collection: CollectionName = "",
            limit: Annotated[int, Field(ge=1, le=MOST_FOUND)] = 8,
        ) -> Found:
            """Find passages by words and by meaning."""
            room, base = await self._room(context, collection)
            wanted = checked(query, self._site.settings.retrieval.max_question_chars)
            hits = await asyncio.to_thread(room.malmoi.search, wanted, limit=limit)
            citing = Citing(base, room.collection.name)
            return Found(passages=[citing.passage(passage_of(hit), hit.score) for hit in hits])

        @server.tool(title="Open a passage", structured_output=True)
        @_told
        async def open_passage(
            context: Context[Any, Any],
            document: Annotated[str, Field(max_length=64, description="`document_id` of a citation or passage.")],
            start: int,
            end: int,
            check: Annotated[str, Field(max_length=12, description="Of the citation; notices a changed text.")] = "",
            collection: CollectionName = "",
        ) -> Opened:
            """Show a cited span with the text around it."""
            room, base = await self._room(context, collection)
            held = await asyncio.to_thread(room.malmoi.document, document)
            start, end = span_in(held, start, end, check)
            url = Citing(base, room.collection.name).url(held.id, start, end)
            return Opened.model_validate({**passage_json(held, start, end), "url": url})

        # Whether a host may be served is decided for all paths alike, in `malmoi.web.security`.
        open_to_all = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        server.streamable_http_app(stateless_http=True, json_response=True, transport_security=open_to_all)
        return server

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this lasts, requests over HTTP are answered."""
        async with self.server.session_manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request over HTTP."""
        await self.server.session_manager.handle_request(scope, receive, send)

    def _caller(self, context: Context[Any, Any]) -> tuple[Caller, str, str]:
        """Who asks, from which address, and the address that links begin with."""
        request = context.request_context.request
        if request is None:
            return LOCAL_PERSON, "", self._base
        return caller_of(request), address_in(request.scope), base_of(request, self._site)

    async def _room(self, context: Context[Any, Any], name: str) -> tuple[Room, str]:
        caller, _, base = self._caller(context)
        require(caller, Permission.ASK)
        return await asyncio.to_thread(self._site.room, caller, name), base

    async def _ask(
        self, context: Context[Any, Any], question: str, collection: str, history: tuple[str, ...]
    ) -> Answered:
        room, base = await self._room(context, collection)
        wanted = checked(question, self._site.settings.retrieval.max_question_chars)
        language: Language = "ko" if detect_language(wanted) == "ko" else "en"
        place = self._site.admit(room, self._caller(context)[1])
        under_way = self._answers.start(room, Wish(wanted, history), language, base, place)
        answer = await under_way.wait()
        return Answered(
            text=answer.text,
            verdict=answer.verdict,
            sentences=list(answer.sentences),
            citations=list(answer.citations),
            notice=answer.notice,
            collection=answer.collection,
        )


def _told(tool: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Errors of ours become errors of the tool, whose message its caller reads."""

    @wraps(tool)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await tool(*args, **kwargs)
        except MalmoiError as error:
            raise ToolError(str(error)) from error

    return run
