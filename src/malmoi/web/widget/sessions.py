"""Sessions of the widget and the tokens that were used up, in the file `widget.sqlite`; secrets as hashes only."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from malmoi.database import Database
from malmoi.types import Principal, Role

FILE_NAME = "widget.sqlite"
PREFIX = "mw_"
"""Begins every session's token, which tells it from an API key."""
# "IF NOT EXISTS": the first files of this kind bear no `user_version`.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    hash BLOB PRIMARY KEY, thread BLOB NOT NULL,
    id TEXT NOT NULL, name TEXT NOT NULL, groups TEXT NOT NULL, anonymous INTEGER NOT NULL,
    origin TEXT NOT NULL, collection TEXT NOT NULL, conversation TEXT NOT NULL,
    expires REAL NOT NULL, kept REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS spent (token BLOB PRIMARY KEY, expires REAL NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS session_by_thread ON session (thread, expires);
CREATE INDEX IF NOT EXISTS session_by_end ON session (kept);
CREATE INDEX IF NOT EXISTS spent_by_end ON spent (expires);
PRAGMA user_version = 1;
"""
_FIELDS = "id, name, groups, anonymous, origin, collection, conversation, expires, kept"


@dataclass(frozen=True, slots=True)
class WidgetSession:
    """One widget in one window, for one person, one site and one collection.

    Attributes:
        id: of the principal.
        conversation: that it is about; "" before the first question.
        expires: until when it proves who asks; seconds since 1970.
        kept: until when it can be renewed with the conversation; seconds since 1970.
    """

    id: str
    name: str
    groups: frozenset[str]
    anonymous: bool
    origin: str
    collection: str
    conversation: str
    expires: float
    kept: float

    @property
    def principal(self) -> Principal:
        """Who asks; always a reader."""
        return Principal(self.id, self.name, Role.READER, self.groups)


class WidgetSessions(Database):
    """Opens, or makes, the file in a folder, readable by its owner only; safe between threads and processes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE_NAME, _SCHEMA, private=True)

    def spend(self, token_id: str, expires: float) -> bool:
        """Use a token up; False when it was used before. It is remembered for as long as it would hold."""
        with self.transaction() as run:
            run("DELETE FROM spent WHERE expires < ?", (time.time() - 3600,))
            added = run("INSERT OR IGNORE INTO spent VALUES (?,?)", (_hash(token_id), expires))
            return bool(added.rowcount == 1)

    def open(self, session: WidgetSession, thread: str) -> str:
        """Keep a session; gives the token that proves it.

        Args:
            thread: names the conversation to the window that it is in; proves nothing by itself.
        """
        token = PREFIX + secrets.token_urlsafe(32)
        groups = json.dumps(sorted(session.groups), ensure_ascii=False)
        row = (
            _hash(token), _hash(thread), session.id, session.name, groups, int(session.anonymous), session.origin,
            session.collection, session.conversation, session.expires, session.kept,
        )  # fmt: skip
        with self.transaction() as run:
            run("DELETE FROM session WHERE kept < ?", (time.time(),))
            run(f"INSERT INTO session (hash, thread, {_FIELDS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)
        return token

    def find(self, token: str) -> WidgetSession | None:
        """The session that a token proves, whether or not it has expired; None when it is not kept any more."""
        return self._find("hash = ?", _hash(token))

    def last_of(self, thread: str) -> WidgetSession | None:
        """The last session of a thread; None when none is kept any more."""
        return self._find("thread = ?", _hash(thread))

    def _find(self, condition: str, value: bytes) -> WidgetSession | None:
        query = f"SELECT {_FIELDS} FROM session WHERE {condition} AND kept >= ? ORDER BY expires DESC LIMIT 1"
        found = self.rows(query, value, time.time())
        if not found:
            return None
        id, name, groups, anonymous, *rest = found[0]
        return WidgetSession(id, name, frozenset(json.loads(groups)), bool(anonymous), *rest)

    def remember(self, token: str, conversation: str) -> None:
        """Note which conversation a session, and its thread, is about; "" for a new one."""
        with self.transaction() as run:
            run(
                "UPDATE session SET conversation = ? WHERE thread = (SELECT thread FROM session WHERE hash = ?)",
                (conversation, _hash(token)),
            )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
