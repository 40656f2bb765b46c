"""`conversations` and `feedback`: what was asked, and what was thought of the answers."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, StrictInt

from malmoi.conversation import Conversation, Turn
from malmoi.text import detect_language
from malmoi.types import Language
from malmoi.web.site import Room, Site
from malmoi.web.v1.common import CollectionName, base_of, problems, reader_of, room_for
from malmoi.web.v1.shapes import Answer, Citing, Id, Shape, answer_of

PAGE = 100
ConversationId = Annotated[str, Path(max_length=64)]
Reason = Literal["", "wrong", "incomplete", "evidence", "should_answer", "should_decline", "other"]


class ConversationOut(Shape):
    """A conversation of the caller's; times are ISO 8601, UTC."""

    id: str = Field(examples=["0b0f3a7d1c5e4f7f9a2b6c8d1e3f5a7b"])
    title: str = Field(description="Its first question, unless it was given another.")
    created: str
    updated: str


class ConversationList(Shape):
    """A page of conversations, the last used first."""

    conversations: tuple[ConversationOut, ...]
    total: int


class RatingOut(Shape):
    """What the caller thought of an answer."""

    value: Literal[-1, 1]
    reason: Reason
    comment: str


class TurnOut(Shape):
    """A question of a conversation and its answer."""

    id: str
    created: str
    rating: RatingOut | None
    answer: Answer


class WholeConversation(ConversationOut):
    """A conversation with its turns, oldest first."""

    turns: tuple[TurnOut, ...]


class NewConversation(Shape):
    """A conversation to begin."""

    title: str = Field("", max_length=1000, description="By default its first question.")


class NewTitle(Shape):
    """Another title."""

    title: str = Field(min_length=1, max_length=1000, examples=["도서관"])


class Feedback(Shape):
    """What the caller thinks of an answer."""

    turn: Id = Field(description="From the answer.")
    value: StrictInt = Field(ge=-1, le=1, description="1 good, -1 bad, 0 takes it back.", examples=[1])
    reason: Reason = Field("", description="Why it is bad.")
    comment: str = Field("", max_length=2000)


class RatedAnswers(Shape):
    """Rated answers as questions of a fixed set; see the documentation of evaluation."""

    questions: tuple[dict[str, Any], ...]


def add_to(router: APIRouter, site: Site) -> None:
    """The operations on conversations and ratings."""
    _add_conversations(router, site)
    _add_one(router, site)
    _add_feedback(router, site)


def _add_conversations(router: APIRouter, site: Site) -> None:
    @router.post(
        "/conversations", tags=["conversations"], summary="Begin a conversation", status_code=201,
        response_model=ConversationOut, responses=problems(404),
    )  # fmt: skip
    async def begin(request: Request, wanted: NewConversation, collection: CollectionName = "") -> ConversationOut:
        """Ask in it with `POST /ask` and its id; `keep` there begins one along with a question."""
        room = await room_for(request, site, collection)
        return _out(await asyncio.to_thread(room.store.create, wanted.title, owner=room.owner))

    @router.get(
        "/conversations", tags=["conversations"], summary="List conversations", response_model=ConversationList,
        responses=problems(404),
    )  # fmt: skip
    async def conversations(
        request: Request,
        collection: CollectionName = "",
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = PAGE,
    ) -> ConversationList:
        """The caller's own, in one collection."""
        room = await room_for(request, site, collection)
        found = await asyncio.to_thread(room.store.conversations, owner=room.owner)
        shown = tuple(map(_out, found[offset : offset + limit]))
        return ConversationList(conversations=shown, total=len(found))


def _add_one(router: APIRouter, site: Site) -> None:
    @router.get(
        "/conversations/{id}", tags=["conversations"], summary="A conversation", response_model=WholeConversation,
        responses=problems(404),
    )  # fmt: skip
    async def conversation(request: Request, id: ConversationId, collection: CollectionName = "") -> WholeConversation:
        """With its turns, as far as the caller may still see what they rest on."""
        room = await room_for(request, site, collection)
        return await asyncio.to_thread(_whole, room, id, reader_of(request, site), base_of(request, site))

    @router.patch(
        "/conversations/{id}", tags=["conversations"], summary="Rename a conversation",
        response_model=ConversationOut, responses=problems(404),
    )  # fmt: skip
    async def rename(
        request: Request, id: ConversationId, wanted: NewTitle, collection: CollectionName = ""
    ) -> ConversationOut:
        """Give it another title; one of white space alone changes nothing."""
        room = await room_for(request, site, collection)
        return _out(await asyncio.to_thread(room.store.rename, id, wanted.title, owner=room.owner))

    @router.delete(
        "/conversations/{id}", tags=["conversations"], summary="Delete a conversation", status_code=204,
        response_class=Response, responses=problems(404),
    )  # fmt: skip
    async def delete(request: Request, id: ConversationId, collection: CollectionName = "") -> Response:
        """With all its turns and ratings; there is no way back."""
        room = await room_for(request, site, collection)
        await asyncio.to_thread(room.store.delete, id, owner=room.owner)
        return Response(status_code=204)


def _add_feedback(router: APIRouter, site: Site) -> None:
    @router.put(
        "/feedback", tags=["feedback"], summary="Rate an answer", response_model=Feedback, responses=problems(404)
    )
    async def rate(request: Request, given: Feedback, collection: CollectionName = "") -> Feedback:
        """Keep what the caller thinks of an answer of theirs, in place of an earlier rating."""
        room = await room_for(request, site, collection)
        rated = (given.turn, given.value, given.reason, given.comment)
        await asyncio.to_thread(room.store.rate, *rated, owner=room.owner)
        return given

    @router.get(
        "/feedback", tags=["feedback"], summary="Rated answers", response_model=RatedAnswers, responses=problems(404)
    )
    async def ratings(request: Request, collection: CollectionName = "") -> RatedAnswers:
        """The caller's rated answers, as questions of a fixed set."""
        room, language = await room_for(request, site, collection), reader_of(request, site)

        def read() -> tuple[dict[str, Any], ...]:
            return tuple(room.store.question_set(owner=room.owner, as_seen=room.as_seen(language)))

        return RatedAnswers(questions=await asyncio.to_thread(read))


def _out(kept: Conversation) -> ConversationOut:
    return ConversationOut(id=kept.id, title=kept.title, created=kept.created, updated=kept.updated)


def _whole(room: Room, id: str, language: Language, base: str) -> WholeConversation:
    kept = room.store.get(id, owner=room.owner)
    citing = Citing(base, room.collection.name)

    def turn_out(turn: Turn) -> TurnOut:
        rating = turn.rating
        answer = answer_of(
            turn.reply,
            citing,
            id=turn.id,
            state=turn.reply.state.value,
            language="ko" if detect_language(turn.question) == "ko" else "en",
            question=turn.question,
            collection=room.collection.name,
            conversation=id,
            turn=turn.id,
        )
        given = RatingOut.model_validate(_rating(rating.value, rating.reason, rating.comment)) if rating else None
        return TurnOut(id=turn.id, created=turn.created, rating=given, answer=answer)

    turns = tuple(turn_out(turn) for turn in room.turns(id, language))
    return WholeConversation(id=kept.id, title=kept.title, created=kept.created, updated=kept.updated, turns=turns)


def _rating(value: int, reason: str, comment: str) -> dict[str, Any]:
    return {"value": value, "reason": reason, "comment": comment}
