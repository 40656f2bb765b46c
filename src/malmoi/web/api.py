"""The JSON API that the page uses: passages, documents, conversations' exports, ratings and texts."""

from __future__ import annotations

import json
import queue
import re
import threading
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, Field

from malmoi.conversation import RATING_REASONS
from malmoi.documents import SUFFIXES
from malmoi.errors import MalmoiError, UnknownDocument
from malmoi.i18n import LANGUAGES, describe_error, describe_result, texts
from malmoi.people import Scope as Permission
from malmoi.types import DocumentInfo, FileResult, FileStatus, Language, Progress
from malmoi.web.identity import caller_of, require
from malmoi.web.language import reader_language, reader_theme
from malmoi.web.pages import document_page
from malmoi.web.passages import passage_json, span_in
from malmoi.web.refusals import refuse
from malmoi.web.render import render
from malmoi.web.uploads import body_within, file_name, matching

if TYPE_CHECKING:
    from malmoi.engine import Malmoi
    from malmoi.settings import Settings
    from malmoi.web.site import Room, Site

PAGE_SIZE = 100


class RatingIn(BaseModel):
    """A reader's thumb; 0 takes it back."""

    turn: str = Field(max_length=64)
    value: int = Field(ge=-1, le=1)
    reason: str = Field("", pattern=f"^({'|'.join(RATING_REASONS)})?$")
    comment: str = Field("", max_length=2000)


def make_router(site: Site) -> APIRouter:
    """All routes of the page's own."""
    router = APIRouter()
    _add_reading(router, site)
    _add_documents(router, site)
    _add_conversations(router, site)
    return router


def language_of(request: Request, settings: Settings) -> Language:
    """The reader's language."""
    return reader_language(request.cookies, request.headers.get("accept-language", ""), settings.language)


def room_of(request: Request, site: Site) -> Room:
    """What the caller sees of the collection that the address names, or of their first one."""
    return site.room(caller_of(request), request.query_params.get("collection", "")[:80])


def _add_reading(router: APIRouter, site: Site) -> None:
    settings = site.settings

    @router.get("/api/texts/{language}")
    def page_texts(language: str) -> Response:
        """The page's texts in one language."""
        for known in LANGUAGES:
            if known == language:
                return JSONResponse({k: v for k, v in texts(known).items() if k.startswith("chat.")})
        return refuse(404, "web.language", "The page is in Korean and English")

    @router.get("/api/passage")
    def passage(
        request: Request,
        document: Annotated[str, Query(max_length=64)],
        start: Annotated[int, Query()],
        end: Annotated[int, Query()],
        check: Annotated[str, Query(max_length=12)] = "",
    ) -> Response:
        """A span of a document in its surroundings, with what is known about where it stands.

        Args:
            document: its id.
            start: of the span.
            end: of the span.
            check: `digest` of the text that was cited; another text at the span's place is not shown as if it were.
        """
        held = room_of(request, site).malmoi.document(document)
        start, end = span_in(held, start, end, check)
        return JSONResponse(passage_json(held, start, end))

    @router.get("/document/{id}")
    def whole_document(request: Request, id: str, start: int | None = None, end: int | None = None) -> HTMLResponse:
        """A document as a page, with the span marked."""
        language, theme = language_of(request, settings), reader_theme(request.cookies)
        try:
            held = room_of(request, site).malmoi.document(id)
            cited = span_in(held, start, end) if start is not None and end is not None else None
            return HTMLResponse(document_page(held, cited, language, theme))
        except UnknownDocument as error:
            problem, remedy = describe_error(error, language)
            page = render("error.html", language, theme=theme, problem=problem, remedy=remedy)
            return HTMLResponse(page, 404)

    @router.get("/robots.txt")
    def robots() -> PlainTextResponse:
        """Nothing here is for search engines."""
        return PlainTextResponse("User-agent: *\nDisallow: /\n")


def _add_documents(router: APIRouter, site: Site) -> None:
    settings = site.settings

    @router.get("/api/documents")
    def documents(
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = PAGE_SIZE,
    ) -> Response:
        """Documents, the last added first, those whose title, name or source holds `q`; and all sources."""
        held = room_of(request, site).malmoi.documents()
        wanted = matching(held, q)
        sources = Counter(d.publisher for d in held if d.publisher)
        dates = sorted(d.date[:10] for d in held if d.date)
        return JSONResponse(
            {
                "documents": [info_json(d) for d in wanted[offset : offset + limit]],
                "found": len(wanted),
                "total": len(held),
                "chunks": sum(d.chunks for d in held),
                "embedded": sum(d.embedded for d in held),
                "sources": [{"name": n, "count": c} for n, c in sources.most_common()],
                "suffixes": sorted(SUFFIXES),
                "first_date": dates[0] if dates else None,
                "last_date": dates[-1] if dates else None,
            }
        )

    @router.post("/api/documents")
    async def add_document(request: Request, name: Annotated[str, Query(min_length=1, max_length=1000)]) -> Response:
        """Add one file, the body of the request; replies with a line of JSON for each step and one for each result."""
        caller = caller_of(request)
        require(caller, Permission.DOCUMENTS)
        language, limit = language_of(request, settings), settings.documents.max_bytes
        data = await body_within(request, limit, file_name(name))
        site.limits.upload(caller, len(data))
        lines = adding(room_of(request, site).malmoi, file_name(name), data, language)
        return StreamingResponse(lines, media_type="application/x-ndjson")

    @router.delete("/api/documents/{id}")
    def remove_document(request: Request, id: str) -> Response:
        """Remove one document everywhere."""
        caller, language = caller_of(request), language_of(request, settings)
        require(caller, Permission.DOCUMENTS)
        malmoi = room_of(request, site).malmoi
        info = next((d for d in malmoi.documents() if d.id == id), None)
        if info is None:
            raise UnknownDocument("There is no such document", "It may have been removed already.")
        return JSONResponse({"results": [result_json(r, language) for r in malmoi.remove([id])]})


def _add_conversations(router: APIRouter, site: Site) -> None:
    @router.get("/api/conversations/{id}.md")
    def export(request: Request, id: str) -> Response:
        """A conversation as a Markdown file."""
        language, room = language_of(request, site.settings), room_of(request, site)
        body = room.store.export_markdown(id, language, owner=room.owner, as_seen=room.as_seen(language))
        return _download(body, f"{room.store.get(id, owner=room.owner).title or 'malmoi'}.md", "text/markdown")

    @router.post("/api/ratings")
    def rate(request: Request, rating: RatingIn) -> Response:
        """Keep what a reader thought of an answer."""
        room = room_of(request, site)
        room.store.rate(rating.turn, rating.value, rating.reason, rating.comment, owner=room.owner)
        return JSONResponse({"value": rating.value})

    @router.get("/api/ratings.jsonl")
    def ratings(request: Request) -> Response:
        """All answers that the reader rated, as a question set."""
        room, language = room_of(request, site), language_of(request, site.settings)
        lines = room.store.question_set(owner=room.owner, as_seen=room.as_seen(language))
        body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        return _download(body, "malmoi-ratings.jsonl", "application/jsonl")


def info_json(info: DocumentInfo) -> dict[str, Any]:
    """A document as the list shows it."""
    return {
        "id": info.id,
        "name": info.name,
        "title": info.label,
        "date": info.date,
        "source": info.publisher,
        "author": info.author,
        "language": info.language,
        "chunks": info.chunks,
        "embedded": info.embedded,
        "characters": info.characters,
        "kinds": [k.value for k in info.kinds],
        "url": f"document/{info.id}",
    }


def result_json(result: FileResult, language: Language) -> dict[str, Any]:
    """What became of a file, in the reader's language."""
    problem, remedy = describe_result(result, language)
    return {
        "name": result.name,
        "status": result.status.value,
        "chunks": result.chunks,
        "problem": problem,
        "remedy": remedy,
        "other": result.other,
    }


def adding(malmoi: Malmoi, name: str, data: bytes, language: Language) -> Iterator[str]:
    """Add a file while telling its steps; runs to its end even when nobody listens any more."""
    steps: queue.SimpleQueue[Progress | list[FileResult]] = queue.SimpleQueue()

    def work() -> None:
        try:
            results = malmoi.add_bytes(name, data, progress=steps.put)
        except MalmoiError as error:
            results = [FileResult(name, FileStatus.FAILED, problem=error.problem, remedy=error.remedy, code=error.code)]
        steps.put(results)

    worker = threading.Thread(target=work, name="malmoi-add", daemon=True)
    worker.start()
    while True:
        try:
            step = steps.get(timeout=1)
        except queue.Empty:
            if worker.is_alive():
                continue
            failed = FileResult(name, FileStatus.FAILED, problem="The file could not be added because of a fault")
            step = [failed]
        if isinstance(step, Progress):
            yield _line({"step": step.step, "done": step.done, "total": step.total})
            continue
        yield from (_line({"result": result_json(result, language)}) for result in step)
        return


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _download(body: str, name: str, media_type: str) -> Response:
    safe = " ".join(re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", name).split())
    disposition = f"attachment; filename=\"malmoi\"; filename*=UTF-8''{quote(safe)}"
    return Response(body, media_type=f"{media_type}; charset=utf-8", headers={"Content-Disposition": disposition})
