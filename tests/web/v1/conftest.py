from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from web.v1.served import keys_for, running, settings_in


@dataclass(frozen=True)
class Served:
    """A running server and the keys that open it."""

    url: str
    keys: dict[str, str]
    folder: Path


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served") / "index"
    settings = settings_in(folder, sign_in={"method": "local"})
    with running(settings) as url:
        yield Served(url, keys_for(settings), folder)
