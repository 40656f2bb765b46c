"""Who may see which document: groups of documents, and the condition that every query of a reader carries.

Equal sets of groups are kept once, as an `audience`; a document refers to one, or to none when its collection alone
decides. A document whose audience cannot be read is seen by nobody but those who see everything.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Iterable
from typing import Any

from malmoi.errors import GroupRefused

MAX_NAME = 200
"""Characters of a group's name."""
_SHARED = (
    "CASE WHEN json_valid(a.groups) THEN EXISTS "
    "(SELECT 1 FROM json_each(a.groups) WHERE value IN (SELECT value FROM json_each(?))) ELSE 0 END"
)


def group_names(names: Iterable[str]) -> frozenset[str]:
    """The names in NFC and without surrounding space.

    Raises:
        GroupRefused: one is empty, too long, or holds a comma or a control character.
    """
    found = frozenset(unicodedata.normalize("NFC", name).strip() for name in names)
    for name in found:
        if not name or len(name) > MAX_NAME or "," in name or not _writable(name):
            raise GroupRefused(
                f"{name!r} cannot be the name of a group",
                f"Use 1 to {MAX_NAME} characters without commas and line breaks.",
            )
    return found


def condition(groups: frozenset[str] | None) -> tuple[str, list[Any]]:
    """An SQL condition on `document d`, starting with " AND" or empty, and its parameters."""
    if groups is None:
        return "", []
    seen = f"SELECT a.number FROM audience a WHERE {_SHARED}"
    return f" AND (d.audience IS NULL OR d.audience IN ({seen}))", [_packed(groups)]


def hidden(connection: sqlite3.Connection, groups: frozenset[str] | None) -> frozenset[int]:
    """The audiences that members of these groups do not belong to."""
    if groups is None:
        return frozenset()
    found = connection.execute(f"SELECT a.number FROM audience a WHERE NOT {_SHARED}", (_packed(groups),))
    return frozenset(row[0] for row in found)


def named(connection: sqlite3.Connection) -> frozenset[str]:
    """The groups that some document has."""
    readable = "CASE WHEN json_valid(a.groups) THEN a.groups ELSE '[]' END"
    return frozenset(row[0] for row in connection.execute(f"SELECT value FROM audience a, json_each({readable})"))


def audience(db: sqlite3.Connection, groups: frozenset[str]) -> int | None:
    """The number of a set of groups, given to it now if it is new; None for no groups."""
    if not groups:
        return None
    packed = _packed(groups)
    db.execute("INSERT OR IGNORE INTO audience (groups) VALUES (?)", (packed,))
    return int(db.execute("SELECT number FROM audience WHERE groups = ?", (packed,)).fetchone()[0])


def drop_unused(db: sqlite3.Connection) -> None:
    """Forget sets of groups that no document has any more."""
    db.execute("DELETE FROM audience WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.audience = audience.number)")


def _packed(groups: frozenset[str]) -> str:
    """The names as JSON, without any that no document can have: SQLite would read one up to its first NUL."""
    return json.dumps(sorted(filter(_writable, groups)), ensure_ascii=False, separators=(",", ":"))


def _writable(name: str) -> bool:
    return not any(unicodedata.category(c)[0] == "C" for c in name)
