"""What the server serves, as each of its callers sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from malmoi.answering.sources import estimate_tokens
from malmoi.answering.telling import EXTRACTIVE
from malmoi.collections import DEFAULT, Collection, CollectionConfig
from malmoi.conversation import AsSeen, ConversationStore, Turn
from malmoi.errors import UnknownCollection
from malmoi.types import Answer, AnswerEvent, Finished, Language, Principal
from malmoi.web.identity import Caller
from malmoi.web.limits import Limits
from malmoi.web.turnstile import Pass, QueueFull, Turnstile
from malmoi.web.usage import FAILED, STOPPED, UsageStore

if TYPE_CHECKING:
    from malmoi.engine import Malmoi
    from malmoi.settings import Settings
    from malmoi.web.observe import Metrics


class Shelf(Protocol):
    """The collections that are served; see `malmoi.collections.Collections`."""

    def get(self, name: str, principal: Principal | None = None) -> Collection:
        """How a collection is set up; raises UnknownCollection."""
        ...

    def for_principal(self, principal: Principal) -> list[Collection]:
        """The collections that are open to someone."""
        ...

    def open(self, name: str = DEFAULT, principal: Principal | None = None) -> Malmoi:
        """A collection as someone sees it; raises UnknownCollection."""
        ...

    def conversations(self, name: str = DEFAULT, principal: Principal | None = None) -> ConversationStore:
        """The conversations held in a collection, everyone's."""
        ...

    def names(self) -> list[str]:
        """Names of all collections."""
        ...

    def create(self, name: str, config: CollectionConfig | None = None) -> Collection:
        """Make an empty collection; raises CollectionRefused."""
        ...

    def configure(self, name: str, config: CollectionConfig) -> Collection:
        """Give a collection other settings; raises CollectionRefused and UnknownCollection."""
        ...

    def remove(self, name: str) -> None:
        """Delete a collection with all that it holds."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


@dataclass(frozen=True, slots=True)
class Room:
    """A collection as one caller sees it, for one request.

    Attributes:
        malmoi: knows only the documents that the caller may see.
        store: every method of it takes `owner`.
    """

    collection: Collection
    malmoi: Malmoi
    store: ConversationStore
    caller: Caller

    @property
    def owner(self) -> str:
        """Whose conversations the caller may see."""
        return self.caller.principal.id

    def turns(self, conversation: str, language: Language) -> list[Turn]:
        """A conversation of the caller's, as far as they may still see what it rests on.

        Raises:
            UnknownConversation: they have none of this id.
        """
        return self.store.turns(conversation, owner=self.owner, as_seen=self.as_seen(language))

    def as_seen(self, language: Language) -> AsSeen:
        """Takes out of a reply what the caller may not see any more."""
        return lambda reply: self.malmoi.as_seen(reply, language)


class Site:
    """The collections that are served, the counts of the server, and who may ask how much of it."""

    def __init__(self, shelf: Shelf, settings: Settings, metrics: Metrics) -> None:
        self._shelf = shelf
        self.metrics = metrics
        self.settings = settings
        self.limits = Limits(settings, lambda limit: metrics.refused.labels(limit).inc())
        self.turnstile = Turnstile(settings.limits.answers_at_once, settings.limits.answers_waiting)
        self.usage = UsageStore(settings.index_dir)

    def close(self) -> None:
        """Close what it opened; the shelf is closed by whoever gave it."""
        self.usage.close()

    @property
    def shelf(self) -> Shelf:
        """The collections themselves, for operators."""
        return self._shelf

    def check(self) -> None:
        """Raises MalmoiError while questions cannot be answered."""
        self._shelf.open().documents()

    def collections(self, caller: Caller) -> list[Collection]:
        """The collections that are open to a caller."""
        found = self._shelf.for_principal(caller.principal)
        return [c for c in found if caller.collections is None or c.name in caller.collections]

    def room(self, caller: Caller, name: str = "") -> Room:
        """What a caller sees of a collection; without a name, of the first that is open to them.

        Raises:
            UnknownCollection: it is not there, or not open to them.
        """
        principal = caller.principal
        if not name:
            name = next((c.name for c in self.collections(caller)), DEFAULT)
        if caller.collections is not None and name not in caller.collections:
            raise UnknownCollection(f"There is no collection {name[:80]}", "Ask whoever runs this server.")
        return Room(
            self._shelf.get(name, principal),
            self._shelf.open(name, principal),
            self._shelf.conversations(name, principal),
            caller,
        )

    def admit(self, room: Room, address: str) -> Pass:
        """A pass for one question, to be used in a `with` around its answer, whose slot it gives back at its end.

        Await `wait()` of it, or show its `positions()`, before the work begins.

        Args:
            address: see `malmoi.web.limits.address_in`.

        Raises:
            TooMany: the caller is over a limit.
            QueueFull: too many wait already.
        """
        generative = room.malmoi.answerer_label() != EXTRACTIVE
        self.limits.question(room.caller, address, generative=generative)
        try:
            return self.turnstile.enter(room.owner)
        except QueueFull:
            self.metrics.refused.labels("queue").inc()
            raise

    def counted(
        self, events: Iterator[AnswerEvent], collection: str, caller: Caller | None = None
    ) -> Iterator[AnswerEvent]:
        """The events of an answer, which is counted when it is finished; closing them closes the answer's.

        Args:
            caller: whose tokens are counted where a language model answers.
        """
        outcome = STOPPED
        try:
            for event in events:
                if isinstance(event, Finished):
                    outcome = ""
                    tokens = _tokens(event.answer)
                    if caller is not None:
                        self.limits.count_tokens(caller, tokens)
                    self.metrics.count_answer(event.answer, collection)
                    self.usage.add(collection, event.answer, tokens)
                yield event
        except Exception:
            outcome = FAILED
            raise
        finally:
            if outcome:
                self.usage.add_unfinished(collection, outcome)
            close = getattr(events, "close", None)
            if close is not None:
                close()


def _tokens(answer: Answer) -> int:
    """About what a language model read and wrote for an answer; 0 where none did."""
    if answer.answerer == EXTRACTIVE:
        return 0
    read = sum(estimate_tokens(hit.chunk.text) for hit in answer.passages)
    return read + estimate_tokens(answer.question) + estimate_tokens(answer.text)
