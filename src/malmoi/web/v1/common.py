"""What all resources of the API need of a request, and the errors that they share."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request

from malmoi.errors import MalmoiError
from malmoi.people import Scope as Permission
from malmoi.types import Language
from malmoi.web.identity import Caller, caller_of, require
from malmoi.web.refusals import PROBLEM, language_in
from malmoi.web.site import Room, Site
from malmoi.web.v1.shapes import NAME

PREFIX = "/api/v1"
T = TypeVar("T")
CollectionName = Annotated[
    str,
    Query(pattern=NAME, description="Name of the collection; by default the first that is open to the caller."),
]
_TOLD = {
    400: "The request cannot be carried out",
    401: "Sign in, or send an API key",
    403: "The caller may not do this",
    404: "There is no such thing, or not for the caller",
    409: "Something else is being written",
    413: "The file is too large",
    415: "This kind of file is not supported",
    421: "The server is not served under this name",
    422: "A part of the request is missing or wrong",
    429: "The caller is over a limit; `Retry-After` says when to come again",
    500: "The server made a mistake",
    502: "The language model refused",
    503: "A part that is needed cannot be reached",
}


class Gone(MalmoiError):
    """The reader left before the reply."""

    code = "web.left"
    status = 499


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Error replies of an operation for its description, those that all have among them."""
    return {
        status: {
            "description": _TOLD[status],
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({400, 401, 403, 421, 422, 429, 500, *statuses})
    }


def reader_of(request: Request, site: Site) -> Language:
    """The language in which errors are told."""
    return language_in(request.scope, site.settings.language)


def base_of(request: Request, site: Site) -> str:
    """The server's address as the caller reaches it, without a slash at its end."""
    prefix = request.scope.get("prefix", "")
    return site.settings.server.public_url or f"{request.url.scheme}://{request.url.netloc}{prefix}"


def allowed(request: Request, permission: Permission) -> Caller:
    """The caller; raises Forbidden where they may not do this."""
    caller = caller_of(request)
    require(caller, permission)
    return caller


async def room_for(request: Request, site: Site, name: str, permission: Permission = Permission.ASK) -> Room:
    """What the caller sees of a collection.

    Raises:
        Forbidden: they may not do this.
        UnknownCollection: it is not there, or not for them.
    """
    return await asyncio.to_thread(site.room, allowed(request, permission), name)


async def unless_left(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of work, which is cancelled when the client closes the connection.

    Raises:
        Gone: it did.
    """
    doing = asyncio.create_task(work)
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise Gone("The client left before the reply")
        return doing.result()
    finally:
        for task in (doing, leaving):
            task.cancel()
        await asyncio.gather(doing, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
