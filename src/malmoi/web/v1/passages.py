"""`passages` and `search`: opening what was cited, and finding without an answer."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, StrictInt

from malmoi.conversation import passage_of
from malmoi.retrieval.retriever import checked
from malmoi.types import SectionKind
from malmoi.web.passages import passage_json, span_in
from malmoi.web.site import Site
from malmoi.web.v1 import shapes
from malmoi.web.v1.common import CollectionName, base_of, problems, room_for
from malmoi.web.v1.shapes import Citing, Filters, Passage, Shape

MOST_FOUND = 50


class OpenedPassage(Shape):
    """A span of a document in its surroundings."""

    document: str = Field(description="The document's id.")
    name: str
    title: str
    date: str | None
    source: str | None
    author: str | None
    when: str | None = Field(description="A comment's time, as its page prints it.")
    kind: SectionKind
    heading: tuple[str, ...] = Field(description="Headings above it, outermost first.")
    before: str
    quote: str
    after: str
    start: int
    end: int
    url: str


class Search(Shape):
    """What to find passages for."""

    query: str = Field(max_length=100_000, examples=["도서관 건립 비용"])
    collection: shapes.CollectionName = ""
    filters: Filters = Filters()
    limit: StrictInt = Field(10, ge=1, le=MOST_FOUND)


class SearchResults(Shape):
    """Passages, best first."""

    passages: tuple[Passage, ...]


def add_to(router: APIRouter, site: Site) -> None:
    """The operations on passages."""

    @router.get(
        "/passages", tags=["passages"], summary="Open a passage", response_model=OpenedPassage,
        responses=problems(404),
    )  # fmt: skip
    async def passage(
        request: Request,
        document: Annotated[str, Query(max_length=64, description="Its id, from a citation.")],
        start: Annotated[int, Query(ge=0, le=10**12)],
        end: Annotated[int, Query(ge=0, le=10**12)],
        check: Annotated[str, Query(max_length=12, description="From the citation.")] = "",
        collection: CollectionName = "",
    ) -> OpenedPassage:
        """A cited span with the text around it; not found when the document has changed since."""
        room = await room_for(request, site, collection)
        held = await asyncio.to_thread(room.malmoi.document, document)
        start, end = span_in(held, start, end, check)
        url = Citing(base_of(request, site), room.collection.name).url(held.id, start, end)
        return OpenedPassage.model_validate({**passage_json(held, start, end), "url": url})

    @router.post(
        "/search", tags=["passages"], summary="Find passages", response_model=SearchResults,
        responses=problems(404, 503),
    )  # fmt: skip
    async def search(request: Request, wanted: Search) -> SearchResults:
        """As for an answer, by words and by meaning."""
        room = await room_for(request, site, wanted.collection)
        query = checked(wanted.query, site.settings.retrieval.max_question_chars)
        hits = await asyncio.to_thread(room.malmoi.search, query, filters=wanted.filters.as_asked(), limit=wanted.limit)
        citing = Citing(base_of(request, site), room.collection.name)
        return SearchResults(passages=tuple(citing.passage(passage_of(hit), hit.score) for hit in hits))
