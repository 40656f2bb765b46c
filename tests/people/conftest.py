from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from malmoi.people import Accounts, ApiKeys, Sessions
from malmoi.people.database import PeopleDatabase


@pytest.fixture
def database(tmp_path: Path) -> Iterator[PeopleDatabase]:
    opened = PeopleDatabase(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def accounts(database: PeopleDatabase) -> Accounts:
    return Accounts(database, failures=3, lock_minutes=10)


@pytest.fixture
def keys(database: PeopleDatabase) -> ApiKeys:
    return ApiKeys(database)


@pytest.fixture
def sessions(database: PeopleDatabase, accounts: Accounts) -> Sessions:
    return Sessions(database, accounts, hours=8)
