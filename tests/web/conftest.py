from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from malmoi.conversation import ConversationStore
from malmoi.settings import load_settings
from web.small import SmallMalmoi, app_of

ARTICLE = """가람시, 새 도서관 연다

2025.02.11

가람시는 새 도서관을 3월에 연다고 밝혔다. 건립 비용은 55억 원이다.

댓글 1

물결 02.11 10:05
드디어 생기네요.
"""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SmallMalmoi, TestClient]]:
    """One application for all tests: making one takes Gradio a second."""
    index = tmp_path_factory.mktemp("web") / "index"
    malmoi = SmallMalmoi(load_settings(overrides={"index_dir": index, "documents": {"max_bytes": 5000}}))
    with TestClient(app_of(malmoi), base_url="http://127.0.0.1") as client:
        yield malmoi, client


@pytest.fixture
def malmoi(served: tuple[SmallMalmoi, TestClient]) -> SmallMalmoi:
    made = served[0]
    made.held.clear()
    made.add_bytes("도서관.txt", ARTICLE.encode())
    return made


@pytest.fixture
def store(malmoi: SmallMalmoi) -> Iterator[ConversationStore]:
    opened = ConversationStore(malmoi.settings.index_dir)
    for conversation in opened.conversations():
        opened.delete(conversation.id)
    yield opened
    opened.close()


@pytest.fixture
def client(served: tuple[SmallMalmoi, TestClient], malmoi: SmallMalmoi) -> TestClient:
    served[1].cookies.clear()
    return served[1]
