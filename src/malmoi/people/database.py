"""The file `people.sqlite`, which accounts, keys and sessions share. Secrets stand in it as hashes only."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from malmoi.errors import PeopleError

FILE_NAME = "people.sqlite"
_SCHEMA = """
CREATE TABLE account (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, display TEXT NOT NULL, password TEXT NOT NULL, role TEXT NOT NULL,
    groups TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0, created TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0, locked_until TEXT
) STRICT;
CREATE TABLE api_key (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, role TEXT NOT NULL, groups TEXT NOT NULL,
    scopes TEXT NOT NULL, collections TEXT NOT NULL, created TEXT NOT NULL, expires TEXT, revoked TEXT, used TEXT
) STRICT;
CREATE TABLE session (
    hash BLOB PRIMARY KEY, principal TEXT NOT NULL, account TEXT REFERENCES account (id) ON DELETE CASCADE,
    created TEXT NOT NULL, expires TEXT NOT NULL
) STRICT;
CREATE INDEX session_by_account ON session (account);
PRAGMA user_version = 1;
"""
_GROUP = re.compile(r"[^\s,/\\\x00-\x1f](?:[^,/\\\x00-\x1f]{0,62}[^\s,/\\\x00-\x1f])?")


class PeopleDatabase:
    """Opens, or makes, `people.sqlite` in a folder, readable by its owner only; safe between threads and processes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE_NAME
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self.transaction() as run:
            if run("PRAGMA user_version").fetchone()[0] == 0:
                for statement in filter(str.strip, _SCHEMA.split(";\n")):
                    run(statement)

    def close(self) -> None:
        """Close the file; nothing that shares it can be used afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """`execute` inside a transaction, taken back when an error leaves it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()


def now() -> datetime:
    """The present time, UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def checked_groups(groups: Iterable[str]) -> frozenset[str]:
    """Group names as they are kept.

    Raises:
        PeopleError: one is empty, longer than 64 characters, or holds a comma, a slash or a control character.
    """
    found = frozenset(groups)
    for group in found:
        if not _GROUP.fullmatch(group):
            raise PeopleError(
                f"{group!r} is no name of a group",
                "Use up to 64 characters without commas, slashes and outer spaces.",
                text="people.group",
                group=group,
            )
    return found
