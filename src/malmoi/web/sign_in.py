"""Signing in and out: local accounts by a form, or a provider by OpenID Connect."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from malmoi.errors import MalmoiError, SignInRefused
from malmoi.i18n import describe_error
from malmoi.people import Accounts, ApiKeys, Sessions
from malmoi.people.database import PeopleDatabase
from malmoi.types import Principal
from malmoi.web.identity import (
    SESSION_COOKIE,
    Authenticator,
    KeyAuthenticator,
    ProxyAuthenticator,
    Refused,
    SessionAuthenticator,
    role_of,
)
from malmoi.web.language import reader_language, reader_theme
from malmoi.web.limits import Limits, TooMany, address_in
from malmoi.web.render import render
from malmoi.web.security import FORM_POLICY

if TYPE_CHECKING:
    from fastapi import FastAPI

    from malmoi.settings import Settings

_log = logging.getLogger(__name__)
_KEY_FILE = "secret.key"
_MOST = 512
"""Characters of a name, a password or an address that the form takes."""


def installation_secret(folder: Path) -> bytes:
    """32 random bytes that this installation signs with; made once, readable by its owner only."""
    path = folder / _KEY_FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    return path.read_bytes()


class Entrance:
    """How people and programs come in, as the settings say; owns the file of accounts, keys and sessions.

    Args:
        limits: counts attempts to sign in.
    """

    def __init__(self, settings: Settings, limits: Limits) -> None:
        given = settings.sign_in
        self._settings = settings
        self._limits = limits
        self._database = PeopleDatabase(settings.index_dir)
        self.accounts = Accounts(self._database, failures=given.lock_failures, lock_minutes=given.lock_minutes)
        self.keys = ApiKeys(self._database)
        self.sessions = Sessions(self._database, self.accounts, hours=given.session_hours)
        self.router = APIRouter()
        if given.method in ("local", "oidc"):
            self._add_routes()

    @property
    def authenticators(self) -> list[Authenticator]:
        """What `Identity` asks, in order."""
        found: list[Authenticator] = [KeyAuthenticator(self.keys)]
        if self._settings.sign_in.method in ("local", "oidc"):
            found.append(SessionAuthenticator(self.sessions))
        if self._settings.sign_in.method == "proxy":
            found.append(ProxyAuthenticator(self._settings.sign_in, self._settings.server.trusted_proxies))
        return found

    def add_session_middleware(self, app: FastAPI) -> None:
        """What remembers, between leaving for a provider and coming back, that it was the same browser."""
        if self._settings.sign_in.method != "oidc":
            return
        from starlette.middleware.sessions import SessionMiddleware

        app.add_middleware(
            SessionMiddleware,
            secret_key=installation_secret(self._settings.index_dir).hex(),
            session_cookie="malmoi_signing_in",
            max_age=600,
            same_site="lax",
            https_only=self._settings.server.public_url.startswith("https://"),
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _add_routes(self) -> None:
        door = _Door(self._settings, self.sessions)

        @self.router.post("/sign-out")
        def sign_out(request: Request) -> Response:
            """End the session."""
            token = request.cookies.get(SESSION_COOKIE)
            if token:
                self.sessions.close(token)
            reply = RedirectResponse(f"{door.root(request)}/sign-in", 303)
            reply.delete_cookie(SESSION_COOKIE, path=door.root(request) or "/")
            return reply

        if self._settings.sign_in.method == "oidc":
            _add_oidc(self.router, self._settings, door)
        else:
            _add_form(self.router, self.accounts, door, self._limits)


class _Door:
    """What both ways of signing in share: pages, the cookie, and where a person goes next."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions

    def root(self, request: Request) -> str:
        """The path prefix under which the server is reached, without a slash at its end."""
        return str(request.scope.get("prefix", ""))

    def page(self, request: Request, wanted: str, error: MalmoiError | None = None, status: int = 200) -> Response:
        """The sign-in page, with what went wrong."""
        language = reader_language(request.cookies, request.headers.get("accept-language", ""), self._settings.language)
        problem, remedy = describe_error(error, language) if error else ("", "")
        content = render(
            "sign_in.html",
            language,
            theme=reader_theme(request.cookies),
            problem=problem,
            remedy=remedy,
            wanted=local_path(wanted),
            method=self._settings.sign_in.method,
            root=self.root(request),
        )
        headers = {"Content-Security-Policy": FORM_POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(content, status, headers)

    def let_in(self, request: Request, token: str, wanted: str) -> Response:
        """On to the page that was wanted, with the session's cookie."""
        reply = RedirectResponse(self.root(request) + local_path(wanted), 303)
        reply.set_cookie(
            SESSION_COOKIE,
            token,
            max_age=int(self._settings.sign_in.session_hours * 3600),
            path=self.root(request) or "/",
            secure=self._settings.server.public_url.startswith("https://"),
            httponly=True,
            samesite="lax",
        )
        return reply

    def open(self, who: Any) -> str:
        """A new session's token."""
        return self._sessions.open(who)


def _add_form(router: APIRouter, accounts: Accounts, door: _Door, limits: Limits) -> None:
    @router.get("/sign-in")
    def form(request: Request, next: Annotated[str, Query(max_length=_MOST)] = "/") -> Response:
        """The form."""
        return door.page(request, next)

    @router.post("/sign-in")
    def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=_MOST)],
        password: Annotated[str, Form(max_length=_MOST)],
        next: Annotated[str, Form(max_length=_MOST)] = "/",
    ) -> Response:
        """Let in who knows the password."""
        try:
            limits.sign_in(name, address_in(request.scope))
            account = accounts.sign_in(name, password)
        except SignInRefused as error:
            return door.page(request, next, error, 401)
        except TooMany as error:
            reply = door.page(request, next, error, error.status)
            reply.headers["Retry-After"] = str(error.retry_after)
            return reply
        return door.let_in(request, door.open(account), next)


def _add_oidc(router: APIRouter, settings: Settings, door: _Door) -> None:
    provider = _Provider(settings)

    @router.get("/sign-in")
    def form(request: Request, next: Annotated[str, Query(max_length=_MOST)] = "/") -> Response:
        """A page with the way to the provider; going there by itself would loop after a refusal."""
        return door.page(request, next)

    @router.get("/sign-in/provider")
    async def start(request: Request, next: Annotated[str, Query(max_length=_MOST)] = "/") -> Response:
        """Off to the provider."""
        request.session["next"] = local_path(next)
        try:
            return await provider.redirect(request, provider.callback(request, door))
        except MalmoiError as error:
            return door.page(request, next, error, 502)

    @router.get("/sign-in/callback")
    async def back(request: Request) -> Response:
        """Back from the provider, with a code for a token."""
        wanted = str(request.session.get("next", "/"))
        try:
            principal = await provider.principal(request)
        except MalmoiError as error:
            return door.page(request, wanted, error, 401)
        finally:
            request.session.clear()
        token = await asyncio.to_thread(door.open, principal)
        return door.let_in(request, token, wanted)


class _Provider:
    """An OpenID Connect provider; found by its discovery document, with PKCE, state and nonce checked by Authlib."""

    def __init__(self, settings: Settings) -> None:
        from authlib.integrations.starlette_client import OAuth

        self._settings = settings
        given = settings.sign_in
        self._client: Any = OAuth().register(
            "provider",
            client_id=given.oidc_client_id,
            client_secret=given.oidc_client_secret.get_secret_value() or None,
            server_metadata_url=f"{given.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": given.oidc_scope,
                "code_challenge_method": "S256",
                "timeout": 10,
                **({} if given.oidc_client_secret.get_secret_value() else {"token_endpoint_auth_method": "none"}),
            },
        )

    def callback(self, request: Request, door: _Door) -> str:
        """The address that the provider sends people back to."""
        base = self._settings.server.public_url or f"{request.url.scheme}://{request.url.netloc}{door.root(request)}"
        return f"{base}/sign-in/callback"

    async def redirect(self, request: Request, callback: str) -> Response:
        """A redirect to the provider; raises Refused where it cannot be reached."""
        try:
            reply: Response = await self._client.authorize_redirect(request, callback)
        except Exception as error:  # of whichever HTTP library Authlib found
            _log.warning("the sign-in provider cannot be reached: %s", error)
            raise Refused("The sign-in provider cannot be reached", "Try again in a while.") from error
        return reply

    async def principal(self, request: Request) -> Principal:
        """Who came back; raises Refused where the token does not hold."""
        given = self._settings.sign_in
        try:
            token = await self._client.authorize_access_token(request)
        except Exception as error:  # Authlib's, joserfc's, or of whichever HTTP library Authlib found
            _log.warning("the sign-in provider refused, or its token does not hold: %s", type(error).__name__)
            raise Refused("The provider did not sign you in", "Try again, or ask whoever runs this server.") from error
        claims: Mapping[str, Any] = token.get("userinfo") or {}
        issuer, subject = str(claims.get("iss", given.oidc_issuer)), str(claims.get("sub", ""))
        if not subject:
            raise Refused("The provider does not say who signed in", "Its ID token needs a subject.")
        listed = claims.get(given.oidc_groups_claim) or ()
        groups = frozenset([listed] if isinstance(listed, str) else map(str, listed))
        name = next((str(claims[key]) for key in ("name", "preferred_username", "email") if claims.get(key)), subject)
        return Principal(f"oidc:{_short(issuer, subject)}", name, role_of(groups, given), groups)


def _short(issuer: str, subject: str) -> str:
    """An id of fixed length for a person at a provider; the same each time."""
    return hmac.new(issuer.encode(), json.dumps(subject).encode(), hashlib.sha256).hexdigest()[:24]


def local_path(wanted: str) -> str:
    """A path of this server; "/" for anything that a browser could read as another site's address."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted else "/"
