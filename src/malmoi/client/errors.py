"""What can go wrong between a client and a server."""

from __future__ import annotations

from typing import Any

import httpx


class ApiError(Exception):
    """The server refused a request, or could not carry it out.

    Attributes:
        status: of HTTP.
        code: stable; programs may compare it.
        problem, remedy: what happened and what to do, in the language of the client.
        request_id: by which the server's log knows the request.
        retry_after: seconds to wait, where the server says so.
    """

    def __init__(
        self,
        status: int,
        code: str,
        problem: str,
        remedy: str = "",
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.status, self.code, self.problem, self.remedy = status, code, problem, remedy
        self.request_id, self.retry_after = request_id, retry_after
        super().__init__(f"{problem}. {remedy}" if remedy else problem)

    @classmethod
    def of(cls, reply: httpx.Response) -> ApiError:
        """The error that a reply tells; its body has been read."""
        try:
            body: Any = reply.json()
        except ValueError:
            body = None
        told: dict[str, Any] = body if isinstance(body, dict) else {}
        wait = reply.headers.get("retry-after", "")
        return cls(
            reply.status_code,
            str(told.get("code", "")),
            str(told.get("detail") or f"The server replied {reply.status_code}"),
            str(told.get("remedy", "")),
            str(told.get("request_id") or reply.headers.get("x-request-id", "")),
            float(wait) if wait.isdigit() else None,
        )


class ConnectionLost(Exception):
    """A streamed answer broke off, and could not be taken up again in time."""
