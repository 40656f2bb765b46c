"""The web server: our API and Gradio's page in one FastAPI application."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from malmoi.errors import MalmoiError, SettingsError
from malmoi.web.security import is_loopback

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from starlette.responses import Response

    from malmoi.settings import Settings
    from malmoi.web.site import Shelf

_log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
OPEN_PATHS = (
    "/sign-in", "/sign-out", "/ui/", "/favicon.ico", "/robots.txt", "/healthz", "/readyz", "/metrics",
    "/widget.js", "/widget/",
)  # fmt: skip
"""Beginnings of paths that are open to whoever has not signed in; `/metrics` and the widget ask by themselves."""


def create_app(shelf: Shelf, settings: Settings) -> FastAPI:
    """The application, ready to be served under the names that the settings allow; it closes the shelf at its end."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", GRADIO_SHARE="False")
    # Gradio would sum up its last 10,000 events with pandas after every one of them.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(2**31)
    import gradio
    from fastapi import FastAPI
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException
    from starlette.middleware.cors import CORSMiddleware
    from starlette.responses import FileResponse
    from starlette.routing import Route
    from starlette.staticfiles import StaticFiles

    from malmoi.web import admin, observe, openai, sign_in, v1, widget
    from malmoi.web.api import make_router
    from malmoi.web.identity import Forwarded, Identity, anonymous_of
    from malmoi.web.limits import BodyCap
    from malmoi.web.mcp import PATH, Tools
    from malmoi.web.refusals import Faults, Refusal, language_in, refusal_of
    from malmoi.web.security import Gate, Prefix, Shell, hosts_of
    from malmoi.web.site import Site
    from malmoi.web.traces import Traceparent
    from malmoi.web.ui import build_page

    metrics = observe.Metrics()
    site = Site(shelf, settings, metrics)
    entrance = sign_in.Entrance(settings, site.limits)
    desk = widget.Desk(settings)
    tools = Tools(site)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tools.running(), admin.sweeping(site):
            yield
        shelf.close()
        entrance.close()
        site.close()
        desk.close()

    app = FastAPI(title="Malmoi", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @app.exception_handler(MalmoiError)
    def ours(request: Request, error: MalmoiError) -> Response:
        return refusal_of(error, language_in(request.scope, settings.language))

    @app.exception_handler(HTTPException)
    def of_the_framework(_: Request, error: HTTPException) -> Response:
        code = {404: "web.path", 405: "web.method"}.get(error.status_code, "web.request")
        return Refusal(error.status_code, code, error.detail.rstrip("."), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        problem = f"The request's {field} is missing or wrong ({first['type']})"
        return Refusal(422, "web.request", problem, "See /api/v1/docs for what it takes.", extra={"field": field})

    app.include_router(make_router(site))
    app.include_router(v1.make_router(site))
    app.include_router(openai.make_router(site))
    app.router.routes.append(Route(PATH, tools))
    app.include_router(entrance.router)
    app.include_router(widget.make_router(site, desk))
    app.include_router(observe.make_router(metrics, site.check))
    app.include_router(admin.make_router(site, entrance))

    @app.get("/favicon.ico")
    def favicon() -> FileResponse:
        return FileResponse(STATIC / "favicon.svg", media_type="image/svg+xml")

    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")
    # An empty list allows no other site, and makes Gradio leave the question to us.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(Shell, language=settings.language)
    entrance.add_session_middleware(app)
    app.add_middleware(
        Identity,
        authenticators=[desk, *entrance.authenticators],
        anonymous=anonymous_of(settings),
        open_paths=OPEN_PATHS,
    )
    app.add_middleware(BodyCap, settings=settings)
    app.add_middleware(Gate, hosts=hosts_of(settings))
    if settings.telemetry.otlp_endpoint:
        app.add_middleware(Traceparent)
    app.add_middleware(Faults)
    app.add_middleware(observe.Watch, metrics=metrics)
    prefix = urlsplit(settings.server.public_url).path
    app.add_middleware(Prefix, prefix=prefix)
    app.add_middleware(Forwarded, trusted=settings.server.trusted_proxies)
    plain = gradio.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    gradio.mount_gradio_app(
        app,
        build_page(site),
        "/",
        root_path=prefix or None,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=plain,
    )
    return app


def serve(shelf: Shelf, settings: Settings, on_ready: Callable[[str], None] = lambda address: None) -> None:
    """Serve the page and the API where the settings say, until interrupted; port 0 takes a free one.

    Args:
        on_ready: called with the address once the server answers.

    Raises:
        SettingsError: the host is not this machine's loopback address, or the port is taken.
    """
    host, port = settings.server.host, settings.server.port
    if not is_loopback(host):
        if settings.sign_in.method == "off":
            raise SettingsError(
                f"server.host is {host}, but without sign-in the page is served to this machine only",
                "Set sign_in.method, or use 127.0.0.1 and reach it from elsewhere through an SSH tunnel.",
                text="settings.sign_in",
                host=host,
            )
        if not (settings.server.public_url or settings.server.hosts):
            raise SettingsError(
                f"server.host is {host}, and nothing says under which name readers reach it",
                "Set server.public_url, such as https://malmoi.example.",
                text="settings.public_url",
                host=host,
            )
    with listen(host, port) as listener:
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        run(shelf, settings, listener, lambda: on_ready(f"http://{shown}:{address[1]}/"))


def listen(host: str, port: int) -> socket.socket:
    """A bound socket.

    Raises:
        SettingsError: the port is taken, or the host's name is not known.
    """
    listener: socket.socket | None = None
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if listener:
            listener.close()
        raise SettingsError(
            f"The page cannot be served on {host}:{port}: {error.strerror or error}",
            "Choose another with --port.",
            text="settings.port",
            host=host,
            port=port,
            reason=error.strerror or error,
        ) from error
    return listener


def run(shelf: Shelf, settings: Settings, listener: socket.socket, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve on a bound socket until interrupted; `on_ready` is called once it answers."""
    import uvicorn

    from malmoi.settings import secrets_of
    from malmoi.web.observe import set_up_logging

    set_up_logging(settings.server.log_level, settings.server.log_format, secrets_of(settings))

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                threading.Thread(target=_warm_up, args=(shelf,), daemon=True).start()
                on_ready()

    config = uvicorn.Config(
        create_app(shelf, settings),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `Forwarded` reads them, and remembers whom they came from
        timeout_graceful_shutdown=settings.server.stop_within_s,
    )
    Server(config).run(sockets=[listener])


def _warm_up(shelf: Shelf) -> None:
    try:
        shelf.open().warm_up()
    except MalmoiError as error:
        _log.warning("The first question will have to wait: %s", error)
