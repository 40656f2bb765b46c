"""Accounts and API keys."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from malmoi.errors import MalmoiError, PeopleError
from malmoi.people import Scope
from malmoi.types import Role
from malmoi.web.admin.office import Office, listed

Name = Annotated[str, Form(max_length=200)]
Groups = Annotated[str, Form(max_length=2000)]
Secret = Annotated[str, Form(max_length=512)]


def add_to(router: APIRouter, office: Office) -> None:
    """Their routes."""
    _add_accounts(router, office)
    _add_keys(router, office)


def _add_accounts(router: APIRouter, office: Office) -> None:
    accounts = office.entrance.accounts

    def show(request: Request, error: MalmoiError | None = None) -> Response:
        me = office.caller(request).principal.id
        return office.page(
            request,
            "people",
            error=error,
            accounts=accounts.all(),
            roles=[role.value for role in Role],
            method=office.site.settings.sign_in.method,
            me=me,
        )

    def others(request: Request, name: str) -> None:
        """Refuses to take from admins what they administer with, so that nobody locks themselves out."""
        if accounts.get(name).principal.id == office.caller(request).principal.id:
            raise PeopleError("This is your own account", "Let another admin do it.", text="people.own")

    @router.get("/people")
    def people(request: Request) -> Response:
        return show(request)

    @router.post("/people")
    async def add(
        request: Request,
        name: Name,
        password: Secret,
        role: Annotated[Role, Form()] = Role.READER,
        groups: Groups = "",
        display: Name = "",
    ) -> Response:
        return await office.act(
            request, "person_add",
            lambda: accounts.add(name, password, role=role, groups=listed(groups), display=display),
            back=lambda error: show(request, error), section="people", target=f"{name} ({role})",
        )  # fmt: skip

    @router.post("/people/change")
    async def change(request: Request, name: Name, role: Annotated[Role, Form()], groups: Groups = "") -> Response:
        def work() -> None:
            if role is not Role.ADMIN:
                others(request, name)
            accounts.set_groups(name, listed(groups))
            accounts.set_role(name, role)

        return await office.act(
            request, "person_change", work, back=lambda error: show(request, error), section="people",
            target=f"{name} ({role}) {groups}",
        )  # fmt: skip

    @router.post("/people/state")
    async def state(request: Request, name: Name, state: Annotated[Literal["open", "closed"], Form()]) -> Response:
        def work() -> None:
            others(request, name)
            accounts.set_disabled(name, state == "closed")

        return await office.act(
            request, "person_close" if state == "closed" else "person_open", work,
            back=lambda error: show(request, error), section="people", target=name,
        )  # fmt: skip

    @router.post("/people/password")
    async def password(request: Request, name: Name, password: Secret) -> Response:
        return await office.act(
            request, "person_password", lambda: accounts.set_password(name, password),
            back=lambda error: show(request, error), section="people", target=name,
        )  # fmt: skip


def _add_keys(router: APIRouter, office: Office) -> None:
    keys = office.entrance.keys

    def show(request: Request, error: MalmoiError | None = None, secret: str = "") -> Response:
        return office.page(
            request,
            "keys",
            error=error,
            keys=keys.all(),
            secret=secret,
            roles=[role.value for role in Role],
            scopes=[scope.value for scope in Scope],
        )

    @router.get("/keys")
    def all_keys(request: Request) -> Response:
        return show(request)

    @router.post("/keys")
    def make(
        request: Request,
        name: Name,
        scopes: Annotated[list[Scope], Form()],
        role: Annotated[Role, Form()] = Role.READER,
        groups: Groups = "",
        collections: Groups = "",
        days: Annotated[str, Form(max_length=6)] = "",
    ) -> Response:
        """Make a key; its secret stands on the page that answers, and nowhere else."""
        try:
            key, secret = keys.make(
                name,
                role=role,
                groups=listed(groups),
                scopes=scopes,
                collections=listed(collections),
                days=int(days) if days.strip().isdecimal() else None,
            )
        except MalmoiError as error:
            return show(request, error)
        office.audit.note(office.caller(request), "key_make", target=f"{key.name} ({key.id})")
        return show(request, secret=secret)

    @router.post("/keys/revoke")
    async def revoke(request: Request, id: Annotated[str, Form(max_length=64)]) -> Response:
        return await office.act(
            request, "key_revoke", lambda: keys.revoke(id), back=lambda error: show(request, error), section="keys",
            target=id,
        )  # fmt: skip
