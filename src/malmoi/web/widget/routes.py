"""What the widget fetches: its loader, the page of its iframe with style and scripts, and sessions."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from malmoi.collections import DEFAULT
from malmoi.i18n import LANGUAGES, texts
from malmoi.types import Language
from malmoi.web.language import reader_language
from malmoi.web.limits import address_in
from malmoi.web.refusals import refuse
from malmoi.web.render import render
from malmoi.web.widget.desk import Desk, SessionEnded, caller_of_session
from malmoi.web.widget.tokens import MAX_TOKEN

if TYPE_CHECKING:
    from malmoi.web.site import Room, Site

FOLDER = Path(__file__).parents[1] / "static" / "widget"
CONVERSATION = ("conversation.js", "view.js", "client.js", "bridge.js", "dom.js", "conversation.css")
"""Files that the iframe's page fetches."""
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_CHAT_TEXTS = (
    "author cite close commenter date evidence evidence_open file kind new placeholder question reading searching "
    "section send source sources state.failed state.stopped stop suggestions undated unreachable welcome you_asked"
).split()
_GROUPS_OF_TEXTS = ("chat.kind.", "chat.verdict.", "chat.support.", "widget.")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors {sites}"
)
_MOST = 200


class SessionIn(BaseModel):
    """Asks for a session.

    Attributes:
        token: of the site's server; "" asks without a name.
        thread: of an earlier session, to go on with its conversation.
    """

    model_config = ConfigDict(extra="forbid")

    origin: str = Field(max_length=_MOST)
    collection: str = Field("", max_length=80)
    token: str = Field("", max_length=MAX_TOKEN)
    thread: str = Field("", max_length=_MOST)
    language: str = Field("", max_length=10)


class ConversationIn(BaseModel):
    """The conversation that a session is about; "" for a new one."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=64)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent, packed once."""

    content: bytes
    packed: bytes
    tag: str
    media_type: str

    @classmethod
    def of(cls, content: str, suffix: str) -> Asset:
        """A text with its packed form and its tag."""
        plain = content.encode()
        tag = hashlib.sha256(plain).hexdigest()[:16]
        return cls(plain, gzip.compress(plain, 9, mtime=0), tag, _TYPES[suffix])

    def reply(self, request: Request, headers: Mapping[str, str]) -> Response:
        """The file, packed where the browser takes that; nothing where it has it already."""
        fields = {**headers, "ETag": f'"{self.tag}"', "X-Content-Type-Options": "nosniff"}
        fields["Vary"] = ", ".join(filter(None, ("Accept-Encoding", headers.get("Vary", ""))))
        if request.headers.get("if-none-match") == fields["ETag"]:
            return Response(status_code=304, headers=fields)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.packed, headers={**fields, "Content-Encoding": "gzip"}, media_type=self.media_type)
        return Response(self.content, headers=fields, media_type=self.media_type)


def loader_asset() -> Asset:
    """The script that sites include, with its few texts put in."""
    spoken = {
        language: {key.removeprefix("widget.loader."): value for key, value in texts(language).items()
                   if key.startswith("widget.loader.")}
        for language in LANGUAGES
    }  # fmt: skip
    script = (FOLDER / "loader.js").read_text("utf-8")
    return Asset.of(script.replace("__TEXTS__", json.dumps(spoken, ensure_ascii=False, separators=(",", ":"))), ".js")


def conversation_assets() -> dict[str, Asset]:
    """What the iframe's page fetches, by name."""
    return {name: Asset.of((FOLDER / name).read_text("utf-8"), Path(name).suffix) for name in CONVERSATION}


def make_router(site: Site, desk: Desk) -> APIRouter:
    """All routes of the widget; none of them needs someone who has signed in."""
    router = APIRouter(include_in_schema=False)
    _add_files(router, site, desk)
    _add_sessions(router, site, desk)
    return router


def _add_files(router: APIRouter, site: Site, desk: Desk) -> None:
    loader, assets = loader_asset(), conversation_assets()
    version = hashlib.sha256("".join(a.tag for a in assets.values()).encode()).hexdigest()[:12]
    policy = _POLICY.format(sites=" ".join(sorted(desk.origins)) or "'none'")

    @router.get("/widget.js")
    def script(request: Request) -> Response:
        """The loader. A module of another site's page is fetched with its origin, which must be on the list."""
        origin = request.headers.get("origin", "")
        headers = {
            "Cache-Control": "public, max-age=300",
            "Vary": "Origin",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if origin in desk.origins:
            headers["Access-Control-Allow-Origin"] = origin
        return loader.reply(request, headers)

    @router.get("/widget/frame")
    def frame(
        request: Request,
        origin: Annotated[str, Query(max_length=_MOST)] = "",
        lang: Annotated[str, Query(max_length=10)] = "",
    ) -> Response:
        """The iframe's page, for one site that is on the list."""
        desk.check_origin(origin)
        language = _language(request, site, lang)
        page = render(
            "widget_frame.html",
            language,
            origin=origin,
            build=version,
            texts=_texts(language),
            scripts=CONVERSATION[:-1],
        )
        headers = {
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return HTMLResponse(page, headers=headers)

    @router.get("/widget/{build}/{name}")
    def asset(request: Request, build: str, name: str) -> Response:
        """A file of the conversation; its address changes with its content."""
        if name not in assets:
            return refuse(404, "web.path", "There is nothing here")
        age = "public, max-age=31536000, immutable" if build == version else "no-cache"
        return assets[name].reply(request, {"Cache-Control": age})


def _add_sessions(router: APIRouter, site: Site, desk: Desk) -> None:
    @router.post("/widget/session")
    def session(request: Request, wanted: SessionIn) -> Response:
        """Begin or renew a session; tells how the conversation begins."""
        language = _language(request, site, wanted.language)
        desk.check_origin(wanted.origin)
        site.limits.widget_session(address_in(request.scope))
        opened = desk.open(
            origin=wanted.origin, collection=wanted.collection or DEFAULT, token=wanted.token, thread=wanted.thread
        )
        held = opened.session
        room = site.room(caller_of_session(held), held.collection)
        told = {
            "session": opened.token,
            "thread": opened.thread,
            "expires_in": round(desk.settings.session_minutes * 60),
            "collection": held.collection,
            "conversation": held.conversation,
            **_look(room, language),
        }
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    @router.put("/widget/conversation")
    def conversation(request: Request, wanted: ConversationIn) -> Response:
        """Note which conversation the session is about, so that a page that is opened anew shows it."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise SessionEnded("This needs a session of the widget")
        opened = desk.find(token)
        if wanted.id:
            room = site.room(caller_of_session(opened), opened.collection)
            room.store.get(wanted.id, owner=room.owner)
        desk.remember(token, wanted.id)
        return Response(status_code=204)


def _look(room: Room, language: Language) -> dict[str, Any]:
    config = room.collection.config
    return {
        "title": config.title.in_language(language),
        "greeting": config.greeting.in_language(language),
        "suggestions": list(config.suggestions.in_language(language) or room.malmoi.suggestions(language))[:4],
        "logo": config.look.logo,
        "theme": config.look.theme,
    }


def _language(request: Request, site: Site, wanted: str) -> Language:
    for language in LANGUAGES:
        if wanted.lower().split("-")[0] == language:
            return language
    return reader_language({}, request.headers.get("accept-language", ""), site.settings.language)


def _texts(language: Language) -> str:
    """The texts of the conversation as JSON that cannot end a script element."""
    chosen = {
        key.removeprefix("chat."): value
        for key, value in texts(language).items()
        if key.startswith(_GROUPS_OF_TEXTS) or key.removeprefix("chat.") in _CHAT_TEXTS
    }
    return json.dumps(chosen, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
