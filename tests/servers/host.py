"""A site of somebody else's, on loopback: pages that show the widget, and an address that mints tokens for it."""

from __future__ import annotations

import time
import uuid
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

SECRET = "a secret that site and server share, 32 bytes up"
AUDIENCE = "malmoi"
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>사내 포털</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<link rel="stylesheet" href="/site.css"><script src="/site.js"></script>{script}</head>
<body><main><h1>사내 포털</h1><p>오늘의 소식과 규정을 여기에서 봅니다.</p>
<p><button id="other" type="button">다른 단추</button> <a href="#end" id="last">맨 끝</a></p></main>
{body}</body></html>"""
STYLE = """body { margin: 0; font: 16px/1.6 sans-serif } main { padding: 24px 32px }
@media (prefers-color-scheme: dark) { html { color-scheme: dark } }
button { text-transform: uppercase } * { letter-spacing: normal }"""
SCRIPT = """window.heard = []; window.faults = [];
addEventListener("error", (e) => e instanceof ErrorEvent && faults.push(String(e.message)));
addEventListener("unhandledrejection", (e) => faults.push(String(e.reason)));
addEventListener("securitypolicyviolation", (e) => faults.push(`CSP ${e.violatedDirective} ${e.blockedURI}`));
document.addEventListener("DOMContentLoaded", () => {
  for (const chat of document.querySelectorAll("malmoi-chat"))
    for (const name of ["ready", "open", "close", "message", "citation", "error", "tokenexpired"])
      chat.addEventListener(name, (e) => heard.push([chat.id, name, e.detail]));
});"""


def claims(**changed: Any) -> dict[str, Any]:
    """What a good token says, with changes; None leaves a claim out."""
    now = int(time.time())
    good = {"aud": AUDIENCE, "sub": "dana", "name": "다나", "groups": ["staff"], "iat": now, "exp": now + 120}
    return {k: v for k, v in {**good, "jti": uuid.uuid4().hex, **changed}.items() if v is not None}


def mint(key: Any = None, header: dict[str, Any] | None = None, **changed: Any) -> str:
    """A token of the site's."""
    return jwt.encode(header or {"alg": "HS256"}, claims(**changed), key or OctKey.import_key(SECRET.encode()))


class Host:
    """The site. `tag` is what its page shows; `minted` counts; `refuses` makes it give no token."""

    def __init__(self) -> None:
        self.bot = ""
        self.tag = "<malmoi-chat token-url='/my/token' lang='ko'></malmoi-chat>"
        self.scripts = 1
        self.lang = "ko"
        self.minted = 0
        self.refuses = False
        self.claims: dict[str, Any] = {}
        self.app = Starlette(
            routes=[
                Route("/", self._page),
                Route("/site.css", lambda _: Response(STYLE, media_type="text/css")),
                Route("/site.js", lambda _: Response(SCRIPT, media_type="text/javascript")),
                Route("/favicon.ico", lambda _: Response(status_code=204)),
                Route("/my/token", self._token, methods=["POST"]),
            ]
        )

    def _page(self, _: Request) -> Response:
        script = "".join(
            f'<script type="module" src="{self.bot}/widget.js{"" if n == 0 else f"?again={n}"}"></script>'
            for n in range(self.scripts)
        )
        origin = "/".join(self.bot.split("/")[:3])
        policy = (
            "default-src 'none'; style-src 'self'; connect-src 'self'; "
            f"script-src 'self' {origin}; frame-src {origin}; base-uri 'none'"
        )
        page = PAGE.format(lang=self.lang, script=script, body=self.tag)
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    def _token(self, _: Request) -> Response:
        if self.refuses:
            return JSONResponse({"error": "sign in"}, 401)
        self.minted += 1
        return JSONResponse({"token": mint(**self.claims)})
