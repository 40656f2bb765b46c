"""The store: one SQLite file beside the catalog."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from malmoi.conversation.export import as_markdown, as_question
from malmoi.conversation.reply import AsSeen, Reply
from malmoi.conversation.turns import RATING_REASONS, Conversation, Rating, Turn
from malmoi.database import Database
from malmoi.errors import UnknownConversation
from malmoi.types import Language

FILE_NAME = "conversations.sqlite"
LOCAL = "local"
"""Owner of everything while there is no sign-in."""
MAX_TITLE = 80

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


def title_from(question: str) -> str:
    """A conversation's first title: its first question, on one line."""
    line = " ".join(question.split())
    return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1].rstrip() + "…"


class ConversationStore(Database):
    """Opens, or makes, the conversations of an index folder; safe to share between threads and processes.

    `transaction` and `rows` go past the owners and are for operators.
    """

    def __init__(self, index_dir: Path) -> None:
        super().__init__(index_dir / FILE_NAME, _SCHEMA)

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
        """Rated answers as lines of a fixed question set (`as_question`), oldest first.

        What `as_seen` takes something from is left out.
        """
        for conversation in reversed(self.conversations(owner=owner)):
            asked: list[str] = []
            for turn in self.turns(conversation.id, owner=owner):
                if turn.rating and (as_seen is None or as_seen(turn.reply) == turn.reply):
                    yield as_question(turn, turn.rating, asked)
                asked.append(turn.question)

    def export_markdown(self, id: str, language: Language, *, owner: str = LOCAL, as_seen: AsSeen | None = None) -> str:
        """The whole conversation as Markdown, with every source quoted that `as_seen` leaves."""
        turns = self.turns(id, owner=owner, as_seen=as_seen)
        return as_markdown(self.get(id, owner=owner).title, turns, language)


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


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
