from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from malmoi.errors import PeopleError, SignInRefused
from malmoi.people import Accounts
from malmoi.people.database import FILE_NAME, PeopleDatabase
from malmoi.types import Role

PASSWORD = "모래톱 위의 등대 일곱"
T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_name_and_password_open_an_account(accounts: Accounts) -> None:
    made = accounts.add("Dana", PASSWORD, role=Role.EDITOR, groups=["항만과", "staff"])
    found = accounts.sign_in("dana ", PASSWORD)
    assert found == made
    assert found.principal.role is Role.EDITOR
    assert found.principal.groups == {"항만과", "staff"}


@pytest.mark.parametrize(("name", "password"), [("dana", "이것은 틀린 암호입니다"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_are_refused_alike(accounts: Accounts, name: str, password: str) -> None:
    accounts.add("dana", PASSWORD)
    with pytest.raises(SignInRefused) as refused:
        accounts.sign_in(name, password)
    assert str(refused.value) == str(SignInRefused())


def test_wrong_passwords_lock_an_account_longer_each_time(accounts: Accounts) -> None:
    accounts.add("dana", PASSWORD)

    def refused(at: datetime, password: str = PASSWORD) -> bool:
        try:
            accounts.sign_in("dana", password, at=at)
        except SignInRefused:
            return True
        return False

    assert all(refused(T0, "틀린 암호 틀린 암호") for _ in range(3))
    assert refused(T0 + timedelta(minutes=9))
    assert all(refused(T0 + timedelta(minutes=11), "틀린 암호 틀린 암호") for _ in range(3))
    assert refused(T0 + timedelta(minutes=11 + 19)), "the second lock lasts twice as long"
    assert not refused(T0 + timedelta(minutes=11 + 21))
    assert accounts.get("dana").failures == 0


def test_a_closed_account_does_not_open(accounts: Accounts) -> None:
    accounts.add("dana", PASSWORD)
    accounts.set_disabled("dana", True)
    with pytest.raises(SignInRefused):
        accounts.sign_in("dana", PASSWORD)
    accounts.set_disabled("dana", False)
    assert accounts.sign_in("dana", PASSWORD)


def test_the_file_holds_no_password_and_is_its_owners(accounts: Accounts, tmp_path: Path) -> None:
    accounts.add("dana", PASSWORD)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PASSWORD.encode() not in stored
    assert b"$argon2id$" in stored
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "../etc"])
def test_bad_names_are_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(PeopleError):
        accounts.add(name, PASSWORD)


def test_short_passwords_and_taken_names_are_refused(accounts: Accounts) -> None:
    with pytest.raises(PeopleError, match="11 characters"):
        accounts.add("dana", "x" * 11)
    accounts.add("dana", PASSWORD)
    with pytest.raises(PeopleError, match="already"):
        accounts.add("DANA", PASSWORD)


@pytest.mark.parametrize("group", ["", " a", "a,b", "a/b", "x" * 65, "a\n"])
def test_bad_groups_are_refused(accounts: Accounts, group: str) -> None:
    accounts.add("dana", PASSWORD)
    with pytest.raises(PeopleError):
        accounts.set_groups("dana", [group])


def test_accounts_outlive_the_process(accounts: Accounts, tmp_path: Path) -> None:
    accounts.add("dana", PASSWORD)
    again = PeopleDatabase(tmp_path)
    try:
        assert Accounts(again).sign_in("dana", PASSWORD).name == "dana"
    finally:
        again.close()
