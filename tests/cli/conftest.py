from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from malmoi.cli import Spoken, main

PAGES = {
    "leave.md": "# 휴가 규정\n\n2025.02.11\n\n연차휴가는 1년에 15일을 준다. 입사 첫해에는 한 달에 하루를 준다.\n",
    "cafe.txt": "구내식당 안내\n\n2024.05.20\n\n구내식당은 오전 11시 30분에 문을 연다. 점심값은 6000원이다.\n",
    "ferry.txt": "Ferry times\n\n2025-03-01\n\nThe first ferry to the island leaves at 6:40 from pier 3.\n",
}


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ran]


@pytest.fixture(scope="session")
def process() -> Command:
    """Runs `python -m malmoi` as a program of its own."""

    def run(*arguments: str | Path, **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "malmoi", *map(str, arguments)],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def malmoi(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command within this process, which has the analyser loaded already; vectors are left out."""

    def run(*arguments: str | Path, language: str = "en") -> Ran:
        monkeypatch.setattr(sys, "argv", ["malmoi", *map(str, arguments)])
        monkeypatch.setattr(Spoken, "language", language)
        monkeypatch.setenv("MALMOI_LANGUAGE", language)
        monkeypatch.setenv("MALMOI_EMBEDDING__ENGINE", "none")
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0 if code is None else 1, printed.out, printed.err)

    return run


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder with three small documents."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for name, content in PAGES.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def index(malmoi: Command, pages: Path, tmp_path: Path) -> Path:
    """An index folder with those documents."""
    folder = tmp_path / "index"
    assert malmoi("add", pages, "--index", folder).status == 0
    return folder
