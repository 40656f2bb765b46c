"""Everyone's conversations, for those who run the server: found by what became of them, read, and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from malmoi.conversation import ConversationStore, Reply, Turn
from malmoi.types import AnswerSentence, Verdict

RATINGS = ("up", "down", "any")
PAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations; empty restricts nothing.

    Attributes:
        rating: one of `RATINGS`: a turn rated so.
        verdict: a turn answered so.
        since, until: days, the last question between them and on them.
    """

    owner: str = ""
    rating: str = ""
    verdict: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation in the list."""

    id: str
    owner: str
    title: str
    updated: str
    turns: int
    up: int
    down: int
    abstained: int


_COUNTS = (
    "SELECT conversation.id, owner, title, updated, count(turn.id), total(rating.value = 1), "
    "total(rating.value = -1), total(json_extract(reply, '$.verdict') = 'abstained') AS declined "
    "FROM conversation LEFT JOIN turn ON turn.conversation = conversation.id LEFT JOIN rating ON rating.turn = turn.id "
    "WHERE updated >= ? AND updated < ? AND (? = '' OR owner = ?) "
    "GROUP BY conversation.id "
    "HAVING (? = '' OR total(rating.value = ?) > 0) AND (? != 'any' OR count(rating.value) > 0) "
    "AND (? = '' OR total(json_extract(reply, '$.verdict') = ?) > 0) "
    "ORDER BY updated DESC LIMIT ? OFFSET ?"
)


def find(store: ConversationStore, wanted: Wanted, *, offset: int = 0, limit: int = PAGE) -> list[Found]:
    """Conversations of all owners, the last used first."""
    until = _day_after(wanted.until) if wanted.until else "9"
    value = {"up": 1, "down": -1}.get(wanted.rating)
    rated = "" if value is None else wanted.rating
    rows = store.rows(
        _COUNTS,
        wanted.since,
        until,
        *(wanted.owner,) * 2,
        rated,
        value,
        wanted.rating,
        *(wanted.verdict,) * 2,
        limit,
        offset,
    )
    return [Found(*row[:4], *map(int, row[4:])) for row in rows]


def read(store: ConversationStore, id: str) -> tuple[str, list[Turn]]:
    """Whose a conversation is, and its turns; empty where it is not there."""
    rows = store.rows("SELECT owner FROM conversation WHERE id = ?", id)
    return (rows[0][0], store.turns(id, owner=rows[0][0])) if rows else ("", [])


def delete(store: ConversationStore, *, owner: str = "", id: str = "", before: str = "") -> int:
    """Delete conversations with their turns and ratings: one, one person's, those last used before a time, or all."""
    with store.transaction() as run:
        cursor = run(
            "DELETE FROM conversation WHERE (? = '' OR owner = ?) AND (? = '' OR id = ?) AND (? = '' OR updated < ?)",
            (owner, owner, id, id, before, before),
        )
        return int(cursor.rowcount)


def sweep(store: ConversationStore, days: int) -> int:
    """Delete what was last used more than so many days ago; 0 keeps all."""
    if not days:
        return 0
    return delete(store, before=(datetime.now(UTC) - timedelta(days=days)).isoformat())


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that was declined, or whose answer was rated down."""

    turn: str
    conversation: str
    question: str
    asked: str
    reply: Reply
    why: str
    comment: str


_OPEN = (
    "SELECT turn.id, turn.conversation FROM turn LEFT JOIN rating ON rating.turn = turn.id "
    "WHERE rating.value = -1 OR json_extract(reply, '$.verdict') = ? ORDER BY turn.number DESC LIMIT ?"
)


def unanswered(store: ConversationStore, limit: int = 500) -> list[Unanswered]:
    """The last questions without an answer that satisfied, newest first."""
    found = []
    owners = dict(store.rows("SELECT id, owner FROM conversation"))
    for id, conversation in store.rows(_OPEN, Verdict.ABSTAINED.value, limit):
        turn = store.turn(id, owner=owners[conversation])
        rating = turn.rating
        down = rating is not None and rating.value < 0
        why = (rating.reason or "down") if rating is not None and down else "abstained"
        comment = rating.comment if rating is not None and down else ""
        found.append(Unanswered(id, conversation, turn.question, turn.created, turn.reply, why, comment))
    return found


def said(sentences: Sequence[AnswerSentence]) -> str:
    """The text of an answer."""
    return " ".join(sentence.text for sentence in sentences)


def _day_after(day: str) -> str:
    try:
        return (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    except ValueError:
        return "9"
