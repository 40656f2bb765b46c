"""Conversations and ratings, kept in `conversations.sqlite` beside the catalog.

The store holds what was said and what it rested on, so that an old answer reads as it did when it was given, even
after its documents were changed or removed. Methods about conversations take an owner; what belongs to another is
unknown.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from malmoi.errors import UnknownConversation
from malmoi.i18n import text
from malmoi.types import Answer, AnswerSentence, Citation, Hit, Language, SectionKind, Support, Verdict

FILE_NAME = "conversations.sqlite"
LOCAL = "local"
"""Owner of everything while there is no sign-in."""
MAX_TITLE = 80
RATING_REASONS = ("wrong", "incomplete", "evidence", "should_answer", "should_decline", "other")
"""Why an answer was rated down."""

_SCHEMA = """
CREATE TABLE conversation (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL
) STRICT;
CREATE INDEX conversation_by_owner ON conversation (owner, updated DESC);
CREATE TABLE turn (
    id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, created TEXT NOT NULL, question TEXT NOT NULL,
    reply TEXT NOT NULL, filters TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX turn_by_conversation ON turn (conversation, number);
CREATE TABLE rating (
    turn TEXT PRIMARY KEY REFERENCES turn (id) ON DELETE CASCADE,
    value INTEGER NOT NULL CHECK (value IN (-1, 1)), reason TEXT NOT NULL, comment TEXT NOT NULL, created TEXT NOT NULL
) STRICT;
PRAGMA user_version = 1;
"""


class ReplyState(StrEnum):
    """How an answer came to its end."""

    FINISHED = "finished"
    STOPPED = "stopped"
    """The reader stopped it; what was said until then is kept."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is kept and shown: `Answer` without its chunks, or as much of one as there is.

    Attributes:
        verdict: None until the answer is finished.
        passages: what was retrieved, best first, each as a citation of the whole chunk.
    """

    lead: str = ""
    sentences: tuple[AnswerSentence, ...] = ()
    verdict: Verdict | None = None
    passages: tuple[Citation, ...] = ()
    searched: str = ""
    answerer: str = ""
    notice: str = ""
    state: ReplyState = ReplyState.FINISHED

    @classmethod
    def of(cls, answer: Answer) -> Reply:
        """What is kept of a finished answer."""
        return cls(
            lead=answer.lead,
            sentences=answer.sentences,
            verdict=answer.verdict,
            passages=tuple(passage_of(hit) for hit in answer.passages),
            searched=answer.searched,
            answerer=answer.answerer,
            notice=answer.notice,
        )

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Distinct citations in order of first use; marker `[n]` is `citations[n-1]`."""
        return tuple(dict.fromkeys(c for s in self.sentences for c in s.citations))

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "lead": self.lead,
            "sentences": [s.to_json() for s in self.sentences],
            "verdict": self.verdict.value if self.verdict else None,
            "passages": [p.to_json() for p in self.passages],
            "searched": self.searched,
            "answerer": self.answerer,
            "notice": self.notice,
            "state": self.state.value,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Reply:
        """The reverse of `to_json`."""
        return cls(
            lead=stored["lead"],
            sentences=tuple(
                AnswerSentence(
                    text=s["text"],
                    support=Support(s["support"]),
                    citations=tuple(_citation(c) for c in s["citations"]),
                    reason=s["reason"],
                )
                for s in stored["sentences"]
            ),
            verdict=Verdict(stored["verdict"]) if stored["verdict"] else None,
            passages=tuple(_citation(p) for p in stored["passages"]),
            searched=stored["searched"],
            answerer=stored["answerer"],
            notice=stored["notice"],
            state=ReplyState(stored["state"]),
        )


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without its turns; times are ISO 8601, UTC."""

    id: str
    title: str
    created: str
    updated: str


@dataclass(frozen=True, slots=True)
class Rating:
    """What a reader thought of an answer.

    Attributes:
        value: 1 or -1.
        reason: one of `RATING_REASONS`, or empty.
    """

    value: int
    reason: str = ""
    comment: str = ""
    created: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer; `filters` is what the search was restricted to, as the page sent it."""

    id: str
    conversation: str
    question: str
    reply: Reply
    created: str
    filters: Mapping[str, Any]
    rating: Rating | None = None


def passage_of(hit: Hit) -> Citation:
    """The whole chunk as a citation."""
    chunk, document = hit.chunk, hit.document
    return Citation(
        document_id=document.id,
        document=document.name,
        title=document.title,
        start=chunk.start,
        end=chunk.end,
        quote=chunk.text,
        kind=chunk.kind,
        date=chunk.date or document.date,
        source=document.publisher,
        author=chunk.author or document.author,
    )


AsSeen = Callable[[Reply], Reply]
"""Takes out of a reply what its reader may not see any more; `malmoi.engine.Malmoi.as_seen` is one."""


def withhold(reply: Reply, visible: Collection[str], language: Language) -> Reply:
    """The reply without what rests on documents other than the visible ones.

    Where something is hidden, those sentences stay that visible citations support; a model may have put into the
    others what it read in a hidden passage. Each of these is replaced by a line that says so. Hidden citations and
    passages are gone, and the framing line, since it may name or compare them.

    Args:
        visible: ids of documents; one that is in the reply and not among them is hidden, or no longer there.
    """
    if all(c.document_id in visible for c in (*reply.citations, *reply.passages)):
        return reply
    sentences = tuple(
        s
        if s.support is Support.SUPPORTED and s.citations and all(c.document_id in visible for c in s.citations)
        else AnswerSentence(text("chat.withheld", language), Support.UNSUPPORTED)
        for s in reply.sentences
    )
    passages = tuple(p for p in reply.passages if p.document_id in visible)
    lead = reply.lead if sentences == reply.sentences and reply.verdict is Verdict.ABSTAINED else ""
    return replace(reply, lead=lead, sentences=sentences, passages=passages)


def title_from(question: str) -> str:
    """A conversation's first title: its first question, on one line."""
    line = " ".join(question.split())
    return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1].rstrip() + "…"


class ConversationStore:
    """Opens, or makes, the conversations of an index folder; safe to share between threads and processes."""

    def __init__(self, index_dir: Path) -> None:
        index_dir.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            index_dir / FILE_NAME, timeout=10, isolation_level=None, check_same_thread=False
        )
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self.transaction() as run:
            if run("PRAGMA user_version").fetchone()[0] == 0:
                for statement in filter(str.strip, _SCHEMA.split(";\n")):
                    run(statement)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """`execute` inside a transaction, taken back when an error leaves it; past the owners, for operators."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query; past the owners, for operators."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def create(self, title: str = "", *, owner: str = LOCAL) -> Conversation:
        """Start a conversation; an empty title becomes the first question."""
        now = _now()
        made = Conversation(uuid.uuid4().hex, title_from(title), now, now)
        with self.transaction() as run:
            run("INSERT INTO conversation VALUES (?, ?, ?, ?, ?)", (made.id, owner, made.title, now, now))
        return made

    def conversations(self, *, owner: str = LOCAL) -> list[Conversation]:
        """All of an owner's conversations, the last used first."""
        rows = self.rows(
            "SELECT id, title, created, updated FROM conversation WHERE owner = ? ORDER BY updated DESC, rowid DESC",
            owner,
        )
        return [Conversation(*row) for row in rows]

    def get(self, id: str, *, owner: str = LOCAL) -> Conversation:
        """One conversation.

        Raises:
            UnknownConversation: there is none of this id that belongs to the owner.
        """
        rows = self.rows("SELECT id, title, created, updated FROM conversation WHERE id = ? AND owner = ?", id, owner)
        if not rows:
            raise UnknownConversation("There is no such conversation", "It may have been deleted; start a new one.")
        return Conversation(*rows[0])

    def rename(self, id: str, title: str, *, owner: str = LOCAL) -> Conversation:
        """Give another title; an empty one changes nothing."""
        known = self.get(id, owner=owner)
        if not title_from(title):
            return known
        with self.transaction() as run:
            run("UPDATE conversation SET title = ? WHERE id = ?", (title_from(title), id))
        return replace(known, title=title_from(title))

    def delete(self, id: str, *, owner: str = LOCAL) -> None:
        """Delete with all turns and their ratings."""
        self.get(id, owner=owner)
        with self.transaction() as run:
            run("DELETE FROM conversation WHERE id = ?", (id,))

    def turns(self, id: str, *, owner: str = LOCAL, as_seen: AsSeen | None = None) -> list[Turn]:
        """Questions and answers, oldest first, and of them what `as_seen` leaves."""
        self.get(id, owner=owner)
        rows = self.rows(f"{_TURNS} WHERE turn.conversation = ? ORDER BY turn.number", id)
        return [_turn(row, as_seen) for row in rows]

    def turn(self, id: str, *, owner: str = LOCAL, as_seen: AsSeen | None = None) -> Turn:
        """One question and its answer, and of it what `as_seen` leaves.

        Raises:
            UnknownConversation: there is none of this id in a conversation of the owner's.
        """
        rows = self.rows(f"{_TURNS} WHERE turn.id = ?", id)
        if not rows:
            raise UnknownConversation("There is no such answer", "Its conversation may have been deleted.")
        found = _turn(rows[0], as_seen)
        self.get(found.conversation, owner=owner)
        return found

    def append(
        self,
        id: str,
        question: str,
        reply: Reply,
        *,
        filters: Mapping[str, Any] | None = None,
        replaces: str = "",
        owner: str = LOCAL,
    ) -> Turn:
        """Add a question and its answer, in place of the turn `replaces` when a question was asked again."""
        known = self.get(id, owner=owner)
        made = Turn(uuid.uuid4().hex, id, question, reply, _now(), dict(filters or {}))
        with self.transaction() as run:
            if replaces:
                run("DELETE FROM turn WHERE id = ? AND conversation = ?", (replaces, id))
            run(
                "INSERT INTO turn (id, number, created, question, reply, filters, conversation) "
                "VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM turn), ?, ?, ?, ?, ?)",
                (made.id, made.created, question, _dump(reply.to_json()), _dump(made.filters), id),
            )
            run(
                "UPDATE conversation SET updated = ?, title = ? WHERE id = ?",
                (made.created, known.title or title_from(question), id),
            )
        return made

    def rate(self, turn: str, value: int, reason: str = "", comment: str = "", *, owner: str = LOCAL) -> None:
        """Rate an answer 1 or -1, replacing an earlier rating; 0 takes it back."""
        if value not in (-1, 0, 1) or (reason and reason not in RATING_REASONS):
            raise ValueError(f"value must be -1, 0 or 1 and reason one of {RATING_REASONS}")
        self.turn(turn, owner=owner)
        with self.transaction() as run:
            run("DELETE FROM rating WHERE turn = ?", (turn,))
            if value:
                run("INSERT INTO rating VALUES (?, ?, ?, ?, ?)", (turn, value, reason, comment.strip()[:2000], _now()))

    def owners(self) -> list[str]:
        """Everyone who has a conversation."""
        return [owner for (owner,) in self.rows("SELECT DISTINCT owner FROM conversation ORDER BY owner")]

    def has_ratings(self, *, owner: str = LOCAL) -> bool:
        """Whether there is anything for `question_set` to tell."""
        joined = "rating JOIN turn ON turn.id = rating.turn JOIN conversation ON conversation.id = turn.conversation"
        return bool(self.rows(f"SELECT 1 FROM {joined} WHERE owner = ? LIMIT 1", owner))

    def question_set(self, *, owner: str = LOCAL, as_seen: AsSeen | None = None) -> Iterator[dict[str, Any]]:
        """Rated answers as lines of a fixed question set, oldest first.

        An answer rated up becomes its own gold: its sentences and citations are the accepted answer and evidence. One
        rated down has neither (`review` is true): a person writes them before the line can be measured against. What
        `as_seen` takes something from is left out.
        """
        for conversation in reversed(self.conversations(owner=owner)):
            asked: list[str] = []
            for turn in self.turns(conversation.id, owner=owner):
                if turn.rating and (as_seen is None or as_seen(turn.reply) == turn.reply):
                    yield _question(turn, turn.rating, list(asked))
                asked.append(turn.question)

    def export_markdown(self, id: str, language: Language, *, owner: str = LOCAL, as_seen: AsSeen | None = None) -> str:
        """The whole conversation as Markdown, with every source quoted that `as_seen` leaves."""
        conversation = self.get(id, owner=owner)
        parts = [f"# {_escape(conversation.title)}"]
        for turn in self.turns(id, owner=owner, as_seen=as_seen):
            parts += [f"## {_escape(turn.question)}", *_markdown_reply(turn.reply, language)]
        return "\n\n".join(parts) + "\n"


_TURNS = (
    "SELECT turn.id, turn.conversation, turn.question, turn.reply, turn.created, turn.filters, "
    "rating.value, rating.reason, rating.comment, rating.created FROM turn LEFT JOIN rating ON rating.turn = turn.id"
)


def _turn(row: tuple[Any, ...], as_seen: AsSeen | None = None) -> Turn:
    id, conversation, question, reply, created, filters, value, reason, comment, rated = row
    rating = Rating(value, reason, comment, rated) if value else None
    kept = Reply.from_json(json.loads(reply))
    shown = as_seen(kept) if as_seen else kept
    return Turn(id, conversation, question, shown, created, json.loads(filters), rating)


def _citation(stored: Mapping[str, Any]) -> Citation:
    return Citation(**{**stored, "kind": SectionKind(stored["kind"])})


def _question(turn: Turn, rating: Rating, history: list[str]) -> dict[str, Any]:
    reply = turn.reply
    liked = rating.value > 0
    declined = reply.verdict is Verdict.ABSTAINED
    answerable: bool | None = (
        not declined if liked else {"should_answer": True, "should_decline": False}.get(rating.reason)
    )
    gold = reply.sentences if liked and not declined else ()
    return {
        "id": turn.id,
        "question": turn.question,
        "lang": "ko" if re.search("[가-힣]", turn.question) else "en",
        "type": "rated",
        "answerable": answerable,
        "answers": [s.text for s in gold],
        "evidence": [[{"doc": c.document, "quote": c.quote} for c in s.citations] for s in gold if s.citations],
        "history": history,
        "review": not liked,
        "rating": rating.value,
        "reason": rating.reason,
        "comment": rating.comment,
    }


def _markdown_reply(reply: Reply, language: Language) -> Iterator[str]:
    numbers = {citation: n for n, citation in enumerate(reply.citations, 1)}
    if reply.verdict:
        yield f"**{text(f'chat.verdict.{reply.verdict.value}', language)}**"
    for line in (reply.notice, reply.lead):
        if line:
            yield _escape(line)
    for sentence in reply.sentences:
        marks = "".join(f" \\[{numbers[c]}\\]" for c in sentence.citations)
        weak = ""
        if sentence.support is not Support.SUPPORTED:
            label = text(f"chat.support.{sentence.support.value}", language)
            weak = f" *({label}{': ' + _escape(sentence.reason) if sentence.reason else ''})*"
        yield f"{_escape(sentence.text)}{marks}{weak}"
    if reply.state is not ReplyState.FINISHED:
        yield f"*{text(f'chat.state.{reply.state.value}', language)}*"
    shown = reply.citations
    if reply.verdict is Verdict.ABSTAINED and not shown:
        shown = reply.passages[:3]
        if shown:
            yield text("chat.nearest", language)
    for number, citation in enumerate(shown, 1):
        facts = [citation.title or citation.document, citation.source, citation.date, citation.document]
        kind = text(f"chat.kind.{citation.kind.value}", language)
        line = " · ".join(_escape(fact) for fact in dict.fromkeys(facts) if fact)
        quote = "\n".join(f"> {_escape(part)}" for part in citation.quote.splitlines())
        yield f"{number}. {line} · {kind} ({citation.start}–{citation.end})\n\n{quote}"
    yield f"*{text('chat.answered_by', language, answerer=_escape(reply.answerer))}*" if reply.answerer else "---"


def _escape(line: str) -> str:
    """Plain text as Markdown that shows it and does nothing else: no link, image, heading or HTML."""
    flat = re.sub(r"([\\`*_\[\]<|~&])", r"\\\1", " ".join(line.split()))
    flat = re.sub(r"^([-=+>#])", r"\\\1", re.sub(r"^(\d+)([.)])", r"\1\\\2", flat))
    return re.sub(r"(?i)\b(https?|ftp)://", r"\1\\://", flat)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
