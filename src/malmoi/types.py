"""What flows through Malmoi: Document → Section → Chunk → Hit → Citation → Answer.

All offsets are Python string offsets (code points) into `Document.text`, start inclusive, end exclusive.
All dates are ISO 8601 text, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS]`, without a zone, so that they sort as text.
Everything here is frozen and imports nothing of Malmoi.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Span = tuple[int, int]
Language = Literal["ko", "en"]
"""A language in which Malmoi speaks to people. Documents may be in any language."""


class SectionKind(StrEnum):
    """What a stretch of a page is; decides whether it may be evidence."""

    HEAD = "head"
    """Title, dateline, byline: says when and by whom, and may be cited for that."""
    BODY = "body"
    COMMENT = "comment"
    """Written by a reader; evidence only when asked for, and always labelled."""
    CAPTION = "caption"
    NOTE = "note"
    """An editor's, translator's or publisher's remark about the text."""
    FURNITURE = "furniture"
    """Menus, adverts, ranking lists, counters, copyright lines: never evidence, never indexed."""


EVIDENCE_KINDS = frozenset({SectionKind.HEAD, SectionKind.BODY, SectionKind.CAPTION, SectionKind.NOTE})
"""Kinds that are searched unless a filter says otherwise."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document of one kind.

    Attributes:
        heading: the path of headings above it, outermost first.
        author: of a comment, its writer.
        date: of a comment, when it can be dated; ISO 8601.
        when: of a comment, its time as the page prints it ("어제 00:05").
    """

    kind: SectionKind
    start: int
    end: int
    heading: tuple[str, ...] = ()
    author: str | None = None
    date: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One cleaned document: its text as citations see it, and what is known about it.

    Attributes:
        uri: where it came from, unique in a collection: an absolute path, `path#id` for a line of a JSONL file,
            `upload:NAME` for a file dropped into the page.
        name: what people call it; the file's name, or the `id` of a JSONL line.
        sha256: of the source bytes; equal bytes mean an unchanged document.
        text: NFC text without NUL and surrogates; every offset points into it.
        sections: in order of `start`, not overlapping. Text between sections is white space only.
        publisher: the outlet or site ("뉴스1"); what a reader calls the source.
        language: ISO 639-1 code of the main language ("ko", "en", "zh"), or None.
        found: where in `text` the metadata was read, by field name ("title", "date", "author", "publisher").
    """

    uri: str
    name: str
    sha256: str
    text: str
    sections: tuple[Section, ...]
    title: str = ""
    date: str | None = None
    author: str | None = None
    publisher: str | None = None
    language: str | None = None
    found: Mapping[str, Span] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Stable id: 16 hexadecimal digits of the SHA-256 of `uri`."""
        return hashlib.sha256(self.uri.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a chunk and its analysed content terms, in order of appearance."""

    start: int
    end: int
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole sentences of one section; the unit that is indexed, never the unit that is cited.

    Attributes:
        id: the catalog's number; 0 until stored. Numbers only grow and are never used twice.
        ordinal: position in its document, from 0.
        context: title and heading path, indexed with the chunk but not part of its text.
        context_terms: the analysed content terms of `context`.
    """

    document_id: str
    ordinal: int
    kind: SectionKind
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]
    context: str = ""
    context_terms: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    author: str | None = None
    date: str | None = None
    when: str | None = None
    id: int = 0

    def between(self, start: int, end: int) -> str:
        """Its text between two offsets of the document."""
        return self.text[start - self.start : end - self.start]

    @property
    def embedding_text(self) -> str:
        """What the embedding model reads."""
        return f"{self.context}\n{self.text}" if self.context else self.text

    @property
    def content_hash(self) -> str:
        """SHA-256 of `embedding_text`, hexadecimal; the key under which its vector is kept."""
        return hashlib.sha256(self.embedding_text.encode()).hexdigest()


class Role(StrEnum):
    """What a person may do; each may do all that the ones before it may: READER < EDITOR < ADMIN."""

    READER = "reader"
    """Asks, and opens what was cited."""
    EDITOR = "editor"
    """Adds and removes documents too."""
    ADMIN = "admin"
    """Sees every document of a collection, and manages people, groups and settings."""

    @property
    def rank(self) -> int:
        """Its place in the order, from 0."""
        return list(Role).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Role(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Role(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Role(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Role(other).rank


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone who asks: a person, or a program with a key.

    Attributes:
        id: stable and unique within the installation; the owner of conversations.
        groups: whose members they are; compared letter by letter with the groups of documents and collections.
    """

    id: str
    name: str
    role: Role = Role.READER
    groups: frozenset[str] = frozenset()

    @property
    def sees(self) -> frozenset[str] | None:
        """`Filters.groups` for what they may see; None for an admin, who sees everything."""
        return None if self.role is Role.ADMIN else self.groups

    def in_any(self, groups: frozenset[str]) -> bool:
        """Whether what is kept for these groups is open to them; no groups means everyone."""
        return self.sees is None or not groups or bool(groups & self.groups)


@dataclass(frozen=True, slots=True)
class Filters:
    """Restricts a search; empty means no restriction. All given fields must hold.

    Attributes:
        date_from, date_to: inclusive days, `YYYY-MM-DD`; a document without a date never matches either.
        publishers, documents, languages: any of; documents are names or ids.
        kinds: section kinds to search instead of `EVIDENCE_KINDS`.
        groups: of the person who asks (`Principal.sees`). A document with groups is found by whoever is in one of
            them, a document without by everyone. None finds all: the single person on loopback, the command line.
    """

    date_from: str | None = None
    date_to: str | None = None
    publishers: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    kinds: frozenset[SectionKind] = frozenset()
    groups: frozenset[str] | None = None

    def __bool__(self) -> bool:
        return self != Filters()

    @property
    def narrowed(self) -> bool:
        """Whether the person who asks left something out, beyond what they may not see."""
        return self != Filters(groups=self.groups)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What is known about a stored document, without its text.

    Attributes:
        chunks: how many it was cut into.
        embedded: how many of them have a vector of the current model.
        added: when it was committed; ISO 8601, UTC.
        groups: whose members see it; empty where its collection alone decides.
    """

    id: str
    uri: str
    name: str
    title: str
    date: str | None
    author: str | None
    publisher: str | None
    language: str | None
    characters: int
    chunks: int
    embedded: int
    added: str
    kinds: tuple[SectionKind, ...] = ()
    sha256: str = ""
    groups: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """Title, or the file's name where there is none."""
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved chunk with its document's metadata.

    Attributes:
        score: the fused score, higher is better; comparable within one result list only.
        lexical, dense: the two scores it was fused from (BM25; cosine), None where that search did not return it.
    """

    chunk: Chunk
    document: DocumentInfo
    score: float
    lexical: float | None = None
    dense: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of a document; `quote` equals the document's text from `start` to `end`."""

    document_id: str
    document: str
    title: str
    start: int
    end: int
    quote: str
    kind: SectionKind
    date: str | None = None
    source: str | None = None
    author: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The published form: `document title start end quote kind date source author document_id`."""
        return {
            "document": self.document,
            "title": self.title,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "kind": self.kind.value,
            "date": self.date,
            "source": self.source,
            "author": self.author,
            "document_id": self.document_id,
        }


class Support(StrEnum):
    """How well the cited spans carry a sentence of an answer."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"

    @property
    def is_failed(self) -> bool:
        """Whether a sentence so judged is shown struck through."""
        return self in (Support.UNSUPPORTED, Support.CONTRADICTED)


class Verdict(StrEnum):
    """What kind of answer was given."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    CONFLICTING = "conflicting"
    ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One claim of an answer and the spans it rests on.

    Attributes:
        text: without citation markers. From the extractive answerer, word for word from the source.
        reason: why `support` is less than supported, for the reader; empty otherwise.
    """

    text: str
    support: Support
    citations: tuple[Citation, ...] = ()
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The published form: `text support citations reason`."""
        return {
            "text": self.text,
            "support": self.support.value,
            "citations": [c.to_json() for c in self.citations],
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer.

    Attributes:
        lead: Malmoi's own framing line before the sentences ("자료마다 다르게 적고 있습니다."); for an abstention,
            what is missing. Never a claim about the world.
        text: the whole answer as plain text, with `[n]` markers; n counts citations in order of first use from 1.
        passages: what was retrieved, best first.
        searched: the question as searched, after a follow-up was rewritten.
        answerer: "extractive", or "llm:MODEL".
        notice: one line for the reader, such as why the LLM was not used; empty otherwise.
        timings: seconds by step ("retrieve", "answer", "total" …).
        confidence: probability that the passages hold the answer, also when it was declined; None where the answerer
            does not estimate it.
    """

    question: str
    lead: str
    sentences: tuple[AnswerSentence, ...]
    verdict: Verdict
    text: str
    passages: tuple[Hit, ...]
    searched: str
    answerer: str
    language: Language
    notice: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = None

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Distinct citations in order of first use; marker `[n]` is `citations[n-1]`."""
        return tuple(dict.fromkeys(c for s in self.sentences for c in s.citations))


@dataclass(frozen=True, slots=True)
class Passages:
    """Event: the search is done; `searched` is the question as searched."""

    hits: tuple[Hit, ...]
    searched: str


@dataclass(frozen=True, slots=True)
class Lead:
    """Event: the framing line before the sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Event: the sentence under way so far, replacing the previous draft; markers are already taken out."""

    text: str


@dataclass(frozen=True, slots=True)
class SentenceDone:
    """Event: a finished, checked sentence; the draft is empty again."""

    sentence: AnswerSentence


@dataclass(frozen=True, slots=True)
class Restart:
    """Event: what was said so far is withdrawn; `notice` tells the reader why, in one line."""

    notice: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Event: the last one, with the whole answer."""

    answer: Answer


AnswerEvent = Passages | Lead | Draft | SentenceDone | Restart | Finished
"""What an answerer streams; every surface (page, API, widget, CLI, evaluation) consumes the same events."""


class FileStatus(StrEnum):
    """What became of one file given to `add`."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    """The same bytes are in the collection under another path that still exists."""
    REMOVED = "removed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file.

    Attributes:
        problem, remedy, code: of the error, when it failed.
        other: names a duplicate's twin.
    """

    name: str
    status: FileStatus
    chunks: int = 0
    problem: str = ""
    remedy: str = ""
    other: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of long work.

    Attributes:
        step: "read", "embed", "publish" or "verify".
        done, total: in the step's unit (files, chunks, vectors); total is 0 while unknown.
        name: what is being worked on.
    """

    step: str
    done: int
    total: int
    name: str = ""


OnProgress = Callable[[Progress], None]
"""Is told the steps of long work."""
