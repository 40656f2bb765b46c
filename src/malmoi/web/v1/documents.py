"""`documents`: what a collection holds, adding to it, taking from it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.types import Message

from malmoi.errors import DocumentError, UnknownDocument
from malmoi.i18n import describe_result
from malmoi.people import Scope as Permission
from malmoi.types import DocumentInfo, FileResult, FileStatus, Language, SectionKind
from malmoi.web.site import Room, Site
from malmoi.web.uploads import body_within, file_name, matching
from malmoi.web.v1.common import CollectionName, base_of, problems, reader_of, room_for
from malmoi.web.v1.shapes import Citing, Shape

PAGE = 100
_FORM_OVERHEAD = 65_536
"""Bytes that a form may have beside its file."""
DocumentId = Annotated[str, Path(max_length=64)]
Group = Annotated[str, Field(max_length=200)]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "groups": {"type": "array", "items": {"type": "string"}},
                    },
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class DocumentOut(Shape):
    """A document without its text."""

    id: str = Field(examples=["9f86d081884c7d65"])
    name: str = Field(examples=["도서관.txt"])
    title: str
    date: str | None
    source: str | None = Field(description="Publisher.")
    author: str | None
    language: str | None = Field(description="ISO 639-1.")
    characters: int
    passages: int = Field(description="Into how many it was cut.")
    embedded: int = Field(description="How many of them the search by meaning knows; by words, all are found.")
    kinds: tuple[SectionKind, ...]
    groups: tuple[str, ...] = Field(description="Whose members see it; empty where the collection alone decides.")
    added: str = Field(description="ISO 8601, UTC.")
    url: str = Field(description="Its page.")


class DocumentList(Shape):
    """A page of documents, the last added first."""

    documents: tuple[DocumentOut, ...]
    found: int = Field(description="How many match.")
    total: int = Field(description="How many the caller may see.")


class FileOut(Shape):
    """What became of a file, or of a line of a JSONL file."""

    name: str
    status: FileStatus
    passages: int
    problem: str = Field(description="Why it failed; otherwise empty.")
    remedy: str
    code: str = Field(description="Of the error; otherwise empty.")
    other: str = Field(description="A duplicate's twin; otherwise empty.")


class FileResults(Shape):
    """What became of files."""

    results: tuple[FileOut, ...]


class Groups(Shape):
    """Whose members see a document; empty leaves it to the collection."""

    groups: tuple[Group, ...] = Field(max_length=100, examples=[["항만과"]])


class WrongUpload(DocumentError):
    """The request holds no file."""

    code = "web.request"
    status = 422


def add_to(router: APIRouter, site: Site) -> None:
    """The operations on documents."""
    _add_reading(router, site)
    _add_changing(router, site)


def _add_reading(router: APIRouter, site: Site) -> None:
    @router.get(
        "/documents", tags=["documents"], summary="List documents", response_model=DocumentList,
        responses=problems(404),
    )  # fmt: skip
    async def documents(
        request: Request,
        collection: CollectionName = "",
        q: Annotated[str, Query(max_length=200, description="Words in title, name or publisher.")] = "",
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = PAGE,
    ) -> DocumentList:
        """Those that the caller may see."""
        room, citing = await _room(request, site, collection)
        held = await asyncio.to_thread(room.malmoi.documents)
        wanted = matching(held, q)
        shown = tuple(_out(info, citing) for info in wanted[offset : offset + limit])
        return DocumentList(documents=shown, found=len(wanted), total=len(held))

    @router.get(
        "/documents/{id}", tags=["documents"], summary="A document's status", response_model=DocumentOut,
        responses=problems(404),
    )  # fmt: skip
    async def document(request: Request, id: DocumentId, collection: CollectionName = "") -> DocumentOut:
        """What is known about it, and whether the search by meaning knows all of it."""
        room, citing = await _room(request, site, collection)
        return _out(await asyncio.to_thread(_named, room, id), citing)


def _add_changing(router: APIRouter, site: Site) -> None:
    @router.post(
        "/documents", tags=["documents"], summary="Add a document", response_model=FileResults,
        responses=problems(404, 409, 413, 415, 503), openapi_extra=_BODY,
    )  # fmt: skip
    async def add(
        request: Request,
        collection: CollectionName = "",
        name: Annotated[str, Query(max_length=1000, description="Of a file that is the whole body.")] = "",
        groups: Annotated[list[Group] | None, Query(max_length=100, description="Whose members see it.")] = None,
    ) -> FileResults:
        """As a form with a `file`, or as the body itself with `name` in the address.

        A file of the same name is replaced. A JSONL file holds a document a line, and has a result for each. A file
        that cannot be read is an error when it is alone, and a result with `status` failed otherwise.
        """
        room, _ = await _room(request, site, collection, Permission.DOCUMENTS)
        most = site.settings.documents.max_bytes
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            name, data, listed = await _from_form(request, most)
            groups = groups or listed
        else:
            name = file_name(name) if name.strip() else ""
            data = await body_within(request, most, name)
        if not name:
            raise WrongUpload("The request holds no file", "Send a form with `file`, or `name` and the file as body.")
        site.limits.upload(room.caller, len(data))
        results = await asyncio.to_thread(room.malmoi.add_bytes, name, data, groups=groups)
        return _results(results, reader_of(request, site))

    @router.put(
        "/documents/{id}/groups", tags=["documents"], summary="Whose members see a document",
        response_model=Groups, responses=problems(404),
    )  # fmt: skip
    async def set_groups(request: Request, id: DocumentId, wanted: Groups, collection: CollectionName = "") -> Groups:
        """Holds from the next question on."""
        room, _ = await _room(request, site, collection, Permission.DOCUMENTS)
        await asyncio.to_thread(_named, room, id)
        [changed, *_] = await asyncio.to_thread(room.malmoi.set_groups, id, wanted.groups)
        return Groups(groups=tuple(sorted(changed.groups)))

    @router.delete(
        "/documents/{id}", tags=["documents"], summary="Remove a document", response_model=FileResults,
        responses=problems(404, 409),
    )  # fmt: skip
    async def remove(request: Request, id: DocumentId, collection: CollectionName = "") -> FileResults:
        """From everywhere, at once; there is no way back."""
        room, _ = await _room(request, site, collection, Permission.DOCUMENTS)
        await asyncio.to_thread(_named, room, id)
        results = await asyncio.to_thread(room.malmoi.remove, [id])
        return _results(results, reader_of(request, site))


async def _room(
    request: Request, site: Site, name: str, permission: Permission = Permission.ASK
) -> tuple[Room, Citing]:
    room = await room_for(request, site, name, permission)
    return room, Citing(base_of(request, site), room.collection.name)


def _named(room: Room, id: str) -> DocumentInfo:
    """By its id alone; raises UnknownDocument."""
    found = next((info for info in room.malmoi.documents() if info.id == id), None)
    if found is None:
        raise UnknownDocument("There is no such document", "It may have been removed already.")
    return found


async def _from_form(request: Request, most: int) -> tuple[str, bytes, list[str] | None]:
    """Name, content and groups of a form's file; the name is empty where it has none."""
    body = await body_within(request, most + _FORM_OVERHEAD, "The form")

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, receive).form(max_files=1, max_fields=100) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            return "", b"", None
        groups = [value for value in form.getlist("groups") if isinstance(value, str)]
        return file_name(file.filename or ""), await file.read(), groups or None


def _results(results: Iterable[FileResult], language: Language) -> FileResults:
    """All results; raises FailedFile where there is one, and it failed."""
    results = tuple(results)
    if len(results) == 1 and results[0].status is FileStatus.FAILED:
        raise FailedFile(results[0])
    shown = []
    for result in results:
        problem, remedy = describe_result(result, language)
        shown.append(
            FileOut(
                name=result.name,
                status=result.status,
                passages=result.chunks,
                problem=problem,
                remedy=remedy,
                code=result.code,
                other=result.other,
            )
        )
    return FileResults(results=tuple(shown))


class FailedFile(DocumentError):
    """The one file that was sent could not be read."""

    def __init__(self, result: FileResult) -> None:
        super().__init__(result.problem, result.remedy)
        self.code = result.code or "document"
        self.status = {"document.too_large": 413, "document.format": 415}.get(self.code, 422)


def _out(info: DocumentInfo, citing: Citing) -> DocumentOut:
    return DocumentOut(
        id=info.id,
        name=info.name,
        title=info.label,
        date=info.date,
        source=info.publisher,
        author=info.author,
        language=info.language,
        characters=info.characters,
        passages=info.chunks,
        embedded=info.embedded,
        kinds=info.kinds,
        groups=tuple(sorted(info.groups)),
        added=info.added,
        url=citing.url(info.id),
    )
