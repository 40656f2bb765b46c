"""Turns the events of an answerer, which come in a thread and as fast as they like, into a calm stream for the page."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace

from malmoi.answering.telling import EXTRACTIVE
from malmoi.conversation import Reply, ReplyState, passage_of
from malmoi.errors import AnswerError, MalmoiError
from malmoi.types import AnswerEvent, Draft, Finished, Lead, Passages, Restart, SentenceDone

logger = logging.getLogger(__name__)
INTERVAL_S = 0.06
"""Shortest time between two updates of the page; one update a token brings Gradio's queue to a crawl."""


@dataclass(frozen=True, slots=True)
class Progressing:
    """An answer under way, as far as its events have told.

    Attributes:
        draft: the sentence being said, without citations yet.
        searching: no passages have come yet.
    """

    reply: Reply = field(default_factory=Reply)
    draft: str = ""
    searching: bool = True
    done: bool = False

    def after(self, event: AnswerEvent) -> Progressing:
        """What is known after one more event."""
        reply = self.reply
        if isinstance(event, Passages):
            found = tuple(passage_of(hit) for hit in event.hits)
            return replace(self, searching=False, reply=replace(reply, passages=found, searched=event.searched))
        if isinstance(event, Lead):
            return replace(self, searching=False, reply=replace(reply, lead=event.text))
        if isinstance(event, Draft):
            return replace(self, searching=False, draft=event.text)
        if isinstance(event, SentenceDone):
            said = (*reply.sentences, event.sentence)
            return replace(self, searching=False, draft="", reply=replace(reply, sentences=said))
        if isinstance(event, Restart):
            kept = replace(reply, lead="", sentences=(), notice=event.notice, answerer=EXTRACTIVE)
            return replace(self, searching=False, draft="", reply=kept)
        return replace(self, searching=False, draft="", done=True, reply=Reply.of(event.answer))

    def stopped(self) -> Progressing:
        """What is kept when the reader stops the answer: whole sentences only."""
        return replace(self, draft="", done=True, searching=False, reply=replace(self.reply, state=ReplyState.STOPPED))


class Run:
    """One question being answered: a thread draws the events, `updates` hands them on at most every `INTERVAL_S`.

    `stop` and leaving `updates` both close the iterator of events, which stops the answerer's work at its next event.

    Args:
        start: makes the iterator of events; called in the thread.
        answerer: the one expected to answer; the finished answer says which one did.
    """

    def __init__(self, start: Callable[[], Iterator[AnswerEvent]], answerer: str = EXTRACTIVE) -> None:
        self._start = start
        self._answerer = answerer
        self._arrived: asyncio.Queue[AnswerEvent | MalmoiError | None] = asyncio.Queue()
        self._ended = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_abandoned = False
        self.closed = asyncio.Event()
        """Set by whoever reads `updates`, when nothing more will be shown of it."""

    def stop(self) -> None:
        """End the answer with what was said so far; from any thread."""
        self._ended.set()
        if self._loop:
            with suppress(RuntimeError):  # the loop was closed: nobody is reading any more
                self._loop.call_soon_threadsafe(self._arrived.put_nowait, None)

    def abandon(self) -> None:
        """`stop`, and remember that its reader has turned to something else."""
        self.is_abandoned = True
        self.stop()

    async def batches(self) -> AsyncGenerator[list[AnswerEvent | None], None]:
        """The events as they arrive, those that came together in one list; None where the answer was stopped.

        Raises:
            MalmoiError: the answer could not be made.
        """
        loop = self._loop = asyncio.get_running_loop()
        draw = copy_context().run
        threading.Thread(target=draw, args=(self._draw, loop), name="malmoi-answer", daemon=True).start()
        ended = False
        try:
            while not ended:
                items = [await self._arrived.get()]
                while not self._arrived.empty():
                    items.append(self._arrived.get_nowait())
                batch: list[AnswerEvent | None] = []
                failure: MalmoiError | None = None
                for item in items:
                    if isinstance(item, MalmoiError):
                        failure = failure or item
                    elif not ended and not failure:
                        batch.append(item)
                        ended = item is None or isinstance(item, Finished)
                if batch:
                    yield batch
                if failure and not ended:
                    raise failure
                if not ended:
                    await asyncio.sleep(INTERVAL_S)
        finally:
            self._ended.set()

    async def updates(self) -> AsyncGenerator[Progressing, None]:
        """The answer as it grows; the last one is done.

        Raises:
            MalmoiError: the answer could not be made.
        """
        state = Progressing(Reply(answerer=self._answerer))
        async with aclosing(self.batches()) as batches:
            async for batch in batches:
                for event in batch:
                    state = state.after(event) if event is not None else state.stopped()
                yield state

    def _draw(self, loop: asyncio.AbstractEventLoop) -> None:
        def hand_over(item: AnswerEvent | MalmoiError) -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody is reading any more
                loop.call_soon_threadsafe(self._arrived.put_nowait, item)

        finished = False
        try:
            events = self._start()
            try:
                for event in events:
                    if self._ended.is_set():
                        return
                    finished = isinstance(event, Finished)
                    hand_over(event)
            finally:
                close = getattr(events, "close", None)
                if close is not None:
                    close()
        except MalmoiError as error:
            hand_over(error)
        except Exception as error:
            logger.exception("an answer broke off")
            problem = AnswerError("The answer broke off because of a fault in Malmoi", "Ask again.")
            problem.__cause__ = error
            hand_over(problem)
        else:
            if not finished:
                hand_over(AnswerError("The answer broke off", "Ask again."))
