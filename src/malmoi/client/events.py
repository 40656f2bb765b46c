"""The events of a streamed answer, and how they are read from the wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from malmoi.client.shapes import Answer, Passage, Sentence


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Started(_Event):
    """The answer is being made; `answer` is its id."""

    answer: str
    collection: str
    conversation: str | None


class Queued(_Event):
    """Others are answered first; `position` counts from 1."""

    position: int


class Found(_Event):
    """The search is done."""

    searched: str
    passages: tuple[Passage, ...]


class Lead(_Event):
    """A line before the sentences."""

    text: str


class Draft(_Event):
    """The sentence under way, in place of the last draft."""

    text: str


class Said(Sentence):
    """A finished, checked sentence; the draft is empty again."""


class Restart(_Event):
    """Forget all sentences so far; `notice` says why."""

    notice: str


class Finished(Answer):
    """The last event: the whole answer."""


class Failed(_Event):
    """The last event: the answer could not be made; `turn` is what the conversation keeps of it, for `replaces`."""

    code: str
    detail: str
    remedy: str
    status: int
    turn: str | None = None


Event = Started | Queued | Found | Lead | Draft | Said | Restart | Finished | Failed
_KINDS: dict[str, type[Event]] = {
    "started": Started,
    "queued": Queued,
    "passages": Found,
    "lead": Lead,
    "draft": Draft,
    "sentence": Said,
    "restart": Restart,
    "finished": Finished,
    "error": Failed,
}


@dataclass(slots=True)
class Reader:
    """Makes events of the lines of a stream; what it does not know, it leaves out.

    Attributes:
        last_id: of the last event, for `Last-Event-ID`.
    """

    last_id: str = ""
    _id: str = ""
    _name: str = ""
    _data: str = ""

    def line(self, line: str) -> Iterator[Event]:
        """Take one line, without its end; gives an event where one is complete."""
        if line:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "id":
                self._id = value
            elif field == "event":
                self._name = value
            elif field == "data":
                self._data = f"{self._data}\n{value}" if self._data else value
            return
        kind = _KINDS.get(self._name)
        if self._data and kind:
            yield kind.model_validate_json(self._data)
        if self._data:
            self.last_id = self._id
        self._name = self._data = ""
