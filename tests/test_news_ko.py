"""Real scraped pages: five Korean articles that stay outside the project, and the questions over them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scoring import Outcome, Score, ask, read_questions, table

if TYPE_CHECKING:
    from malmoi.engine import Malmoi


@pytest.fixture(scope="module")
def news(shared: Path) -> Path:
    if not (shared / "corpus" / "news-ko").is_dir() or not (shared / "qa" / "news-ko.dev.jsonl").is_file():
        pytest.skip("news-ko is not beside this checkout")
    return shared


@pytest.fixture(scope="module")
def collection(news: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Malmoi]:
    import malmoi

    with malmoi.open(tmp_path_factory.mktemp("news") / "index") as opened:
        opened.add([news / "corpus" / "news-ko"])
        yield opened


@pytest.fixture(scope="module")
def outcomes(collection: Malmoi, news: Path) -> list[Outcome]:
    return ask(collection, read_questions(news / "qa" / "news-ko.dev.jsonl"))


def test_the_questions_are_answered(outcomes: list[Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{table(outcomes)}\n")
    score = Score.of(outcomes)  # floors lie a little below what was measured
    assert score.recall >= 0.95
    assert score.contains >= 0.82
    assert score.cited >= 0.8
    assert score.hallucination <= 0.1
    assert score.refusal <= 0.13


def test_every_citation_resolves_and_says_what_it_is(outcomes: list[Outcome]) -> None:
    assert sum(len(o.answer.citations) for o in outcomes) > 30
    assert not [fault for o in outcomes for fault in o.faults]
