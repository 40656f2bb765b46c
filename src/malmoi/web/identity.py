"""Who sends a request: a session, an API key, a reverse proxy's word, or the one person on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import quote

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from malmoi.errors import MalmoiError
from malmoi.people import ApiKeys, Sessions
from malmoi.people import Scope as Permission
from malmoi.settings import Settings, SignIn
from malmoi.types import Principal, Role
from malmoi.web.refusals import refuse

SESSION_COOKIE = "malmoi_session"
EVERYTHING = frozenset(Permission)
_OF_ROLE = {
    Role.READER: frozenset({Permission.ASK}),
    Role.EDITOR: frozenset({Permission.ASK, Permission.DOCUMENTS, Permission.EVALUATE}),
    Role.ADMIN: EVERYTHING,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what is open to them.

    Attributes:
        permissions: what they may do; never more than the role of `principal` allows.
        collections: names of those that are open to them at most; None for all that their groups may see.
        via: "local", "session", "proxy", "key", or the name of another authenticator.
    """

    principal: Principal
    permissions: frozenset[Permission]
    collections: frozenset[str] | None
    via: str

    @classmethod
    def person(cls, principal: Principal, via: str) -> Caller:
        """A person, who may do what their role allows in every collection that their groups may see."""
        return cls(principal, _OF_ROLE[principal.role], None, via)


LOCAL_PERSON = Caller.person(Principal("local", "", Role.ADMIN), "local")
"""Whoever sits at this machine, while there is no sign-in."""


class Refused(MalmoiError):
    """The request says who it is from, and that is not so."""

    code = "web.credentials"
    status = 401


class Forbidden(MalmoiError):
    """Who asks is known, and may not do this."""

    code = "web.forbidden"
    status = 403


class Authenticator(Protocol):
    """One way of knowing who sends a request."""

    def identify(self, scope: Scope, headers: Headers) -> Caller | None:
        """Who it is; None where the request says nothing that this way of knowing reads.

        Raises:
            Refused: it says something that does not hold.
        """
        ...


class KeyAuthenticator:
    """API keys, as `Authorization: Bearer mm_…`."""

    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys

    def identify(self, scope: Scope, headers: Headers) -> Caller | None:
        """See `Authenticator`."""
        secret = bearer(headers)
        if secret is None:
            return None
        key = self._keys.check(secret)
        if key is None:
            raise Refused("This API key is not known, was revoked or has ended", "Ask whoever runs this server.")
        return Caller(key.principal, key.scopes & _OF_ROLE[key.role], key.collections or None, "key")


class SessionAuthenticator:
    """The cookie of someone who signed in here."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def identify(self, scope: Scope, headers: Headers) -> Caller | None:
        """See `Authenticator`; an ended session counts as none, so that the page asks to sign in."""
        token = cookie_parser(headers.get("cookie", "")).get(SESSION_COOKIE)
        principal = self._sessions.check(token) if token else None
        return Caller.person(principal, "session") if principal else None


class ProxyAuthenticator:
    """The headers of a reverse proxy that signs people in; believed from its own address only."""

    def __init__(self, settings: SignIn, trusted: Sequence[str]) -> None:
        self._settings = settings
        self._trusted = Networks(trusted)

    def identify(self, scope: Scope, headers: Headers) -> Caller | None:
        """See `Authenticator`."""
        users = headers.getlist(self._settings.proxy_user_header)
        if not users:
            return None
        if not self._trusted.hold(scope):
            raise Refused("This header is taken from the reverse proxy only", "Come through the proxy.")
        if len(users) != 1 or not users[0].strip():
            raise Refused("The reverse proxy does not say who asks", "Let it send one name.")
        name = users[0].strip()
        listed = ",".join(headers.getlist(self._settings.proxy_groups_header))
        groups = frozenset(part.strip() for part in listed.split(",") if part.strip())
        return Caller.person(Principal(f"proxy:{name}", name, role_of(groups, self._settings), groups), "proxy")


class Networks:
    """Addresses of trusted reverse proxies."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]

    def hold(self, scope: Scope) -> bool:
        """Whether the connection comes from one of them, whomever it speaks for."""
        peer = scope.get("state", {}).get("peer") or (scope.get("client") or ("", 0))[0]
        return self.contain(peer)

    def contain(self, address: str) -> bool:
        """Whether an address is one of theirs; what is no address is not."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any(candidate in network for network in self._networks for candidate in (found, mapped) if candidate)


class Forwarded:
    """Takes the caller's address and scheme from the headers of trusted proxies, and from nobody else's.

    Of several addresses in `X-Forwarded-For` the last counts that no trusted proxy has: those before it are the
    caller's own word. The connection's own address is kept in the request's state as `peer`.
    """

    def __init__(self, app: ASGIApp, *, trusted: Sequence[str]) -> None:
        from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

        self._app: Any = ProxyHeadersMiddleware(cast(Any, app), list(trusted)) if trusted else app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] == "http":
            scope.setdefault("state", {})["peer"] = str((scope.get("client") or ("", 0))[0])
        await self._app(scope, receive, send)


def role_of(groups: frozenset[str], settings: SignIn) -> Role:
    """The role that groups of a provider or proxy give."""
    if groups & frozenset(settings.admin_groups):
        return Role.ADMIN
    return Role.EDITOR if groups & frozenset(settings.editor_groups) else Role.READER


def bearer(headers: Headers) -> str | None:
    """The token of an `Authorization: Bearer` header, None without one."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


class Identity:
    """Puts the `Caller` of each request into its state; turns away who has to sign in first.

    Args:
        authenticators: asked in order; the first that knows who it is decides.
        anonymous: the caller where none does; None asks to sign in.
        open_paths: beginnings of paths that need nobody.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticators: Sequence[Authenticator],
        anonymous: Caller | None,
        open_paths: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._authenticators = authenticators
        self._anonymous = anonymous
        self._open_paths = tuple(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on with its caller, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal: Response | None = None
        caller: Caller | None = None
        try:
            found = (each.identify(scope, headers) for each in self._authenticators)
            caller = next((caller for caller in found if caller), self._anonymous)
        except Refused as error:
            refusal = refuse(401, error.code, error.problem, error.remedy)
        if caller is None and refusal is None and not scope["path"].startswith(self._open_paths):
            refusal = _ask_to_sign_in(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, receive, send)


def _ask_to_sign_in(scope: Scope, headers: Headers) -> Response:
    if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"{scope.get('prefix', '')}/sign-in?next={quote(wanted, safe='')}", 303)
    refusal = refuse(401, "web.sign_in", "Sign in first", "Open the page, or send an API key.")
    refusal.headers["WWW-Authenticate"] = "Bearer"
    return refusal


def caller_of(request: Request) -> Caller:
    """The caller of a request; raises Refused where nobody is known."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise Refused("Sign in first")
    return caller


def require(caller: Caller, permission: Permission) -> None:
    """Raises Forbidden where a caller may not do something."""
    if permission not in caller.permissions:
        raise Forbidden(
            f"This needs the permission {permission}",
            "Ask whoever runs this server.",
            text="web.forbidden.permission",
            permission=permission,
        )


def anonymous_of(settings: Settings) -> Caller | None:
    """Who asks when nothing says so: the person at this machine, or nobody once there is sign-in."""
    return LOCAL_PERSON if settings.sign_in.method == "off" else None
