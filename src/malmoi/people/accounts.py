"""Local accounts: names and passwords that this installation keeps itself."""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from malmoi.errors import PeopleError, SignInRefused
from malmoi.people.database import PeopleDatabase, checked_groups, now
from malmoi.types import Principal, Role

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST_PASSWORD = 12
MOST_PASSWORD = 256
"""Characters; a longer text costs the hash function time and adds nothing."""
_NAME = re.compile(r"[\w.@+-]{1,64}")
_COLUMNS = "id, name, display, role, groups, disabled, created, failures, locked_until"


@dataclass(frozen=True, slots=True)
class Account:
    """A local account; times are ISO 8601, UTC.

    Attributes:
        name: what one signs in with, lower case.
        display: what others see.
        failures: wrong passwords since the last right one.
        locked_until: until when no password is looked at; None when not locked.
    """

    id: str
    name: str
    display: str
    role: Role
    groups: frozenset[str]
    disabled: bool
    created: str
    failures: int = 0
    locked_until: str | None = None

    def is_locked(self, at: datetime | None = None) -> bool:
        """Whether no password is looked at now."""
        return self.locked_until is not None and datetime.fromisoformat(self.locked_until) > (at or now())

    @property
    def principal(self) -> Principal:
        """The account as someone who asks."""
        return Principal(f"local:{self.id}", self.display or self.name, self.role, self.groups)


class Accounts:
    """The local accounts of an installation.

    Args:
        failures: so many wrong passwords in a row lock an account.
        lock_minutes: for so long; each further lock of the same account doubles it, up to a day.
    """

    def __init__(self, database: PeopleDatabase, *, failures: int = 5, lock_minutes: float = 15) -> None:
        self._database = database
        self._most_failures = failures
        self._lock = timedelta(minutes=lock_minutes)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher()  # argon2id with the parameters of RFC 9106, its low-memory choice

    @cached_property
    def _nobody(self) -> str:
        """The hash that is compared for an unknown name, so that a reply takes as long as for a known one."""
        return self._hasher.hash(secrets.token_urlsafe())

    def add(
        self, name: str, password: str, *, role: Role = Role.READER, groups: Iterable[str] = (), display: str = ""
    ) -> Account:
        """Make an account.

        Raises:
            PeopleError: the name is taken or no name, or the password is too short.
        """
        name = _normal(name)
        if not _NAME.fullmatch(name):
            raise PeopleError(
                f"{name!r} is no account name",
                "Use up to 64 letters, digits and the characters . @ + - _",
                text="people.account_name",
                name=name,
            )
        if self.find(name):
            raise PeopleError(
                f"There is an account {name} already",
                "Choose another name, or change that account.",
                text="people.account_there",
                name=name,
            )
        row = (secrets.token_hex(8), name, display.strip() or name, self._hash(password), role.value)
        with self._database.transaction() as run:
            run(
                "INSERT INTO account (id, name, display, password, role, groups, created) VALUES (?,?,?,?,?,?,?)",
                (*row, json.dumps(sorted(checked_groups(groups)), ensure_ascii=False), now().isoformat()),
            )
        return self.get(name)

    def all(self) -> list[Account]:
        """All accounts by name."""
        return [_account(row) for row in self._database.rows(f"SELECT {_COLUMNS} FROM account ORDER BY name")]

    def find(self, name: str) -> Account | None:
        """The account of a name, or None."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM account WHERE name = ?", _normal(name))
        return _account(rows[0]) if rows else None

    def get(self, name: str) -> Account:
        """The account of a name; raises PeopleError."""
        found = self.find(name)
        if found is None:
            raise PeopleError(
                f"There is no account {name}",
                "List them with `malmoi people list`.",
                text="people.account_unknown",
                name=name,
            )
        return found

    def by_id(self, id: str) -> Account | None:
        """The account of an id, or None."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM account WHERE id = ?", id)
        return _account(rows[0]) if rows else None

    def set_password(self, name: str, password: str) -> None:
        """Change a password; ends the account's sessions and its lock."""
        self._set(name, "password = ?, failures = 0, locked_until = NULL", self._hash(password))
        with self._database.transaction() as run:
            run("DELETE FROM session WHERE account = ?", (self.get(name).id,))

    def set_role(self, name: str, role: Role) -> None:
        """Change what an account may do, from its next request on."""
        self._set(name, "role = ?", role.value)

    def set_groups(self, name: str, groups: Iterable[str]) -> None:
        """Change the groups of an account, from its next request on."""
        self._set(name, "groups = ?", json.dumps(sorted(checked_groups(groups)), ensure_ascii=False))

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Close an account without deleting it, or open it again."""
        self._set(name, "disabled = ?, failures = 0, locked_until = NULL", int(disabled))

    def remove(self, name: str) -> None:
        """Delete an account and its sessions."""
        account = self.get(name)
        with self._database.transaction() as run:
            run("DELETE FROM account WHERE id = ?", (account.id,))

    def sign_in(self, name: str, password: str, *, at: datetime | None = None) -> Account:
        """The account behind a name and password.

        Raises:
            SignInRefused: one of them is wrong, or the account is locked or closed; which, is not told.
        """
        at = at or now()
        rows = self._database.rows("SELECT password FROM account WHERE name = ?", _normal(name))
        account = self.find(name)
        right = self._matches(rows[0][0] if rows else self._nobody, password)
        if account is None:
            raise SignInRefused
        if account.is_locked(at):
            raise SignInRefused
        if not right or account.disabled:
            self._count_failure(account, at)
            raise SignInRefused
        self._set(name, "failures = 0, locked_until = NULL")
        if self._hasher.check_needs_rehash(rows[0][0]):
            self._set(name, "password = ?", self._hasher.hash(password))
        return self.get(name)

    def _count_failure(self, account: Account, at: datetime) -> None:
        failures = account.failures + 1
        times, rest = divmod(failures, self._most_failures)
        until = account.locked_until
        if rest == 0:
            until = (at + min(self._lock * 2 ** (times - 1), timedelta(days=1))).isoformat()
        self._set(account.name, "failures = ?, locked_until = ?", failures, until)

    def _matches(self, hashed: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(hashed, password[:MOST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False

    def _hash(self, password: str) -> str:
        if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            raise PeopleError(
                f"The password has {len(password)} characters",
                f"Use between {LEAST_PASSWORD} and {MOST_PASSWORD}; a few words together are easy to remember.",
                text="people.password",
                length=len(password),
                least=LEAST_PASSWORD,
                most=MOST_PASSWORD,
            )
        return self._hasher.hash(password)

    def _set(self, name: str, assignments: str, *values: object) -> None:
        account = self.get(name)
        with self._database.transaction() as run:
            run(f"UPDATE account SET {assignments} WHERE id = ?", (*values, account.id))


def _normal(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _account(row: tuple[Any, ...]) -> Account:
    id, name, display, role, groups, disabled, created, failures, locked_until = row
    return Account(
        id=id,
        name=name,
        display=display,
        role=Role(role),
        groups=frozenset(json.loads(groups)),
        disabled=bool(disabled),
        created=created,
        failures=failures,
        locked_until=locked_until,
    )
