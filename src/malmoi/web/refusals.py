"""Errors as replies, each in the form that its reader expects.

Under `/api/v1` problem details (RFC 9457), under `/v1` OpenAI's errors, elsewhere `{"error": {…}}` for the page.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from malmoi.errors import (
    AnswerError,
    EmbeddingUnavailable,
    EndpointRefused,
    EndpointUnavailable,
    EvaluationError,
    GroupRefused,
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    MalmoiError,
    QuestionError,
    TooLarge,
    UnknownCollection,
    UnknownConversation,
    UnknownDocument,
    UnsupportedFormat,
)
from malmoi.i18n import describe_error, error_title
from malmoi.types import Language
from malmoi.web.language import reader_language

_log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
_STATUSES: tuple[tuple[type[MalmoiError], int], ...] = (
    (UnknownDocument, 404),
    (UnknownConversation, 404),
    (UnknownCollection, 404),
    (TooLarge, 413),
    (UnsupportedFormat, 415),
    (QuestionError, 422),
    (GroupRefused, 422),
    (EvaluationError, 422),
    (IndexBusy, 409),
    (IndexMismatch, 503),
    (IndexDamaged, 503),
    (EmbeddingUnavailable, 503),
    (EndpointUnavailable, 503),
    (EndpointRefused, 502),
    (AnswerError, 500),
)


def status_of(error: MalmoiError) -> int:
    """The HTTP status of an error of ours: its own where it has one, otherwise its kind's, otherwise 400."""
    own = getattr(error, "status", None)
    return own if isinstance(own, int) else next((status for kind, status in _STATUSES if isinstance(error, kind)), 400)


class Refusal(Response):
    """An error as a reply; its body is made when it is sent, because its form depends on where it is sent from.

    Args:
        language: in which the problem is told; None means English, and that a title in the reader's is needed.
        extra: further members of problem details.
    """

    def __init__(
        self,
        status: int,
        code: str,
        problem: str,
        remedy: str = "",
        *,
        language: Language | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status_code=status, headers=headers)
        self.code, self.problem, self.remedy = code, problem, remedy
        self._language, self._extra = language, dict(extra or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        path: str = scope["path"]
        headers = {name: value for name, value in self.headers.items() if not name.startswith("content-")}
        if path.startswith("/api/v1"):
            content, media_type = self.as_problem(scope), PROBLEM
        elif path.startswith("/v1/"):
            content, media_type = self._as_openai(), None
        else:
            told = {"code": self.code, "problem": self.problem, "remedy": self.remedy}
            content, media_type = {"error": told}, None
        await JSONResponse(content, self.status_code, headers, media_type)(scope, receive, send)

    def as_problem(self, scope: Scope) -> dict[str, Any]:
        """Problem details: `type title status detail code remedy request_id` and what else is known."""
        language = self._language or language_in(scope)
        title = error_title(self.code, language)
        told = self._language is not None or language == "en"
        return {
            "type": f"urn:malmoi:error:{self.code}",
            "title": title,
            "status": self.status_code,
            "detail": self.problem if told else f"{title} ({self.problem})",
            "code": self.code,
            "remedy": self.remedy,
            "request_id": scope.get("state", {}).get("request_id", ""),
            **self._extra,
        }

    def _as_openai(self) -> dict[str, Any]:
        kinds = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
        kind = kinds.get(self.status_code, "server_error" if self.status_code >= 500 else "invalid_request_error")
        message = f"{self.problem}. {self.remedy}" if self.remedy else self.problem
        return {"error": {"message": message, "type": kind, "param": self._extra.get("field"), "code": self.code}}


def refuse(status: int, code: str, problem: str, remedy: str = "") -> Refusal:
    """An error that is no exception of ours."""
    return Refusal(status, code, problem, remedy)


def refusal_of(error: MalmoiError, language: Language) -> Refusal:
    """An exception of ours, in the reader's language; with `Retry-After` where it knows when to come again."""
    made = Refusal(status_of(error), error.code, *describe_error(error, language), language=language)
    wait = getattr(error, "retry_after", None)
    if wait is not None:
        made.headers["Retry-After"] = str(wait)
    return made


def language_in(scope: Scope, setting: str = "auto") -> Language:
    """The reader's language, as a request says it."""
    headers = Headers(scope=scope)
    return reader_language(cookie_parser(headers.get("cookie", "")), headers.get("accept-language", ""), setting)


class Faults:
    """Turns a fault of the server's into a clean error with the request's id; its trace goes to the log only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on; a fault after the reply began breaks the connection off."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http" or begun:
                raise
            _log.exception("a request failed")
            id = scope.get("state", {}).get("request_id", "")
            reply = refuse(500, "web.fault", "The server made a mistake", f"Tell its operator this id: {id}")
            await reply(scope, receive, send)
