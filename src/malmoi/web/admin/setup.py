"""Collections with their words and look, and the widget that shows them on other sites."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from malmoi.collections import DEFAULT, CollectionConfig
from malmoi.collections.config import checked_config
from malmoi.errors import CollectionRefused, MalmoiError
from malmoi.web.admin.office import Office, listed

Line = Annotated[str, Form(max_length=200)]
Words = Annotated[str, Form(max_length=4000)]
Name = Annotated[str, Form(max_length=80)]
THEME = ("--accent", "--on-accent", "--paper", "--sheet", "--ink", "--line", "--quote", "--radius", "--font")
"""Variables that page and widget know."""


def add_to(router: APIRouter, office: Office) -> None:
    """Their routes."""
    _add_collections(router, office)
    _add_widget(router, office)


def _add_collections(router: APIRouter, office: Office) -> None:
    shelf = office.site.shelf

    def show(request: Request, error: MalmoiError | None = None) -> Response:
        found = office.site.collections(office.caller(request))
        counts = {c.name: len(shelf.open(c.name).documents()) for c in found}
        return office.page(request, "collections", error=error, found=found, counts=counts, default=DEFAULT)

    @router.get("/collections")
    def collections(request: Request) -> Response:
        return show(request)

    @router.post("/collections")
    async def create(request: Request, name: Name, groups: Words = "") -> Response:
        return await office.act(
            request, "collection_make",
            lambda: shelf.create(name, checked_config({"groups": listed(groups)}, "form")),
            back=lambda error: show(request, error), section="collections", target=name,
        )  # fmt: skip

    @router.post("/collections/remove")
    async def remove(request: Request, name: Name, again: Name) -> Response:
        """Delete a collection; its name has to be written a second time."""

        def work() -> None:
            if again != name:
                raise CollectionRefused("The name was written in another way", "Write it as it stands there.")
            shelf.remove(name)

        return await office.act(
            request, "collection_remove", work, back=lambda error: show(request, error), section="collections",
            target=name,
        )  # fmt: skip

    @router.post("/collections/settings")
    async def settings(
        request: Request,
        name: Name,
        title_ko: Line = "",
        title_en: Line = "",
        greeting_ko: Words = "",
        greeting_en: Words = "",
        suggestions_ko: Words = "",
        suggestions_en: Words = "",
        groups: Words = "",
        logo: Line = "",
        theme: Words = "",
    ) -> Response:
        """Give a collection other words and another look; what the form does not show stays."""

        def work() -> None:
            changed: dict[str, Any] = shelf.get(name).config.model_dump(mode="json", exclude_defaults=True)
            changed |= {
                "title": {"ko": title_ko.strip(), "en": title_en.strip()},
                "greeting": {"ko": greeting_ko.strip(), "en": greeting_en.strip()},
                "suggestions": {"ko": listed(suggestions_ko, "\n"), "en": listed(suggestions_en, "\n")},
                "groups": listed(groups),
                "look": {"logo": logo.strip(), "theme": variables(theme)},
            }
            config: CollectionConfig = checked_config(changed, "form")
            shelf.configure(name, config)

        return await office.act(
            request, "collection_change", work, back=lambda error: show(request, error), section="collections",
            target=name,
        )  # fmt: skip


def variables(text: str) -> dict[str, str]:
    """CSS variables, one a line as `--name: value`.

    Raises:
        CollectionRefused: a line is none.
    """
    found = {}
    for line in listed(text, "\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise CollectionRefused(f"{line[:80]} is no CSS variable", "Write it as --accent: #0a7")
        found[name.strip()] = value.strip().rstrip(";")
    return found


def _add_widget(router: APIRouter, office: Office) -> None:
    @router.get("/widget")
    def widget(request: Request) -> Response:
        room, settings = office.room(request), office.site.settings
        public = settings.server.public_url or f"{request.url.scheme}://{request.url.netloc}"
        origin = f"{request.url.scheme}://{request.url.netloc}"
        return office.page(
            request,
            "widget",
            collection=room.collection,
            widget=settings.widget,
            public=public,
            origin=origin,
            shown=origin in settings.widget.origins and settings.widget.anonymous,
            variables=THEME,
            look=room.collection.config.look.theme,
        )
