"""Traces that begin before a request reaches us: W3C Trace Context."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send


class Traceparent:
    """Makes the spans of a request children of the span that its `traceparent` names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http" or not Headers(scope=scope).get("traceparent"):
            await self._app(scope, receive, send)
            return
        from opentelemetry import context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carried = {name: value for name, value in Headers(scope=scope).items() if name in ("traceparent", "tracestate")}
        token = context.attach(TraceContextTextMapPropagator().extract(carried))
        try:
            await self._app(scope, receive, send)
        finally:
            context.detach(token)
