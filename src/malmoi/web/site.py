"""What the server serves, as each of its callers sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from malmoi.conversation import ConversationStore
from malmoi.types import AnswerEvent, Finished
from malmoi.web.identity import Caller

if TYPE_CHECKING:
    from malmoi.engine import Malmoi
    from malmoi.settings import Settings
    from malmoi.web.observe import Metrics


@dataclass(frozen=True, slots=True)
class Room:
    """A collection as one caller sees it.

    Attributes:
        malmoi: knows only the documents that the caller may see.
        store: every method of it takes `owner`.
    """

    malmoi: Malmoi
    store: ConversationStore
    caller: Caller

    @property
    def owner(self) -> str:
        """Whose conversations the caller may see."""
        return self.caller.principal.id


class Site:
    """The collection that is served, and its conversations."""

    def __init__(self, malmoi: Malmoi, settings: Settings, metrics: Metrics) -> None:
        self._malmoi = malmoi
        self.metrics = metrics
        self._store = ConversationStore(settings.index_dir)
        self.settings = settings

    def close(self) -> None:
        """Close what was opened here."""
        self._store.close()

    def check(self) -> None:
        """Raises MalmoiError while questions cannot be answered."""
        self._malmoi.documents()

    def room(self, caller: Caller) -> Room:
        """What a caller sees."""
        return Room(self._malmoi.seen_by(caller.principal.sees), self._store, caller)

    def counted(self, events: Iterator[AnswerEvent]) -> Iterator[AnswerEvent]:
        """The events of an answer, which is counted when it is finished; closing them closes the answer's."""
        try:
            for event in events:
                if isinstance(event, Finished):
                    self.metrics.count_answer(event.answer)
                yield event
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
