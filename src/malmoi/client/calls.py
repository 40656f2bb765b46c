"""The requests of the API, as values that either client sends."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from malmoi.client import shapes
from malmoi.client.errors import ConnectionLost
from malmoi.client.events import Event, Failed, Finished, Started
from malmoi.client.shapes import Filters

R = TypeVar("R", bound=BaseModel)
PREFIX = "/api/v1"
HEARTBEATS_S = 45.0
"""A stream that says nothing for three heartbeats is lost."""
_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Call(Generic[R]):
    """One request and the shape of its reply."""

    method: str
    path: str
    shape: type[R]
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None

    def options(self) -> dict[str, Any]:
        """Arguments of httpx's `request`, behind method and address."""
        given = {name: value for name, value in self.params.items() if value not in ("", None)}
        return {"params": given, "json": self.json, "content": self.content}

    def read(self, content: bytes) -> R:
        """The reply's body as its shape."""
        return self.shape.model_validate_json(content or b"{}")


def headers_of(key: str, language: str) -> dict[str, str]:
    """What goes with every request."""
    return {"Accept-Language": language, **({"Authorization": f"Bearer {key}"} if key else {})}


def ask(
    question: str,
    *,
    collection: str,
    conversation: str,
    keep: bool,
    history: Sequence[str],
    filters: Filters | None,
    language: Literal["ko", "en"] | None,
    resume_within_s: int = 0,
) -> Call[shapes.Answer]:
    """`POST /ask`."""
    body = {
        "question": question,
        "collection": collection,
        "conversation": conversation,
        "keep": keep,
        "history": list(history),
        "language": language,
        "resume_within_s": resume_within_s,
    }
    if filters:
        body["filters"] = filters.model_dump(mode="json", exclude_none=True)
    return Call("POST", "/ask", shapes.Answer, json=body)


def stop(answer: str) -> Call[shapes.Answer]:
    """`POST /answers/{id}/stop`."""
    return Call("POST", f"/answers/{_part(answer)}/stop", shapes.Answer)


def search(query: str, *, collection: str, filters: Filters | None, limit: int) -> Call[shapes.Found]:
    """`POST /search`."""
    body = {"query": query, "collection": collection, "limit": limit}
    if filters:
        body["filters"] = filters.model_dump(mode="json", exclude_none=True)
    return Call("POST", "/search", shapes.Found, json=body)


def passage(document: str, start: int, end: int, check: str, collection: str) -> Call[shapes.OpenedPassage]:
    """`GET /passages`."""
    params = {"document": document, "start": start, "end": end, "check": check, "collection": collection}
    return Call("GET", "/passages", shapes.OpenedPassage, params)


def documents(words: str, collection: str, offset: int, limit: int) -> Call[shapes.DocumentPage]:
    """`GET /documents`."""
    params = {"q": words, "collection": collection, "offset": offset, "limit": limit}
    return Call("GET", "/documents", shapes.DocumentPage, params)


def add(name: str, content: bytes, collection: str, groups: Sequence[str]) -> Call[shapes.FileResults]:
    """`POST /documents`."""
    params = {"name": name, "collection": collection, "groups": list(groups) or None}
    return Call("POST", "/documents", shapes.FileResults, params, content=content)


def remove(document: str, collection: str) -> Call[shapes.FileResults]:
    """`DELETE /documents/{id}`."""
    return Call("DELETE", f"/documents/{_part(document)}", shapes.FileResults, {"collection": collection})


def conversations(collection: str, offset: int, limit: int) -> Call[shapes.ConversationPage]:
    """`GET /conversations`."""
    params = {"collection": collection, "offset": offset, "limit": limit}
    return Call("GET", "/conversations", shapes.ConversationPage, params)


def conversation(id: str, collection: str) -> Call[shapes.WholeConversation]:
    """`GET /conversations/{id}`."""
    return Call("GET", f"/conversations/{_part(id)}", shapes.WholeConversation, {"collection": collection})


def rename(id: str, title: str, collection: str) -> Call[shapes.Conversation]:
    """`PATCH /conversations/{id}`."""
    path = f"/conversations/{_part(id)}"
    return Call("PATCH", path, shapes.Conversation, {"collection": collection}, {"title": title})


def delete(id: str, collection: str) -> Call[shapes.Nothing]:
    """`DELETE /conversations/{id}`."""
    return Call("DELETE", f"/conversations/{_part(id)}", shapes.Nothing, {"collection": collection})


def rate(turn: str, value: int, reason: str, comment: str, collection: str) -> Call[shapes.Nothing]:
    """`PUT /feedback`."""
    body = {"turn": turn, "value": value, "reason": reason, "comment": comment}
    return Call("PUT", "/feedback", shapes.Nothing, {"collection": collection}, body)


def me() -> Call[shapes.Me]:
    """`GET /me`."""
    return Call("GET", "/me", shapes.Me)


def collections() -> Call[shapes.CollectionList]:
    """`GET /collections`."""
    return Call("GET", "/collections", shapes.CollectionList)


@dataclass(slots=True)
class Following:
    """How far a streamed answer has been read, and whether it can still be taken up again.

    Args:
        within_s: seconds for which the server goes on without its reader.
    """

    within_s: float
    answer: str = ""
    ended: bool = False
    lost_since: float | None = None

    def saw(self, event: Event) -> None:
        """Remember what matters of an event."""
        self.lost_since = None
        if isinstance(event, Started):
            self.answer = event.answer
        self.ended = isinstance(event, Finished | Failed)

    @property
    def events_path(self) -> str:
        """Where its events go on."""
        return f"/answers/{_part(self.answer)}/events"

    def pause(self) -> float:
        """Seconds to wait before it is taken up again; raises ConnectionLost where it is too late."""
        now = time.monotonic()
        self.lost_since = now if self.lost_since is None else self.lost_since
        if not self.answer or now - self.lost_since >= self.within_s:
            raise ConnectionLost("The connection was lost before the answer was finished")
        return _PAUSE_S


def _part(id: str) -> str:
    """An id as a part of a path."""
    return quote(id, safe="")
