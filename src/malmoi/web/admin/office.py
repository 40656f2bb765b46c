"""What all pages of an operator share: who may see them, how they are drawn, and how a change is made and noted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from malmoi.collections import Collection
from malmoi.errors import MalmoiError
from malmoi.i18n import describe_error
from malmoi.people import Scope as Permission
from malmoi.types import Language
from malmoi.web.admin.audit import AuditLog
from malmoi.web.identity import Caller, caller_of, require
from malmoi.web.language import reader_theme
from malmoi.web.refusals import language_in, status_of
from malmoi.web.render import render
from malmoi.web.security import FORM_POLICY
from malmoi.web.site import Room, Site

if TYPE_CHECKING:
    from malmoi.web.sign_in import Entrance

SECTIONS = (
    "documents",
    "conversations",
    "unanswered",
    "usage",
    "evaluations",
    "collections",
    "widget",
    "people",
    "keys",
    "audit",
)
_OF_A_COLLECTION = frozenset(SECTIONS[:7]) - {"collections"}
_POLICY = FORM_POLICY + "; frame-src 'self'"


def admins_only(request: Request) -> None:
    """Stands before every route under `/admin`; raises Forbidden for all who may not administer."""
    require(caller_of(request), Permission.ADMIN)


class Office:
    """Draws the pages and carries out changes."""

    def __init__(self, site: Site, entrance: Entrance) -> None:
        self.site = site
        self.entrance = entrance
        self.audit = AuditLog(site.settings.index_dir)

    def language(self, request: Request) -> Language:
        """The reader's language."""
        return language_in(request.scope, self.site.settings.language)

    def caller(self, request: Request) -> Caller:
        """Who asks; an admin."""
        return caller_of(request)

    def room(self, request: Request) -> Room:
        """The collection that the address names, or the first."""
        return self.site.room(self.caller(request), request.query_params.get("collection", "")[:80])

    def page(
        self,
        request: Request,
        section: str,
        *,
        error: MalmoiError | None = None,
        template: str = "",
        collection: Collection | None = None,
        **values: Any,
    ) -> Response:
        """A section's page, with what went wrong at its top."""
        language = self.language(request)
        problem, remedy = describe_error(error, language) if error else ("", "")
        done = request.query_params.get("done", "")
        content = render(
            f"admin/{template or section}.html",
            language,
            theme=reader_theme(request.cookies),
            root=request.scope.get("prefix", ""),
            section=section,
            sections=SECTIONS,
            here=collection,
            by_collection=section in _OF_A_COLLECTION,
            collections=self.site.collections(self.caller(request)),
            person=self.caller(request).principal.name,
            problem=problem,
            remedy=remedy,
            done=done if done in ACTS else "",
            **values,
        )
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(content, status_of(error) if error else 200, headers)

    async def act(
        self,
        request: Request,
        act: str,
        work: Callable[[], Any],
        *,
        back: Callable[[MalmoiError], Response],
        section: str,
        target: str = "",
        collection: str = "",
    ) -> Response:
        """Carry out a change, note it, and go on to a section; where it is refused, the page says why.

        Args:
            act: one of `ACTS`.
            work: the change; runs in a thread.
            back: the page with an error.
        """
        try:
            await asyncio.to_thread(work)
            await asyncio.to_thread(self.audit.note, self.caller(request), act, collection=collection, target=target)
        except MalmoiError as error:
            return await asyncio.to_thread(back, error)
        query = urlencode({"done": act, **({"collection": collection} if collection else {})})
        return RedirectResponse(f"{request.scope.get('prefix', '')}/admin/{section}?{query}", 303)


ACTS = frozenset(
    {
        "document_add", "document_remove", "document_groups", "failures_forget", "conversation_read",
        "conversation_delete", "conversations_delete_person", "conversations_delete_all", "ratings_export",
        "question_add", "person_add", "person_change", "person_close", "person_open", "person_password", "key_make",
        "key_revoke", "collection_make", "collection_change", "collection_remove", "retention_change",
    }
)  # fmt: skip
"""What is noted; `admin.act.ACT` describes it."""


def listed(text: str, separator: str = ",") -> list[str]:
    """The parts of a field, without empty ones."""
    return [part.strip() for part in text.split(separator) if part.strip()]
