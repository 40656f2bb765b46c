"""Answers under way: each runs on the server by itself, so that its reader may lose the connection and come back."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from pydantic import BaseModel

from malmoi.conversation import Conversation, Reply, ReplyState
from malmoi.errors import MalmoiError, UnknownConversation
from malmoi.types import (
    AnswerEvent,
    Draft,
    Filters,
    Finished,
    Language,
    Lead,
    Passages,
    Restart,
    SentenceDone,
)
from malmoi.web.site import Room, Site
from malmoi.web.stream import Progressing, Run
from malmoi.web.turnstile import Pass
from malmoi.web.v1 import events
from malmoi.web.v1.shapes import Answer, Citing, State, answer_of

HEARTBEAT_S = 15.0
KEPT_S = 60.0
_EVENT_ID = re.compile(r"([0-9a-f]{32})-(\d{1,9})")


class UnknownAnswer(UnknownConversation):
    """No answer of the caller's is kept under this id."""

    code = "web.gone"


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as it goes out: its number among those of its answer from 1, its name, and JSON."""

    number: int
    name: str
    data: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asked for.

    Attributes:
        conversation: that it belongs to; None keeps it nowhere.
        replaces: id of a turn that is asked again.
        resume_s: seconds that the answer goes on without anybody reading it.
    """

    question: str
    history: tuple[str, ...] = ()
    filters: Filters = Filters()
    kept_filters: dict[str, object] | None = None
    language: Language | None = None
    conversation: Conversation | None = None
    replaces: str = ""
    resume_s: float = 0.0


class UnderWay:
    """One answer, from its question until a minute after its end.

    Args:
        reader: in whose language errors are told.
        base: see `Citing`.
        place: at the turnstile; given back when the answer is done or stopped.
    """

    def __init__(self, site: Site, room: Room, wish: Wish, reader: Language, base: str, place: Pass) -> None:
        self.id = uuid.uuid4().hex
        self.owner = room.owner
        self.wish = wish
        self.error: MalmoiError | None = None
        self.ended_at: float | None = None
        self.queued = place.position
        self._room, self._reader, self._place = room, reader, place
        self._language = wish.language or reader
        self._name = room.collection.name
        self._citing = Citing(base, self._name)
        self._scores: tuple[float, ...] = ()
        self._turn: str | None = None
        self._log: list[Sent] = []
        self._count = 0
        self._changed = asyncio.Event()
        self._readers = 0
        self._leaving: asyncio.TimerHandle | None = None
        label = room.malmoi.answerer_label()
        self._progress = Progressing(Reply(answerer=label))

        def begin() -> Iterator[AnswerEvent]:
            found = room.malmoi.stream(
                wish.question, history=wish.history, filters=wish.filters, language=wish.language
            )
            return site.counted(found, self._name, room.caller)

        self._run = Run(begin, label)
        self._task = asyncio.create_task(self._work())

    @property
    def is_done(self) -> bool:
        """Whether nothing more will come."""
        return self.ended_at is not None

    def stop(self) -> None:
        """End it with what was said so far; its place is free at once."""
        self._place.leave()
        self._run.stop()

    def result(self) -> Answer:
        """It as far as it came."""
        return answer_of(
            self._progress.reply,
            Citing(self._citing.base, self._name),
            id=self.id,
            state=self._state(),
            language=self._language,
            question=self.wish.question,
            collection=self._name,
            conversation=self.wish.conversation.id if self.wish.conversation else None,
            turn=self._turn,
            scores=self._scores,
        )

    async def follow(self, after: int = 0) -> AsyncGenerator[Sent | None, None]:
        """Its events behind the one with the number `after`; None as a sign of life while there are none.

        Leaving before the end stops the answer, after `Wish.resume_s` and unless someone follows it again by then.
        """
        self._readers += 1
        if self._leaving:
            self._leaving.cancel()
        try:
            while True:
                changed = self._changed
                for sent in [sent for sent in self._log if sent.number > after]:
                    after = sent.number
                    yield sent
                if changed is not self._changed:
                    continue
                if self.is_done:
                    return
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield None
        finally:
            self._readers -= 1
            if not self._readers and not self.is_done:
                self._leaving = asyncio.get_running_loop().call_later(self.wish.resume_s, self.stop)

    async def wait(self) -> Answer:
        """The answer once it is done; leaving before stops it as `follow` does.

        Raises:
            MalmoiError: it could not be made.
        """
        async for _ in self.follow():
            pass
        if self.error:
            raise self.error
        return self.result()

    async def _work(self) -> None:
        conversation = self.wish.conversation.id if self.wish.conversation else None
        self._say("started", events.Started(answer=self.id, collection=self._name, conversation=conversation))
        try:
            with self._place:
                async for position in self._place.positions():
                    self._say("queued", events.Queued(position=position))
                if self._place.left:
                    self._take(None)
                else:
                    async for batch in self._run.batches():
                        for event in batch:
                            self._take(event)
                    await self._keep()
            last: tuple[str, BaseModel] = ("finished", self.result())
        except MalmoiError as error:
            self.error = error
            failed = replace(self._progress.stopped().reply, state=ReplyState.FAILED)
            self._progress = replace(self._progress, draft="", done=True, reply=failed)
            if failed.sentences:
                with suppress(MalmoiError):
                    await self._keep()
            last = ("error", events.failure(error, self._reader, self._turn))
        self.ended_at = time.monotonic()
        self._say(*last)

    def _take(self, event: AnswerEvent | None) -> None:
        if event is None:
            self._progress = self._progress.stopped()
            return
        self._progress = self._progress.after(event)
        if isinstance(event, Passages):
            self._scores = tuple(hit.score for hit in event.hits)
            found = tuple(map(self._citing.passage, self._progress.reply.passages, self._scores))
            self._say("passages", events.Found(searched=event.searched, passages=found))
        elif isinstance(event, Lead):
            self._say("lead", events.Line(text=event.text))
        elif isinstance(event, Draft):
            self._say("draft", events.Line(text=event.text))
        elif isinstance(event, SentenceDone):
            self._say("sentence", self._citing.sentence(event.sentence))
        elif isinstance(event, Restart):
            self._citing.restart()
            self._say("restart", events.Withdrawn(notice=event.notice))
        elif isinstance(event, Finished):
            self._language = event.answer.language
            self._scores = tuple(hit.score for hit in event.answer.passages)

    def _say(self, name: str, data: BaseModel) -> None:
        """Put an event behind the others; a draft is gone with whatever follows it."""
        if self._log and self._log[-1].name == "draft":
            self._log.pop()
        self._count += 1
        self._log.append(Sent(self._count, name, data.model_dump_json()))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _keep(self) -> None:
        """Put it into its conversation, unless that was deleted meanwhile."""
        wish, room = self.wish, self._room
        if wish.conversation is None:
            return
        with suppress(UnknownConversation):
            turn = await asyncio.to_thread(
                room.store.append,
                wish.conversation.id,
                wish.question,
                self._progress.reply,
                filters=wish.kept_filters or {},
                replaces=wish.replaces,
                owner=room.owner,
            )
            self._turn = turn.id

    def _state(self) -> State:
        if not self._progress.done:
            return "running"
        state: State = self._progress.reply.state.value
        return state


class Answers:
    """The answers under way, and those that ended less than `KEPT_S` ago."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: dict[str, UnderWay] = {}

    def start(self, room: Room, wish: Wish, reader: Language, base: str, place: Pass) -> UnderWay:
        """Begin to answer once its turn has come; runs until its end, or until nobody follows it any more."""
        self._sweep()
        made = UnderWay(self._site, room, wish, reader, base, place)
        self._kept[made.id] = made
        return made

    def get(self, id: str, owner: str) -> UnderWay:
        """An answer of someone's.

        Raises:
            UnknownAnswer: none of theirs is kept under this id.
        """
        self._sweep()
        found = self._kept.get(id)
        if found is None or found.owner != owner:
            raise UnknownAnswer("There is no such answer", "It is kept for a minute after its end; ask again.")
        return found

    def _sweep(self) -> None:
        old = time.monotonic() - KEPT_S
        for id in [id for id, kept in self._kept.items() if kept.ended_at is not None and kept.ended_at < old]:
            del self._kept[id]


def event_id(answer: UnderWay, sent: Sent) -> str:
    """What `Last-Event-ID` will say of an event."""
    return f"{answer.id}-{sent.number}"


def last_event(header: str) -> tuple[str, int] | None:
    """Answer and number that a `Last-Event-ID` names; None where it is none of ours."""
    found = _EVENT_ID.fullmatch(header.strip())
    return (found[1], int(found[2])) if found else None
