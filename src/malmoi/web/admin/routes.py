"""All routes under `/admin`; every one stands behind the permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from malmoi.web.admin import content, conversations, evaluations, people, setup
from malmoi.web.admin.office import Office, admins_only
from malmoi.web.site import Site

if TYPE_CHECKING:
    from malmoi.web.sign_in import Entrance


def make_router(site: Site, entrance: Entrance) -> APIRouter:
    """The operator's pages."""
    router = APIRouter(prefix="/admin", include_in_schema=False, dependencies=[Depends(admins_only)])
    office = Office(site, entrance)

    @router.get("")
    def first(request: Request) -> Response:
        """The first section."""
        return RedirectResponse(f"{request.scope.get('prefix', '')}/admin/documents", 303)

    for part in (content, conversations, evaluations, people, setup):
        part.add_to(router, office)
    return router
