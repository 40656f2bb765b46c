from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from malmoi.evaluation.questions import Question, Quote
from servers.fixtures import serve

if TYPE_CHECKING:
    from malmoi.engine import Malmoi

__all__ = ["serve"]

PAGES = {
    "harbour.txt": "해오름 항구 안내\n\n2025.02.11\n\n해오름 항구에는 등대가 세 개 있다. 등대지기는 윤가람이다.\n",
    "notice.txt": "등대 정비 알림\n\n2025.05.20\n\n해오름 항구의 등대는 모두 네 개라고 시설과가 밝혔다.\n",
    "ferry.txt": "Ferry times\n\n2025-03-01\n\nThe first ferry to Moss Island leaves at 6:40 from pier 3.\n",
}
QUESTIONS = (
    Question("keeper", "해오름 항구의 등대지기는 누구인가?", "ko", "fact", True, ("윤가람",),
             ((Quote("harbour.txt", "등대지기는 윤가람이다"),),)),
    Question("ferry", "When does the first ferry to Moss Island leave?", "en", "fact", True, ("6:40",),
             ((Quote("ferry.txt", "leaves at 6:40"),),), history=("Where does the ferry go?",)),
    Question("lights", "해오름 항구에는 등대가 몇 개 있나?", "ko", "conflict", True, ("세 개", "네 개"),
             ((Quote("harbour.txt", "등대가 세 개"),), (Quote("notice.txt", "모두 네 개"),))),
    Question("whale", "고래 축제의 입장료는 얼마인가?", "ko", "unanswerable", False),
)  # fmt: skip


@pytest.fixture(scope="session")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three invented documents."""
    folder = tmp_path_factory.mktemp("harbour")
    for name, content in PAGES.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def collection(harbour: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Malmoi]:
    """Those documents, searched by words alone."""
    import malmoi

    with malmoi.open(tmp_path_factory.mktemp("index"), embedding__engine="none") as opened:
        opened.add([harbour])
        yield opened
