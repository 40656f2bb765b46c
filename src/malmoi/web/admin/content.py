"""Documents of a collection, with what could not be added; usage; and the log of acts."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.responses import Response

from malmoi.catalog.failures import forget_failures, note_results, read_failures
from malmoi.documents import SUFFIXES
from malmoi.errors import MalmoiError, TooLarge
from malmoi.i18n import describe_result
from malmoi.types import FileResult, FileStatus
from malmoi.web.admin.office import Office, listed
from malmoi.web.admin.plots import ORDER, latency_plot, questions_plot
from malmoi.web.uploads import file_name

PAGE = 50
PERIODS = (7, 30, 90, 365)


def add_to(router: APIRouter, office: Office) -> None:
    """Their routes."""
    _add_documents(router, office)
    _add_numbers(router, office)


def _add_documents(router: APIRouter, office: Office) -> None:
    def show(request: Request, error: MalmoiError | None = None, results: list[FileResult] | None = None) -> Response:
        room, language = office.room(request), office.language(request)
        wanted = request.query_params.get("q", "")[:200]
        number = request.query_params.get("page", "0")
        page = int(number) if number.isdecimal() and len(number) < 7 else 0
        held = sorted(room.malmoi.documents(), key=lambda d: d.added, reverse=True)
        found = [d for d in held if wanted.casefold() in f"{d.title}\n{d.name}\n{d.publisher or ''}".casefold()]
        return office.page(
            request,
            "documents",
            error=error,
            collection=room.collection,
            documents=found[page * PAGE : (page + 1) * PAGE],
            found=len(found),
            total=len(held),
            chunks=sum(d.chunks for d in held),
            embedded=sum(d.embedded for d in held),
            wanted=wanted,
            page=page,
            pages=-(-len(found) // PAGE),
            suffixes=",".join(sorted(SUFFIXES)),
            failures=[(f, *describe_result(f.result, language)) for f in read_failures(room.collection.folder)],
            results=[(r, *describe_result(r, language)) for r in results or ()],
        )

    @router.get("/documents")
    def documents(request: Request) -> Response:
        return show(request)

    @router.post("/documents")
    async def add(
        request: Request,
        files: Annotated[list[UploadFile], File()],
        groups: Annotated[str, Form(max_length=2000)] = "",
    ) -> Response:
        """Add files; the page tells what became of each."""
        room, caller = office.room(request), office.caller(request)
        name, most = room.collection.name, office.site.settings.documents.max_bytes

        def work(data: bytes, called: str) -> list[FileResult]:
            office.site.limits.upload(caller, len(data))
            done = room.malmoi.add_bytes(called, data, groups=listed(groups) or None)
            office.audit.note(caller, "document_add", collection=name, target=called)
            return done

        results: list[FileResult] = []
        problem: MalmoiError | None = None
        for file in files:
            called = file_name(file.filename or "")
            try:
                if (file.size or 0) > most:
                    raise TooLarge(f"{called} is larger than {most:,} bytes", "Split the file.")
                results += await asyncio.to_thread(work, await file.read(), called)
            except MalmoiError as error:
                problem = error
                failed = FileResult(
                    called, FileStatus.FAILED, problem=error.problem, remedy=error.remedy, code=error.code
                )
                await asyncio.to_thread(note_results, room.collection.folder, [failed])
        return await asyncio.to_thread(show, request, problem, results)

    @router.post("/documents/remove")
    async def remove(request: Request, id: Annotated[str, Form(max_length=64)]) -> Response:
        room = office.room(request)
        return await office.act(
            request, "document_remove", lambda: room.malmoi.remove([id]), back=lambda error: show(request, error),
            section="documents", target=id, collection=room.collection.name,
        )  # fmt: skip

    @router.post("/documents/groups")
    async def groups(
        request: Request, id: Annotated[str, Form(max_length=64)], groups: Annotated[str, Form(max_length=2000)] = ""
    ) -> Response:
        room = office.room(request)
        return await office.act(
            request, "document_groups", lambda: room.malmoi.set_groups(id, listed(groups)),
            back=lambda error: show(request, error), section="documents", target=f"{id}: {groups}",
            collection=room.collection.name,
        )  # fmt: skip

    @router.post("/documents/failures")
    async def forget(request: Request) -> Response:
        room = office.room(request)
        return await office.act(
            request, "failures_forget", lambda: forget_failures(room.collection.folder),
            back=lambda error: show(request, error), section="documents", collection=room.collection.name,
        )  # fmt: skip


def _add_numbers(router: APIRouter, office: Office) -> None:
    @router.get("/usage")
    def usage(request: Request, days: Annotated[int, Query(ge=1, le=365)] = 30) -> Response:
        room = office.room(request)
        found = office.site.usage.days(room.collection.name, days)
        asked = [day for day in found if day.questions]
        totals = {verdict: sum(day.verdicts.get(verdict, 0) for day in found) for verdict in ORDER}
        return office.page(
            request,
            "usage",
            collection=room.collection,
            days=days,
            periods=PERIODS,
            rows=asked[::-1],
            totals=totals,
            all=sum(totals.values()),
            tokens=sum(day.tokens for day in found),
            questions=questions_plot(found),
            latency=latency_plot(found),
            running=office.site.turnstile.running,
            waiting=office.site.turnstile.waiting,
        )

    @router.get("/audit")
    def audit(request: Request) -> Response:
        return office.page(request, "audit", entries=office.audit.last())
