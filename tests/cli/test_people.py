"""Accounts and keys through the command line."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from malmoi.people import Accounts, ApiKeys
from malmoi.people.database import PeopleDatabase
from malmoi.types import Role

PASSWORD = "모래톱 위의 등대 일곱"


def test_an_account_from_making_to_removing(
    malmoi: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    options = ("--role", "editor", "--group", "항만과", "--password-stdin", "--index", tmp_path)
    made = malmoi("people", "add", "dana", *options)
    assert made.status == 0, made.err
    database = PeopleDatabase(tmp_path)
    try:
        account = Accounts(database).sign_in("dana", PASSWORD)
        assert (account.role, account.groups) == (Role.EDITOR, {"항만과"})
        options = ("--no-groups", "--role", "reader", "--close", "--index", tmp_path)
        assert malmoi("people", "change", "dana", *options).status == 0
        listed = malmoi("people", "list", "--json", "--index", tmp_path).json
        assert [(a["name"], a["role"], a["groups"], a["disabled"]) for a in listed] == [("dana", "reader", [], True)]
        assert PASSWORD not in made.out + made.err
        assert "closed" in malmoi("people", "list", "--index", tmp_path).out
        assert malmoi("people", "remove", "dana", "--index", tmp_path).status == 0
        assert not Accounts(database).all()
    finally:
        database.close()


def test_what_cannot_be_done_says_why(malmoi: Callable[..., Any], tmp_path: Path) -> None:
    without_terminal = malmoi("people", "add", "dana", "--index", tmp_path)
    assert without_terminal.status == 1
    assert "--password-stdin" in without_terminal.err
    assert "no account" in malmoi("people", "change", "dana", "--role", "admin", "--index", tmp_path).err
    assert "no scope" in malmoi("keys", "create", "x", "--scope", "everything", "--index", tmp_path).err


def test_a_key_is_printed_once_and_ended(malmoi: Callable[..., Any], tmp_path: Path) -> None:
    made = malmoi("keys", "create", "intranet", "--group", "staff", "--days", "30", "--index", tmp_path)
    secret = made.out.splitlines()[-1]
    database = PeopleDatabase(tmp_path)
    try:
        key = ApiKeys(database).check(secret)
        assert key is not None
        listed = malmoi("keys", "list", "--index", tmp_path)
        assert "intranet" in listed.out
        assert secret not in listed.out
        assert malmoi("keys", "revoke", key.id, "--index", tmp_path).status == 0
        assert ApiKeys(database).check(secret) is None
    finally:
        database.close()
