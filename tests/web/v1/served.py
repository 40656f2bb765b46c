"""A real server over real collections, for clients of other makers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from malmoi.collections import CollectionConfig, Collections
from malmoi.people import ApiKeys, Scope
from malmoi.people.database import PeopleDatabase
from malmoi.settings import Settings, load_settings
from malmoi.types import Role
from malmoi.web.app import listen
from web.small import app_over

LIBRARY = """가람시, 새 도서관 연다

2025.02.11

가람시는 새 도서관을 3월 12일에 연다고 밝혔다. 새 도서관의 건립 비용은 55억 원이다. 열람실은 밤 10시까지 문을 연다.
"""
HARBOUR = """나루항 정비 계획

2025.03.02

나루항의 방파제는 길이가 420미터이다. 방파제 공사에는 31억 원이 든다. 공사는 2026년 4월에 끝난다.
"""
SECRET = """항만과 내부 문서

2025.03.05

나루항 매립지의 예정 가격은 77억 원이다.
"""
COST = "새 도서관의 건립 비용은 얼마인가?"
OPENING = "새 도서관은 언제 여는가?"
LAND = "나루항 매립지의 예정 가격은 얼마인가?"


def settings_in(folder: Path, **overrides: object) -> Settings:
    """Words alone are searched, which needs no model."""
    return load_settings(
        overrides={"index_dir": folder, "embedding": {"engine": "none"}, "language": "ko", **overrides}
    )


def fill(settings: Settings) -> Collections:
    """Two collections; one document of the first is for the group 항만과 alone."""
    collections = Collections(settings)
    first = collections.open()
    first.add_bytes("도서관.txt", LIBRARY.encode())
    first.add_bytes("매립지.txt", SECRET.encode(), groups=["항만과"])
    collections.create("harbour", CollectionConfig())
    collections.open("harbour").add_bytes("나루항.txt", HARBOUR.encode())
    return collections


def keys_for(settings: Settings) -> dict[str, str]:
    """Secrets of API keys: a reader's, one in the group 항만과, an editor's, one for the harbour alone."""
    database = PeopleDatabase(settings.index_dir)
    keys = ApiKeys(database)
    try:
        return {
            "reader": keys.make("reader")[1],
            "insider": keys.make("insider", groups=["항만과"])[1],
            "editor": keys.make("editor", role=Role.EDITOR, scopes=[Scope.ASK, Scope.DOCUMENTS, Scope.EVALUATE])[1],
            "harbour": keys.make("harbour", collections=["harbour"])[1],
        }
    finally:
        database.close()


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """The address of a server in a thread, until the block is left."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app_over(fill(settings), settings), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
