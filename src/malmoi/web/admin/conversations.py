"""What people asked: their conversations and ratings, and what was not answered to their satisfaction."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from malmoi.collections import CollectionConfig
from malmoi.collections.config import checked_config
from malmoi.conversation import ConversationStore
from malmoi.errors import MalmoiError, UnknownConversation
from malmoi.evaluation.generate import DISLIKED, Candidate
from malmoi.evaluation.questions import Question
from malmoi.evaluation.review import Edit, Review
from malmoi.text import detect_language
from malmoi.types import Verdict
from malmoi.web.admin import asked
from malmoi.web.admin.groups_of_questions import group
from malmoi.web.admin.office import Office
from malmoi.web.site import Room

SET_NAME = "asked.jsonl"
"""Questions that were asked and then given an answer by a person; in the folder `evals` of the collection."""
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$")]


def add_to(router: APIRouter, office: Office) -> None:
    """Their routes."""
    _add_list(router, office)
    _add_deleting(router, office)
    _add_unanswered(router, office)


def called(office: Office, owner: str) -> str:
    """What the owner of a conversation is called here."""
    kind, _, id = owner.partition(":")
    if kind == "local" and id:
        account = office.entrance.accounts.by_id(id)
        return account.display or account.name if account else owner
    if kind == "key":
        return next((key.name for key in office.entrance.keys.all() if key.id == id), owner)
    return id if kind == "proxy" else owner


def _show(
    office: Office,
    request: Request,
    wanted: asked.Wanted | None = None,
    page: int = 0,
    error: MalmoiError | None = None,
) -> Response:
    room = office.room(request)
    wanted = wanted or asked.Wanted()
    found = asked.find(room.store, wanted, offset=page * asked.PAGE, limit=asked.PAGE + 1)
    own = room.collection.config.retention_days
    return office.page(
        request,
        "conversations",
        error=error,
        collection=room.collection,
        conversations=[(c, called(office, c.owner)) for c in found[: asked.PAGE]],
        more=len(found) > asked.PAGE,
        page=page,
        wanted=wanted,
        owners=[(owner, called(office, owner)) for owner in room.store.owners()],
        ratings=asked.RATINGS,
        verdicts=[v.value for v in Verdict],
        retention=own,
        general=office.site.settings.retention.conversation_days,
    )


def _add_list(router: APIRouter, office: Office) -> None:
    @router.get("/conversations")
    def conversations(
        request: Request,
        owner: Annotated[str, Query(max_length=200)] = "",
        rating: Literal["", "up", "down", "any"] = "",
        verdict: Literal["", "answered", "partial", "conflicting", "abstained"] = "",
        since: Day = "",
        until: Day = "",
        page: Annotated[int, Query(ge=0, le=100_000)] = 0,
    ) -> Response:
        return _show(office, request, asked.Wanted(owner, rating, verdict, since, until), page)

    @router.get("/conversations/{id}")
    def conversation(request: Request, id: str) -> Response:
        """One, with all that was said; that it was read is noted."""
        room = office.room(request)
        owner, turns = asked.read(room.store, id)
        if not owner:
            error = UnknownConversation("There is no such conversation", "It may have been deleted.")
            return _show(office, request, error=error)
        office.audit.note(office.caller(request), "conversation_read", collection=room.collection.name, target=id)
        return office.page(
            request, "conversations", template="conversation", collection=room.collection, id=id,
            owner=owner, name=called(office, owner), turns=turns,
        )  # fmt: skip

    @router.get("/ratings.jsonl")
    def ratings(request: Request) -> Response:
        """All rated answers as a question set."""
        room = office.room(request)
        lines = [
            json.dumps(line, ensure_ascii=False)
            for owner in room.store.owners()
            for line in room.store.question_set(owner=owner)
        ]
        office.audit.note(office.caller(request), "ratings_export", collection=room.collection.name)
        headers = {"Content-Disposition": 'attachment; filename="malmoi-ratings.jsonl"', "Cache-Control": "no-store"}
        return Response("".join(f"{line}\n" for line in lines), media_type="application/jsonl", headers=headers)


def _add_deleting(router: APIRouter, office: Office) -> None:
    @router.post("/conversations/delete")
    async def delete(
        request: Request,
        what: Annotated[Literal["one", "person", "all"], Form()],
        id: Annotated[str, Form(max_length=64)] = "",
        owner: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        """Delete one conversation, all of one person's, or all."""
        room = office.room(request)
        act, target = {
            "one": ("conversation_delete", id),
            "person": ("conversations_delete_person", owner),
            "all": ("conversations_delete_all", ""),
        }[what]

        def work() -> None:
            if what != "all" and not target:
                raise UnknownConversation("Nothing was named that could be deleted", "Choose again.")
            asked.delete(room.store, id=id if what == "one" else "", owner=owner if what == "person" else "")

        return await office.act(
            request, act, work, back=lambda error: _show(office, request, error=error), section="conversations",
            target=target, collection=room.collection.name,
        )  # fmt: skip

    @router.post("/conversations/retention")
    async def retention(request: Request, days: Annotated[str, Form(max_length=6)] = "") -> Response:
        """Keep the conversations of this collection for so many days; empty takes the general setting."""
        room = office.room(request)

        def work() -> None:
            changed = room.collection.config.model_dump(mode="json", exclude_defaults=True)
            changed["retention_days"] = int(days) if days.strip().isdecimal() else days.strip() or None
            config: CollectionConfig = checked_config(changed, "form")
            office.site.shelf.configure(room.collection.name, config)
            if config.retention_days:
                asked.sweep(room.store, config.retention_days)

        return await office.act(
            request, "retention_change", work, back=lambda error: _show(office, request, error=error),
            section="conversations", target=days, collection=room.collection.name,
        )  # fmt: skip


def _add_unanswered(router: APIRouter, office: Office) -> None:
    def show(request: Request, error: MalmoiError | None = None) -> Response:
        room = office.room(request)
        questions = asked.unanswered(room.store)
        return office.page(
            request, "unanswered", error=error, collection=room.collection, said=asked.said,
            groups=group(questions, room.malmoi.analyser.terms), count=len(questions), set_name=SET_NAME,
        )  # fmt: skip

    @router.get("/unanswered")
    def unanswered(request: Request) -> Response:
        return show(request)

    @router.post("/unanswered")
    async def add(
        request: Request,
        turn: Annotated[str, Form(max_length=64)],
        question: Annotated[str, Form(max_length=2000)],
        answers: Annotated[str, Form(max_length=20_000)] = "",
        answerable: Annotated[bool, Form()] = False,
    ) -> Response:
        """Put a question into the collection's set, with what would have been right."""
        room = office.room(request)
        return await office.act(
            request, "question_add", lambda: _accept(room, turn, question, answers, answerable),
            back=lambda error: show(request, error), section="unanswered", target=turn,
            collection=room.collection.name,
        )  # fmt: skip


def _accept(room: Room, turn: str, question: str, answers: str, answerable: bool) -> None:
    history = _history(room.store, turn)
    made = Question(
        id=turn, question=question, lang=detect_language(question) or "", type="asked", answerable=True, history=history
    )
    review = Review([Candidate(made, DISLIKED, complete=False)], room.collection.folder / "evals" / SET_NAME)
    if review.open:  # otherwise it was put there before
        review.accept(turn, Edit(question, tuple(answers.splitlines()), answerable))


def _history(store: ConversationStore, id: str) -> tuple[str, ...]:
    rows = store.rows("SELECT conversation, number FROM turn WHERE id = ?", id)
    if not rows:
        raise UnknownConversation("There is no such question", "Its conversation may have been deleted.")
    earlier = store.rows("SELECT question FROM turn WHERE conversation = ? AND number < ? ORDER BY number", *rows[0])
    return tuple(question for (question,) in earlier)
