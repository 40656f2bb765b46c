"""What the API replies; members that a newer server adds are left out."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["answered", "partial", "conflicting", "abstained"]
Support = Literal["supported", "partial", "unsupported", "contradicted"]
Kind = Literal["head", "body", "comment", "caption", "note", "furniture"]


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Filters(_Reply):
    """What a search is restricted to; see the API's description."""

    date_from: date | None = None
    date_to: date | None = None
    sources: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    comments: Literal["leave_out", "include", "only"] = "leave_out"


class Citation(_Reply):
    """A span of a document; `number` is that of its marker `[n]`, 0 where it has none."""

    number: int
    document_id: str
    document: str
    title: str
    start: int
    end: int
    quote: str
    kind: Kind
    date: str | None
    source: str | None
    author: str | None
    check: str
    url: str


class Passage(Citation):
    """A passage that was found; a higher score is better within one reply."""

    score: float | None = None


class Sentence(_Reply):
    """A sentence of an answer; `reason` says why `support` is less than supported."""

    text: str
    support: Support
    reason: str
    citations: tuple[Citation, ...]


class Answer(_Reply):
    """An answer, whole or as far as it came."""

    id: str
    state: Literal["running", "finished", "stopped", "failed"]
    question: str
    searched: str
    verdict: Verdict | None
    lead: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    notice: str
    answerer: str
    collection: str
    conversation: str | None
    turn: str | None


class Found(_Reply):
    """Passages, best first."""

    passages: tuple[Passage, ...]


class OpenedPassage(_Reply):
    """A span of a document in its surroundings; `document` is its id."""

    document: str
    name: str
    title: str
    date: str | None
    source: str | None
    author: str | None
    kind: Kind
    heading: tuple[str, ...]
    before: str
    quote: str
    after: str
    start: int
    end: int
    url: str


class Document(_Reply):
    """A document without its text."""

    id: str
    name: str
    title: str
    date: str | None
    source: str | None
    author: str | None
    language: str | None
    characters: int
    passages: int
    embedded: int
    groups: tuple[str, ...]
    added: str
    url: str


class DocumentPage(_Reply):
    """Some documents; `found` of `total` match."""

    documents: tuple[Document, ...]
    found: int
    total: int


class FileResult(_Reply):
    """What became of a file."""

    name: str
    status: Literal["added", "replaced", "unchanged", "duplicate", "removed", "failed"]
    passages: int
    problem: str
    remedy: str
    code: str
    other: str


class FileResults(_Reply):
    """What became of files."""

    results: tuple[FileResult, ...]


class Conversation(_Reply):
    """A conversation; times are ISO 8601, UTC."""

    id: str
    title: str
    created: str
    updated: str


class ConversationPage(_Reply):
    """Some conversations, the last used first."""

    conversations: tuple[Conversation, ...]
    total: int


class Turn(_Reply):
    """A question of a conversation and its answer."""

    id: str
    created: str
    answer: Answer


class WholeConversation(Conversation):
    """A conversation with its turns, oldest first."""

    turns: tuple[Turn, ...]


class CollectionInfo(_Reply):
    """A collection that is open to the caller."""

    name: str
    title: str


class CollectionList(_Reply):
    """All that are open."""

    collections: tuple[CollectionInfo, ...]


class Me(_Reply):
    """Who the server takes the caller for."""

    id: str
    name: str
    role: Literal["reader", "editor", "admin"]
    permissions: tuple[str, ...]
    groups: tuple[str, ...]
    via: str
    language: str
    version: str


class Nothing(_Reply):
    """Of a request that needs no reply."""
