"""What an operator sees of the server from outside: a line of log and a count for every request, health, readiness."""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from malmoi.errors import MalmoiError
from malmoi.people import Scope as Permission
from malmoi.types import Answer
from malmoi.web.identity import caller_of, require
from malmoi.web.security import is_loopback

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

REQUEST_ID = "X-Request-ID"
_GIVEN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NUMBER_OR_ID = re.compile(r"/(?:[0-9a-f]{8,}|\d+)(?=/|$)")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SECRETS = re.compile(
    r"mm_[A-Za-z0-9_-]{20,}|\bsk-[A-Za-z0-9_-]{8,}|\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
    r"|(?i:\b(?:bearer|basic) )[A-Za-z0-9._~+/=-]+"
    r"|(?i:\b(?:password|passwd|secret|token|api[_-]?key|authorization|cookie)[\"']?\s*[=:]\s*[\"']?)[^\s,;\"']+"
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----"
)
MASK = "[hidden]"


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """The text without what looks like a key, password or token, or is one of `secrets`."""
    for secret in secrets:
        if len(secret) > 3:
            text = text.replace(secret, MASK)
    return _SECRETS.sub(MASK, text)


def set_up_logging(level: str, form: str, secrets: tuple[str, ...] = ()) -> None:
    """Send the log of this process to standard error, a line an event, secrets masked.

    Args:
        level: "debug", "info", "warning" or "error".
        form: "text", or "json" for one JSON object a line.
        secrets: texts of the settings that never may stand in a log.
    """
    import structlog

    def masked(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {key: redact(value, secrets) if isinstance(value, str) else value for key, value in event.items()}

    shared: list[Callable[..., Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    plain = structlog.dev.plain_traceback
    last = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            masked,
            last,
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "openai", "gradio", "chromadb", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class Metrics:
    """The counts of one server, in a registry of its own."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry: CollectorRegistry = CollectorRegistry()
        given: dict[str, Any] = {"registry": self.registry}
        requests = ("method", "route", "status")
        self.requests = Counter("malmoi_requests", "Requests", requests, **given)
        self.seconds = Histogram(
            "malmoi_request_seconds", "Seconds of a request", ("method", "route"), buckets=_BUCKETS, **given
        )
        self.under_way = Gauge("malmoi_requests_under_way", "Requests under way", **given)
        self.answers = Counter("malmoi_answers", "Finished answers", ("collection", "answerer", "verdict"), **given)
        self.answer_seconds = Histogram(
            "malmoi_answer_seconds", "Seconds of a step of an answer", ("step",), buckets=_BUCKETS, **given
        )
        self.refused = Counter("malmoi_refused", "Requests over a limit", ("limit",), **given)

    def count_answer(self, answer: Answer, collection: str = "default") -> None:
        """Count a finished answer and the time of its steps."""
        self.answers.labels(collection, answer.answerer, answer.verdict.value).inc()
        for step, seconds in answer.timings.items():
            self.answer_seconds.labels(step).observe(seconds)

    def page(self) -> tuple[bytes, str]:
        """The counts in Prometheus' text form, and its media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self.registry), CONTENT_TYPE_LATEST


class Watch:
    """Gives each request an id, counts it, and writes one line about it: never its query, body or headers."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._log = logging.getLogger("malmoi.requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and watch it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        import structlog

        given = Headers(scope=scope).get(REQUEST_ID, "")
        id = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        status, began = 500, time.perf_counter()

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = id
            await send(message)

        scope.setdefault("state", {})["request_id"] = id
        with structlog.contextvars.bound_contextvars(request_id=id), self._metrics.under_way.track_inprogress():
            try:
                await self._app(scope, receive, numbered)
            finally:
                seconds = time.perf_counter() - began
                route = route_of(scope)
                self._metrics.requests.labels(scope["method"], route, status).inc()
                self._metrics.seconds.labels(scope["method"], route).observe(seconds)
                if route not in _QUIET:
                    caller = scope["state"].get("caller")
                    facts = {
                        "method": scope["method"],
                        "route": route,
                        "status": status,
                        "ms": round(seconds * 1000, 1),
                    }
                    facts["via"] = caller.via if caller else "nobody"
                    self._log.info("request", extra=facts)


def route_of(scope: Scope) -> str:
    """The route's pattern, so that ids in a path make no new counters; "other" where no route took the request."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    if isinstance(path, str) and path:
        return path
    plain = _NUMBER_OR_ID.sub("/{id}", scope["path"])
    return plain if plain in _QUIET or plain.startswith("/gradio_api/queue/") else "other"


def make_router(metrics: Metrics, ready: Callable[[], None]) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`.

    Args:
        ready: raises MalmoiError while questions cannot be answered.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    def health() -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    @router.get("/readyz")
    def readiness() -> Response:
        """Questions can be answered."""
        try:
            ready()
        except MalmoiError as error:
            return JSONResponse({"status": "not ready", "code": error.code}, 503)
        return JSONResponse({"status": "ready"})

    @router.get("/metrics")
    def prometheus(request: Request) -> Response:
        """The counts; for admins, their keys, and this machine itself."""
        if not is_loopback((request.client or ("", 0))[0]):
            require(caller_of(request), Permission.ADMIN)
        content, media_type = metrics.page()
        return Response(content, media_type=media_type)

    return router
