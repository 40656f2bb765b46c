from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from malmoi.settings import load_settings
from servers.host import SECRET
from web.small import SmallMalmoi, app_of

SITE = "https://portal.example"
Served = Callable[..., TestClient]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serves a small collection with the given settings of the widget."""
    with ExitStack() as stack:

        def make(**widget: Any) -> TestClient:
            given = {"origins": [SITE], "secret": SECRET, **widget}
            malmoi = SmallMalmoi(load_settings(overrides={"index_dir": tmp_path, "widget": given}))
            malmoi.add_bytes("notice.txt", "가람시는 새 도서관을 연다.".encode())
            return stack.enter_context(TestClient(app_of(malmoi), base_url="http://127.0.0.1"))

        yield make
