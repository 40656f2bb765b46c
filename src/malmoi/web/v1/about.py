"""`me` and `collections`: who asks, and what is open to them."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field

from malmoi import __version__
from malmoi.people import Scope as Permission
from malmoi.types import Language, Role
from malmoi.web.identity import Caller, caller_of
from malmoi.web.site import Room, Site
from malmoi.web.v1.common import allowed, problems, reader_of, room_for
from malmoi.web.v1.shapes import NAME, Shape

SUGGESTIONS = 4


class Me(Shape):
    """Who asks."""

    id: str = Field(examples=["key:3f2a"])
    name: str = Field(examples=["intranet"])
    role: Role
    permissions: tuple[Permission, ...]
    groups: tuple[str, ...]
    via: str = Field(description="How the server knows: `local`, `session`, `proxy`, `key` or `widget`.")
    language: Language = Field(description="In which errors are told.")
    version: str = Field(description="Of Malmoi.")


class CollectionInfo(Shape):
    """A collection that is open to the caller."""

    name: str = Field(examples=["default"])
    title: str = Field(description="In the reader's language.", examples=["시청 공지"])


class CollectionDetails(CollectionInfo):
    """A collection with what is needed to begin a conversation."""

    greeting: str
    suggestions: tuple[str, ...] = Field(description="Questions that its documents answer.")
    answerer: str = Field(description="`extractive`, or `llm:` and the model.", examples=["extractive"])
    documents: int = Field(description="How many the caller may see.")


class CollectionList(Shape):
    """All that are open to the caller."""

    collections: tuple[CollectionInfo, ...]


def add_to(router: APIRouter, site: Site) -> None:
    """The operations on who asks and what is open."""

    @router.get("/me", tags=["about"], summary="Who asks", response_model=Me, responses=problems())
    async def me(request: Request) -> Me:
        """Who the server takes the caller for."""
        caller = caller_of(request)
        principal = caller.principal
        return Me(
            id=principal.id,
            name=principal.name,
            role=principal.role,
            permissions=tuple(sorted(caller.permissions)),
            groups=tuple(sorted(principal.groups)),
            via=caller.via,
            language=reader_of(request, site),
            version=__version__,
        )

    @router.get(
        "/collections", tags=["about"], summary="List collections", response_model=CollectionList,
        responses=problems(),
    )  # fmt: skip
    async def collections(request: Request) -> CollectionList:
        """The collections that are open to the caller, the one that is asked by default first."""
        caller, language = allowed(request, Permission.ASK), reader_of(request, site)
        return await asyncio.to_thread(_listed, site, caller, language)

    @router.get(
        "/collections/{name}", tags=["about"], summary="A collection", response_model=CollectionDetails,
        responses=problems(404),
    )  # fmt: skip
    async def collection(request: Request, name: Annotated[str, Path(pattern=NAME)]) -> CollectionDetails:
        """What is needed to begin a conversation in it."""
        room = await room_for(request, site, name)
        return await asyncio.to_thread(_details, room, reader_of(request, site))


def _listed(site: Site, caller: Caller, language: Language) -> CollectionList:
    found = (CollectionInfo(name=c.name, title=c.title(language)) for c in site.collections(caller))
    return CollectionList(collections=tuple(found))


def _details(room: Room, language: Language) -> CollectionDetails:
    config, malmoi = room.collection.config, room.malmoi
    return CollectionDetails(
        name=room.collection.name,
        title=room.collection.title(language),
        greeting=config.greeting.in_language(language),
        suggestions=tuple(config.suggestions.in_language(language) or malmoi.suggestions(language, SUGGESTIONS)),
        answerer=malmoi.answerer_label(),
        documents=len(malmoi.documents()),
    )
