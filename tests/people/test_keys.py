from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from malmoi.errors import PeopleError
from malmoi.people import ApiKeys, Scope
from malmoi.people.database import now
from malmoi.types import Role


def test_a_key_is_known_by_its_secret(keys: ApiKeys, tmp_path: Path) -> None:
    key, secret = keys.make("intranet", groups=["staff"], collections=["rules"])
    found = keys.check(secret)
    assert found is not None
    assert (found.id, found.scopes, found.collections) == (key.id, {Scope.ASK}, {"rules"})
    assert found.principal.groups == {"staff"}
    assert keys.all()[0].used == now().date().isoformat()
    assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_no_other_secret_is_taken(keys: ApiKeys) -> None:
    _, secret = keys.make("intranet")
    for other in (secret[:-1], secret + "A", secret.upper(), secret[3:], ""):
        assert keys.check(other) is None


def test_a_revoked_key_ends_at_once_and_stays_listed(keys: ApiKeys) -> None:
    key, secret = keys.make("intranet")
    keys.revoke(key.id)
    assert keys.check(secret) is None
    assert keys.all()[0].revoked
    with pytest.raises(PeopleError):
        keys.revoke("unknown")


def test_a_key_ends_by_itself(keys: ApiKeys) -> None:
    _, secret = keys.make("intranet", days=2)
    assert keys.check(secret, at=now() + timedelta(days=1))
    assert keys.check(secret, at=now() + timedelta(days=3)) is None


def test_a_scope_needs_its_role(keys: ApiKeys) -> None:
    with pytest.raises(PeopleError, match="role"):
        keys.make("intranet", scopes=[Scope.DOCUMENTS])
    keys.make("loader", role=Role.EDITOR, scopes=[Scope.DOCUMENTS])
    for bad in ({"name": " "}, {"name": "x", "scopes": []}, {"name": "x", "days": 0}):
        with pytest.raises(PeopleError):
            keys.make(**bad)  # type: ignore[arg-type]
