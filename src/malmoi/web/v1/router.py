"""All resources of the API under one router."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from malmoi.web.refusals import refuse
from malmoi.web.site import Site
from malmoi.web.v1 import about, ask, conversations, documents, evaluations, passages, reference
from malmoi.web.v1.answers import Answers
from malmoi.web.v1.common import PREFIX
from malmoi.web.v1.exams import Exams


def make_router(site: Site) -> APIRouter:
    """The API of a server."""
    router = APIRouter(prefix=PREFIX)
    ask.add_to(router, site, Answers(site))
    conversations.add_to(router, site)
    documents.add_to(router, site)
    passages.add_to(router, site)
    evaluations.add_to(router, site, Exams())
    about.add_to(router, site)
    reference.add_to(router, site)
    known = list(router.routes)
    router.routes.append(Route(f"{PREFIX}/{{rest:path}}", Rest(known), include_in_schema=False))
    return router


class Rest:
    """Paths and methods that are not there, which would otherwise reach the page's."""

    def __init__(self, known: Sequence[BaseRoute]) -> None:
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say what is missing."""
        methods: set[str] = set()
        for route in self._known:
            if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
                methods |= route.methods or set()
        if methods:
            allowed = ", ".join(sorted(methods))
            refusal = refuse(405, "web.method", f"{scope['method']} cannot be done here", f"Use {allowed}.")
            refusal.headers["Allow"] = allowed
        else:
            refusal = refuse(404, "web.path", "There is nothing here", "See /api/v1/docs for what there is.")
        await refusal(scope, receive, send)
