"""The events of a streamed answer, and how they go over the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field

from malmoi.errors import MalmoiError
from malmoi.i18n import describe_error
from malmoi.types import Language
from malmoi.web.refusals import status_of
from malmoi.web.v1.shapes import Passage, Shape

NAMES = ("started", "queued", "passages", "lead", "draft", "sentence", "restart", "finished", "error")
"""Of all events; the last two end an answer."""


class Started(Shape):
    """`started`: the answer is being made."""

    answer: str = Field(description="Its id, for stopping and resuming.")
    collection: str
    conversation: str | None


class Queued(Shape):
    """`queued`: others are answered first."""

    position: int = Field(description="Place in the queue, counted from 1; sent again whenever it changes.")


class Found(Shape):
    """`passages`: the search is done."""

    searched: str = Field(description="The question as searched.")
    passages: tuple[Passage, ...]


class Line(Shape):
    """`lead` and `draft`: a line before the sentences; the sentence under way, in place of the last draft."""

    text: str


class Withdrawn(Shape):
    """`restart`: forget all sentences so far."""

    notice: str = Field(description="Why, for the reader.")


class Failure(Shape):
    """`error`: the answer could not be made; nothing follows."""

    code: str
    detail: str
    remedy: str
    status: int
    turn: str | None = Field(
        None, description="Id under which the conversation keeps what was said; ask again with it in `replaces`."
    )


def failure(error: MalmoiError, language: Language, turn: str | None) -> BaseModel:
    """An error of ours as the last event; `turn` is what the conversation keeps of the answer."""
    detail, remedy = describe_error(error, language)
    return Failure(code=error.code, detail=detail, remedy=remedy, status=status_of(error), turn=turn)


def on_the_wire(name: str, data: str, id: str) -> bytes:
    """One server-sent event; `data` is JSON on one line."""
    return f"id: {id}\nevent: {name}\ndata: {data}\n\n".encode()


HEARTBEAT = b": heartbeat\n\n"
