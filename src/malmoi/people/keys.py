"""API keys: how another program says who it is. Shown once, kept as a hash."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from malmoi.errors import PeopleError
from malmoi.people.database import PeopleDatabase, checked_groups, hashed, now
from malmoi.types import Principal, Role

PREFIX = "mm_"
"""How every key begins, so that scanners for leaked secrets can know it."""
_COLUMNS = "id, name, role, groups, scopes, collections, created, expires, revoked, used"


class Scope(StrEnum):
    """What a key opens."""

    ASK = "ask"
    """Questions, search, passages, its own conversations and feedback."""
    DOCUMENTS = "documents"
    """Adding, listing and removing documents."""
    EVALUATE = "evaluate"
    """Question sets and their results."""
    ADMIN = "admin"
    """People, keys, others' conversations, settings."""


_NEEDS = {Scope.ASK: Role.READER, Scope.DOCUMENTS: Role.EDITOR, Scope.EVALUATE: Role.EDITOR, Scope.ADMIN: Role.ADMIN}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret; times are ISO 8601, UTC.

    Attributes:
        collections: names of those that it opens; empty opens all that its groups may see.
        expires: when it ends by itself; None never.
        used: the day of its last use.
    """

    id: str
    name: str
    role: Role
    groups: frozenset[str]
    scopes: frozenset[Scope]
    collections: frozenset[str]
    created: str
    expires: str | None = None
    revoked: str | None = None
    used: str | None = None

    @property
    def principal(self) -> Principal:
        """The key as someone who asks."""
        return Principal(f"key:{self.id}", self.name, self.role, self.groups)


class ApiKeys:
    """The API keys of an installation."""

    def __init__(self, database: PeopleDatabase) -> None:
        self._database = database

    def make(
        self,
        name: str,
        *,
        role: Role = Role.READER,
        groups: Iterable[str] = (),
        scopes: Iterable[Scope] = (Scope.ASK,),
        collections: Iterable[str] = (),
        days: int | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which cannot be had again.

        Args:
            days: after so many it ends by itself.

        Raises:
            PeopleError: without a name or scope, or with a scope that its role does not allow.
        """
        wanted = frozenset(scopes)
        if not name.strip() or not wanted:
            raise PeopleError("A key needs a name and a scope", "Name what will use it.", text="people.key_bare")
        above = sorted(scope for scope in wanted if role < _NEEDS[scope])
        if above:
            raise PeopleError(
                f"A key of the role {role} cannot have the scope {above[0]}",
                f"Give it the role {_NEEDS[above[0]]}.",
                text="people.key_scope",
                role=role,
                scope=above[0],
                needed=_NEEDS[above[0]],
            )
        if days is not None and days < 1:
            raise PeopleError(
                "A key lasts a day at least", "Leave the days out for one without end.", text="people.key_days"
            )
        id, secret = secrets.token_hex(6), PREFIX + secrets.token_urlsafe(32)
        at = now()
        expires = (at + timedelta(days=days)).isoformat() if days else None
        with self._database.transaction() as run:
            run(
                "INSERT INTO api_key (id, name, hash, role, groups, scopes, collections, created, expires) "
                "VALUES (?,?,?,?,?,?,?,?,?)",
                (
                    id,
                    name.strip(),
                    hashed(secret),
                    role.value,
                    _list(checked_groups(groups)),
                    _list(wanted),
                    _list(collections),
                    at.isoformat(),
                    expires,
                ),
            )
        return next(key for key in self.all() if key.id == id), secret

    def all(self) -> list[ApiKey]:
        """All keys, also revoked ones, the newest first."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM api_key ORDER BY created DESC, id")
        return [_key(row) for row in rows]

    def check(self, secret: str, *, at: datetime | None = None) -> ApiKey | None:
        """The key of a secret; None where there is none, or it was revoked or has ended."""
        if not secret.startswith(PREFIX):
            return None
        at = at or now()
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM api_key WHERE hash = ?", hashed(secret))
        key = _key(rows[0]) if rows else None
        if key is None or key.revoked or (key.expires and datetime.fromisoformat(key.expires) <= at):
            return None
        today = at.date().isoformat()
        if key.used != today:
            with self._database.transaction() as run:
                run("UPDATE api_key SET used = ? WHERE id = ?", (today, key.id))
        return key

    def revoke(self, id: str) -> None:
        """End a key at once; raises PeopleError where there is none of this id."""
        if not any(key.id == id for key in self.all()):
            raise PeopleError(
                f"There is no key {id}", "List them with `malmoi keys list`.", text="people.key_unknown", id=id
            )
        with self._database.transaction() as run:
            run("UPDATE api_key SET revoked = coalesce(revoked, ?) WHERE id = ?", (now().isoformat(), id))


def _list(values: Iterable[str]) -> str:
    return json.dumps(sorted(str(value) for value in values), ensure_ascii=False)


def _key(row: tuple[Any, ...]) -> ApiKey:
    id, name, role, groups, scopes, collections, created, expires, revoked, used = row
    return ApiKey(
        id=id,
        name=name,
        role=Role(role),
        groups=frozenset(json.loads(groups)),
        scopes=frozenset(map(Scope, json.loads(scopes))),
        collections=frozenset(json.loads(collections)),
        created=created,
        expires=expires,
        revoked=revoked,
        used=used,
    )
