"""What stands before every request: who may send it, which of Gradio's paths are open, and the headers of replies."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Iterable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from malmoi import __version__
from malmoi.web.language import reader_language, reader_theme
from malmoi.web.refusals import Refusal, refuse

if TYPE_CHECKING:
    from malmoi.settings import Settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names of this machine; one that is not named anywhere could be another site's name for it."""

_GRADIO_OPEN = re.compile(
    r"/(config|theme\.css|assets/.*|static/.*|gradio_api/(queue/(join|data)|heartbeat/.*|cancel|reset|component_server"
    r"|startup-events))?"
)
_OURS = re.compile(
    r"/(admin|api|v1|ui|document|sign-in|widget)/.*|/(admin|mcp)|/sign-(in|out)"
    r"|/(robots\.txt|favicon\.ico|widget\.js|healthz|readyz|metrics)"
)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'self'; object-src 'none'; frame-ancestors 'self'"
)
PLAIN_POLICY = _POLICY.format(scripts="", styles="")
"""Of everything but Gradio's page: only files of ours."""
FORM_POLICY = PLAIN_POLICY.replace("form-action 'none'", "form-action 'self'")
"""Of a page with a form that is sent to us."""


def hosts_of(settings: Settings) -> frozenset[str]:
    """The host names under which the server answers."""
    named = {host.lower() for host in settings.server.hosts} | {_hostname(urlsplit(settings.server.public_url).netloc)}
    return LOOPBACK | named - {""}


class Gate:
    """Refuses foreign hosts, other sites' requests and closed paths; sets security headers on all that is let in."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str] = LOOPBACK) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields = MutableHeaders(scope=message)
                for name, value in _COMMON.items():
                    fields[name] = value
                fields.setdefault("Cross-Origin-Resource-Policy", "same-origin")
                policy = fields.setdefault("Content-Security-Policy", PLAIN_POLICY)
                if policy.endswith("frame-ancestors 'self'"):  # the older header has no word for a list of sites
                    fields["X-Frame-Options"] = "SAMEORIGIN"
                elif policy.endswith("frame-ancestors 'none'"):
                    fields["X-Frame-Options"] = "DENY"
            await send(message)

        if refusal:
            await refusal(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> Refusal | None:
        if _hostname(headers.get("host", "")) not in self._hosts:
            return refuse(
                421,
                "web.host",
                "This page is only served under its own address",
                "See server.public_url and server.hosts.",
            )
        if scope["method"] not in _SAFE_METHODS and not _same_origin(headers):
            return refuse(403, "web.origin", "Another site may not do this")
        path = scope["path"]
        if not (_GRADIO_OPEN.fullmatch(path) or _OURS.fullmatch(path)):
            return refuse(404, "web.path", "There is nothing here")
        return None


def _hostname(netloc: str) -> str:
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _same_origin(headers: Headers) -> bool:
    """Whether a browser sent this from our own page; programs that are no browser send neither header.

    A form of ours comes without an origin ("null"), since our pages tell no referrer; then the browser's own word for
    it, which no page can forge, decides.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in (None, "same-origin", "none"):
        return False
    if origin == "null":
        return site == "same-origin"
    return origin is None or urlsplit(origin).netloc == headers.get("host")


class Prefix:
    """Takes a reverse proxy's path prefix off, where the proxy has left it on; pages link to each other without it."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on under its path within this server; the prefix itself leads to its page."""
        if scope["type"] == "http" and self._prefix:
            path: str = scope["path"]
            if path == self._prefix:
                await RedirectResponse(f"{self._prefix}/", 308)(scope, receive, send)
                return
            inner = path.removeprefix(self._prefix) if path.startswith(f"{self._prefix}/") else path
            scope = {**scope, "path": inner, "raw_path": quote(inner).encode(), "root_path": "", "prefix": self._prefix}
        await self._app(scope, receive, send)


class Shell:
    """Dresses Gradio's page: our language, theme, styles and scripts from the first byte, and a strict script policy.

    Gradio has no setting for these: its `head` is put in by script after the page has been painted, and its inline
    scripts would need 'unsafe-inline'. So the page gets our tags, and its inline scripts are allowed by their hashes.
    'unsafe-eval' stays, because Gradio's HTML component compiles its template; it opens nothing to injected markup.
    """

    def __init__(self, app: ASGIApp, *, language: str = "auto") -> None:
        self._app = app
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on; of Gradio's page, hold the reply back until it is dressed."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: MutableMapping[str, Any] = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page, policy = dress(body.decode(), *self._reader(scope))
            headers = MutableHeaders(scope=start)
            headers["Content-Security-Policy"] = policy
            headers["Cache-Control"] = "no-store"
            content = page.encode()
            headers["Content-Length"] = str(len(content))
            await send(start)
            await send({"type": "http.response.body", "body": content})

        await self._app(scope, receive, collect)

    def _reader(self, scope: Scope) -> tuple[str, str]:
        headers = Headers(scope=scope)
        cookies = dict(part.strip().partition("=")[::2] for part in headers.get("cookie", "").split(";") if "=" in part)
        language = reader_language(cookies, headers.get("accept-language", ""), self._language)
        return language, reader_theme(cookies)


_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_FOREIGN = re.compile(r'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>|\s*<link rel="manifest"[^>]*>')
_HEAD = """
<link rel="icon" href="ui/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="ui/theme.css?v={version}">
<link rel="stylesheet" href="ui/chat.css?v={version}">
<script type="module" src="ui/chat.js?v={version}"></script>
</head>"""


def dress(page: str, language: str, theme: str) -> tuple[str, str]:
    """Gradio's page with our head, and the content security policy that fits it."""
    page = _FOREIGN.sub("", page)
    page = page.replace('lang="en"', f'lang="{language}" data-theme="{theme}"', 1)
    page = page.replace("width=device-width, initial-scale=1, shrink-to-fit=no", "width=device-width, initial-scale=1")
    page = page.replace("</head>", _HEAD.format(version=__version__), 1)
    hashes = "".join(f" 'sha256-{_digest(script)}'" for script in _INLINE_SCRIPT.findall(page))
    return page, _POLICY.format(scripts=f" 'unsafe-eval'{hashes}", styles=" 'unsafe-inline'")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
