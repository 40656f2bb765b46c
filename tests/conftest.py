"""Fixtures that every area shares."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from malmoi.korean import Analyser
    from malmoi.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees the settings of the person who runs it, nor a `malmoi.toml` of the folder it is run in."""
    for name in list(os.environ):
        steers_tests = name in {"MALMOI_CRASH_KILLS", "MALMOI_REQUIRE_BROWSER"} or name.startswith("MALMOI_TEST_")
        if name.startswith("MALMOI_") and not steers_tests:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))
    yield


@pytest.fixture(scope="session")
def analyser() -> Analyser:
    """The process's one analyser; it takes seconds and half a gigabyte to load."""
    from malmoi.korean import get_analyser

    return get_analyser()


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings for an index in the test's own folder; keywords as for `malmoi.open` (`llm__model="…"`)."""
    from malmoi.settings import load_settings

    def make(**overrides: object) -> Settings:
        return load_settings(overrides={"index_dir": tmp_path / "index", **overrides})

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public corpora beside a checkout; tests over it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the public corpora are not beside this checkout")
    return SHARED
