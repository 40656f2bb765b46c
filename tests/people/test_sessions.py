from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from malmoi.people import Accounts, Sessions
from malmoi.people.database import now
from malmoi.types import Principal, Role

PASSWORD = "모래톱 위의 등대 일곱"


def test_a_session_knows_the_account_as_it_is_now(accounts: Accounts, sessions: Sessions) -> None:
    token = sessions.open(accounts.add("dana", PASSWORD, groups=["staff"]))
    accounts.set_groups("dana", ["harbour"])
    accounts.set_role("dana", Role.ADMIN)
    found = sessions.check(token)
    assert found is not None
    assert (found.groups, found.role) == ({"harbour"}, Role.ADMIN)


def test_a_session_ends_by_time_by_sign_out_and_with_its_account(
    accounts: Accounts, sessions: Sessions, tmp_path: Path
) -> None:
    account = accounts.add("dana", PASSWORD)
    first, second, third = (sessions.open(account) for _ in range(3))
    assert sessions.check(first, at=now() + timedelta(hours=9)) is None
    sessions.close(first)
    assert sessions.check(first) is None
    assert sessions.check(second)
    accounts.set_disabled("dana", True)
    assert sessions.check(second) is None
    accounts.set_disabled("dana", False)
    accounts.set_password("dana", PASSWORD + "!")
    assert sessions.check(second) is None
    fourth = sessions.open(account)
    accounts.remove("dana")
    assert sessions.check(fourth) is None
    assert third.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_someone_of_another_service_is_kept_as_that_service_said(sessions: Sessions) -> None:
    who = Principal("oidc:https://id.example#17", "다나", Role.EDITOR, frozenset({"staff"}))
    assert sessions.check(sessions.open(who)) == who
    assert sessions.check("guess") is None
