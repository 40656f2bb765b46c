"""Sessions of people who signed in; the browser holds a random token, the file its hash."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta

from malmoi.people.accounts import Account, Accounts
from malmoi.people.database import PeopleDatabase, hashed, now
from malmoi.types import Principal, Role


class Sessions:
    """Who is signed in.

    Args:
        hours: after so many a session ends, used or not.
    """

    def __init__(self, database: PeopleDatabase, accounts: Accounts, *, hours: float = 12) -> None:
        self._database = database
        self._accounts = accounts
        self._lifetime = timedelta(hours=hours)

    def open(self, who: Account | Principal) -> str:
        """Begin a session; gives the token that proves it.

        An account is looked up anew at each request, so that a change of its role or groups holds at once. What
        another service said of a person holds until the session ends.
        """
        token, at = secrets.token_urlsafe(32), now()
        account = who.id if isinstance(who, Account) else None
        principal = who.principal if isinstance(who, Account) else who
        with self._database.transaction() as run:
            run("DELETE FROM session WHERE expires <= ?", (at.isoformat(),))
            run(
                "INSERT INTO session (hash, principal, account, created, expires) VALUES (?,?,?,?,?)",
                (hashed(token), _to_json(principal), account, at.isoformat(), (at + self._lifetime).isoformat()),
            )
        return token

    def check(self, token: str, *, at: datetime | None = None) -> Principal | None:
        """Who holds a token; None when it is unknown or has ended, or the account is gone or closed."""
        rows = self._database.rows("SELECT principal, account, expires FROM session WHERE hash = ?", hashed(token))
        if not rows or datetime.fromisoformat(rows[0][2]) <= (at or now()):
            return None
        stored, account_id, _ = rows[0]
        if account_id is None:
            return _from_json(stored)
        account = self._accounts.by_id(account_id)
        return account.principal if account and not account.disabled else None

    def close(self, token: str) -> None:
        """End a session; one that is unknown is no error."""
        with self._database.transaction() as run:
            run("DELETE FROM session WHERE hash = ?", (hashed(token),))


def _to_json(principal: Principal) -> str:
    return json.dumps(
        {
            "id": principal.id,
            "name": principal.name,
            "role": principal.role.value,
            "groups": sorted(principal.groups),
        },
        ensure_ascii=False,
    )


def _from_json(stored: str) -> Principal:
    found = json.loads(stored)
    return Principal(found["id"], found["name"], Role(found["role"]), frozenset(found["groups"]))
