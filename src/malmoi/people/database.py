"""The file `people.sqlite`, which accounts, keys and sessions share. Secrets stand in it as hashes only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from malmoi.database import Database
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


class PeopleDatabase(Database):
    """Opens, or makes, `people.sqlite` in a folder, readable by its owner only; safe between threads and processes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE_NAME, _SCHEMA, private=True)


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


def hashed(secret: str) -> bytes:
    """What is kept of a secret; one of 256 random bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).digest()
