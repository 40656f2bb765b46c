"""The operator's pages over real collections, without vectors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from malmoi.collections import Collections
from malmoi.people import Accounts, ApiKeys, Scope
from malmoi.people.database import PeopleDatabase
from malmoi.settings import load_settings
from malmoi.types import Role
from malmoi.web.app import create_app

PASSWORD = "모래톱 위의 등대 일곱"
BRIDGE = """가람시, 푸른다리 개통

2025.03.04

가람시는 푸른다리를 3월 4일 개통했다고 밝혔다. 건설에는 120억 원이 들었다.
"""


def app_over(collections: Collections, settings: Any) -> FastAPI:
    """Made in a running loop, because Gradio otherwise makes loops that it never closes."""

    async def make() -> FastAPI:
        return create_app(collections, settings)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(make())).result()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("admin") / "index"


@pytest.fixture(scope="module")
def app(index: Path) -> Iterator[FastAPI]:
    overrides = {
        "index_dir": index, "embedding": {"engine": "none"}, "sign_in": {"method": "local"},
        "limits": {"sign_ins_per_minute": 0, "address_sign_ins_per_minute": 0},
    }  # fmt: skip
    settings = load_settings(overrides=overrides)
    collections = Collections(settings)
    collections.open().add_bytes("푸른다리.txt", BRIDGE.encode())
    database = PeopleDatabase(index)
    accounts = Accounts(database)
    for name, role in (("ada", Role.ADMIN), ("edith", Role.EDITOR), ("rea", Role.READER)):
        accounts.add(name, PASSWORD, role=role)
    database.close()
    yield app_over(collections, settings)
    collections.close()


def signed_in(app: FastAPI, name: str) -> TestClient:
    client = TestClient(app, base_url="http://127.0.0.1")
    reply = client.post("/sign-in", data={"name": name, "password": PASSWORD}, follow_redirects=False)
    assert reply.status_code == 303
    return client


@pytest.fixture(scope="module")
def admin(app: FastAPI) -> TestClient:
    return signed_in(app, "ada")


@pytest.fixture
def keys(index: Path) -> Iterator[ApiKeys]:
    database = PeopleDatabase(index)
    yield ApiKeys(database)
    database.close()


def bearer(keys: ApiKeys, role: Role, *scopes: Scope) -> dict[str, str]:
    _, secret = keys.make("program", role=role, scopes=scopes)
    return {"authorization": f"Bearer {secret}"}
