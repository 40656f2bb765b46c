"""`ask`: a question and its answer, at once or as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field, StrictBool, StrictInt, model_validator

from malmoi.conversation import Conversation
from malmoi.people import Scope as Permission
from malmoi.retrieval.retriever import checked
from malmoi.web.limits import address_in
from malmoi.web.site import Room, Site
from malmoi.web.v1 import events
from malmoi.web.v1.answers import Answers, UnderWay, Wish, event_id, last_event
from malmoi.web.v1.common import allowed, base_of, problems, reader_of, room_for, unless_left
from malmoi.web.v1.events import HEARTBEAT, on_the_wire
from malmoi.web.v1.shapes import Answer, CollectionName, Filters, Id, Shape, Text

MOST_HISTORY = 20
RESUME_MOST_S = 60
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; streamed, "
        "events `started queued passages lead draft sentence restart finished error`",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string"},
                        "event": {"type": "string", "enum": list(events.NAMES)},
                        "data": {"type": "string", "contentMediaType": "application/json"},
                    },
                },
                "example": 'id: 0b…-3\nevent: sentence\ndata: {"text": "비용은 55억 원이다.", "citations": […]}\n\n',
            }
        },
    }
}
LastEvent = Annotated[str, Header(alias="Last-Event-ID", max_length=64)]
AnswerId = Annotated[str, Path(max_length=64, description="From the event `started`, or the header `X-Answer-ID`.")]


class Question(Shape):
    """A question."""

    question: str = Field(max_length=100_000, examples=["새 도서관의 건립 비용은 얼마인가?"])
    collection: CollectionName = ""
    conversation: Id = Field("", description="Asks in this conversation, after its earlier questions.")
    keep: StrictBool = Field(False, description="Begin a conversation with this question.")
    replaces: Id = Field("", description="Id of the turn of the conversation in whose place the answer is kept.")
    history: tuple[Text, ...] = Field(
        (), max_length=MOST_HISTORY, description="Earlier questions, oldest first, where no conversation holds them."
    )
    filters: Filters = Filters()
    language: Literal["ko", "en"] | None = Field(None, description="Of Malmoi's own words; by default the question's.")
    stream: StrictBool = Field(False, description="Server-sent events, as with `Accept: text/event-stream`.")
    resume_within_s: StrictInt = Field(
        0,
        ge=0,
        le=RESUME_MOST_S,
        description="Seconds for which the answer goes on after a lost connection, so that it can be resumed with "
        "`Last-Event-ID`. Without, it ends with the connection.",
    )

    @model_validator(mode="after")
    def _one_past(self) -> Self:
        if (self.conversation or self.keep) and self.history:
            raise ValueError("a conversation has its own history")
        return self


def add_to(router: APIRouter, site: Site, answers: Answers) -> None:
    """The operations on questions and answers."""

    @router.post(
        "/ask",
        tags=["ask"],
        summary="Ask a question",
        response_model=Answer,
        responses={**_STREAM, **problems(400, 404, 409, 429, 502, 503)},
    )
    async def ask(
        request: Request,
        question: Question,
        accept: Annotated[str, Header(max_length=500)] = "",
        last_event_id: LastEvent = "",
    ) -> Response:
        """Answer from the documents, every sentence with its citations.

        With `Last-Event-ID` of an answer that is still kept, goes on with that answer after the event.
        """
        caller = allowed(request, Permission.ASK)
        resumed = last_event(last_event_id)
        if resumed:
            return _streamed(answers.get(resumed[0], caller.principal.id), resumed[1])
        room = await room_for(request, site, question.collection)
        place = site.admit(room, address_in(request.scope))
        try:
            wish = await asyncio.to_thread(_wish, site, room, question, reader_of(request, site))
        except BaseException:
            place.leave()
            raise
        under_way = answers.start(room, wish, reader_of(request, site), base_of(request, site), place)
        if question.stream or "text/event-stream" in accept:
            return _streamed(under_way, 0)
        answer = await unless_left(request, under_way.wait())
        return _plain(answer, under_way)

    @router.get(
        "/answers/{id}", tags=["ask"], summary="An answer, as far as it came", response_model=Answer,
        responses=problems(404),
    )  # fmt: skip
    async def answer(request: Request, id: AnswerId) -> Response:
        """Kept for a minute after its end; one in a conversation stays there."""
        found = answers.get(id, allowed(request, Permission.ASK).principal.id)
        return _plain(found.result(), found)

    @router.get(
        "/answers/{id}/events", tags=["ask"], summary="Follow an answer", response_class=StreamingResponse,
        responses={**_STREAM, **problems(404)},
    )  # fmt: skip
    async def follow(request: Request, id: AnswerId, last_event_id: LastEvent = "") -> Response:
        """Its events from the first, or behind `Last-Event-ID`."""
        found = answers.get(id, allowed(request, Permission.ASK).principal.id)
        resumed = last_event(last_event_id)
        return _streamed(found, resumed[1] if resumed and resumed[0] == id else 0)

    @router.post(
        "/answers/{id}/stop", tags=["ask"], summary="Stop an answer", response_model=Answer, responses=problems(404)
    )
    async def stop(request: Request, id: AnswerId) -> Response:
        """End it with what was said so far, which is the reply."""
        found = answers.get(id, allowed(request, Permission.ASK).principal.id)
        found.stop()
        async for _ in found.follow():
            pass
        return _plain(found.result(), found)


def _wish(site: Site, room: Room, asked: Question, language: Any) -> Wish:
    """What is to be answered; makes the conversation where one is begun."""
    question = checked(asked.question, site.settings.retrieval.max_question_chars)
    conversation: Conversation | None = None
    history = asked.history
    if asked.conversation:
        conversation = room.store.get(asked.conversation, owner=room.owner)
        turns = room.turns(conversation.id, language)
        before = next((n for n, turn in enumerate(turns) if turn.id == asked.replaces), len(turns))
        history = tuple(turn.question for turn in turns[:before])
    elif asked.keep:
        conversation = room.store.create(question, owner=room.owner)
    return Wish(
        question,
        history,
        asked.filters.as_asked(),
        asked.filters.kept(),
        asked.language,
        conversation,
        asked.replaces,
        asked.resume_within_s,
    )


def _plain(answer: Answer, of: UnderWay) -> Response:
    return JSONResponse(answer.model_dump(mode="json"), headers={"Cache-Control": "no-store", **_facts(of)})


def _facts(answer: UnderWay) -> dict[str, str]:
    """`X-Queue` is the place in the queue at the beginning, 0 for none."""
    return {"X-Answer-ID": answer.id, "X-Queue": str(answer.queued)}


def _streamed(answer: UnderWay, after: int) -> Response:
    async def body() -> AsyncGenerator[bytes, None]:
        async with aclosing(answer.follow(after)) as followed:
            async for sent in followed:
                yield HEARTBEAT if sent is None else on_the_wire(sent.name, sent.data, event_id(answer, sent))

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **_facts(answer)}
    return StreamingResponse(body(), media_type="text/event-stream", headers=headers)
