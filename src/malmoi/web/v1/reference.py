"""The API's own description: an OpenAPI document, and a page that shows it without anything from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse

from malmoi import __version__
from malmoi.web.language import reader_theme
from malmoi.web.render import render
from malmoi.web.site import Site
from malmoi.web.v1.common import base_of, reader_of
from malmoi.web.v1.shapes import Problem

_ABOUT = """Questions to documents, answered with a citation for every sentence.

Send an API key as `Authorization: Bearer mm_…`. Errors are problem details (RFC 9457) with a stable `code`, in the \
language of `Accept-Language` (ko, en); `request_id` is in the server's log."""
_TAGS = {
    "ask": "Questions and answers",
    "conversations": "Conversations of the caller's",
    "documents": "What a collection holds",
    "passages": "What was cited, and search without an answer",
    "feedback": "What the caller thinks of answers",
    "evaluations": "Fixed sets of questions",
    "about": "Who asks, and what is open",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as the page shows it; schemas as JSON."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Mapping[str, Any], ...]
    body: str
    replies: tuple[tuple[str, str], ...]


def add_to(router: APIRouter, site: Site) -> None:
    """The description of the routes that the router has by now."""
    routes = list(router.routes)

    @cache
    def described() -> dict[str, Any]:
        found = get_openapi(
            title="Malmoi",
            version=__version__,
            description=_ABOUT,
            routes=routes,
            tags=[{"name": name, "description": told} for name, told in _TAGS.items()],
        )
        schemas = found["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"key": []}]
        return found

    @router.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> JSONResponse:
        """The OpenAPI document."""
        return JSONResponse({**described(), "servers": [{"url": base_of(request, site)}]})

    @router.get("/docs", include_in_schema=False)
    def page(request: Request) -> HTMLResponse:
        """The same for people."""
        groups = [(name, told, list(_operations(described(), name))) for name, told in _TAGS.items()]
        shown = render(
            "api.html", reader_of(request, site), theme=reader_theme(request.cookies), groups=groups, about=_ABOUT
        )
        return HTMLResponse(shown)


def _operations(described: Mapping[str, Any], tag: str) -> Iterator[Operation]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if tag not in operation["tags"]:
                continue
            content = operation.get("requestBody", {}).get("content", {})
            bodies = {kind: _resolved(part["schema"], described) for kind, part in content.items()}
            yield Operation(
                method.upper(),
                path,
                operation["summary"],
                operation.get("description", ""),
                tuple(operation.get("parameters", ())),
                json.dumps(bodies, ensure_ascii=False, indent=2) if bodies else "",
                tuple((status, _reply(reply, described)) for status, reply in operation["responses"].items()),
            )


def _reply(reply: Mapping[str, Any], described: Mapping[str, Any]) -> str:
    schema = reply.get("content", {}).get("application/json", {}).get("schema")
    if not schema:
        return str(reply["description"])
    return json.dumps(_resolved(schema, described), ensure_ascii=False, indent=2)


def _resolved(schema: Any, described: Mapping[str, Any]) -> Any:
    """A schema with what it refers to in its place; ours refer to nothing that holds them."""
    if isinstance(schema, list):
        return [_resolved(part, described) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], described)
    return {key: _resolved(value, described) for key, value in schema.items() if key != "title"}
