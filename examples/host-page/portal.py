"""A small intranet page with Malmoi's chat: mints tokens, steers the chat with a button, and shows what it tells.

Run Malmoi and the page side by side, with the same secret of 32 bytes or more:

    export MALMOI_WIDGET_SECRET=…
    MALMOI_WIDGET__SECRET=$MALMOI_WIDGET_SECRET MALMOI_WIDGET__ORIGINS=http://localhost:8000 malmoi demo
    uvicorn portal:app --port 8000

and open http://localhost:8000.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from joserfc import jwt
from joserfc.jwk import OctKey

HERE = Path(__file__).parent
BOT = os.environ.get("MALMOI_BOT", "http://127.0.0.1:7860")
KEY = OctKey.import_key(os.environ["MALMOI_WIDGET_SECRET"].encode())
POLICY = f"default-src 'self'; script-src 'self' {BOT}; frame-src {BOT}; base-uri 'none'"

app = FastAPI()


@app.post("/my/token")
def token(sec_fetch_site: Annotated[str, Header()] = "same-origin") -> JSONResponse:
    """A token for whoever is signed in here; this example knows one person only."""
    if sec_fetch_site != "same-origin":
        raise HTTPException(401)
    now = int(time.time())
    claims = {
        "aud": "malmoi",
        "sub": "dana",
        "name": "Dana",
        "groups": ["staff"],
        "iat": now,
        "exp": now + 120,
        "jti": uuid.uuid4().hex,
    }
    return JSONResponse({"token": jwt.encode({"alg": "HS256"}, claims, KEY)}, headers={"Cache-Control": "no-store"})


@app.get("/")
def page() -> HTMLResponse:
    """The page, with a policy that allows the bot's script and frame and nothing else of it."""
    content = (HERE / "page.html").read_text("utf-8").replace("{{bot}}", BOT)
    return HTMLResponse(content, headers={"Content-Security-Policy": POLICY})


@app.get("/page.js")
def script() -> FileResponse:
    """The page's own script."""
    return FileResponse(HERE / "page.js", media_type="text/javascript")


@app.get("/page.css")
def style() -> FileResponse:
    """The page's own style."""
    return FileResponse(HERE / "page.css", media_type="text/css")
