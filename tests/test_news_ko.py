"""Real scraped pages: five Korean articles that stay outside the project, and the questions over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from malmoi.cli.common import out
from malmoi.cli.eval import print_results
from malmoi.evaluation.questions import read_questions
from malmoi.evaluation.results import Outcome, Results
from malmoi.evaluation.run import evaluate

GOOD = frozenset({Outcome.RIGHT, Outcome.DECLINED_RIGHTLY})


@pytest.fixture(scope="module")
def results(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    pages, questions = shared / "corpus" / "news-ko", shared / "qa" / "news-ko.dev.jsonl"
    if not pages.is_dir() or not questions.is_file():
        pytest.skip("news-ko is not beside this checkout")
    import malmoi

    with malmoi.open(tmp_path_factory.mktemp("news") / "index") as collection:
        collection.add([pages])
        return evaluate(collection, read_questions(questions))


def test_the_questions_are_answered(results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print_results(results, out())
        for q in results.questions:
            if q.outcome not in GOOD:
                out().print(f"{q.question.id} {q.outcome}: {q.question.question}\n  {q.answer['answer']}", markup=False)
    found = {name: figure.mean or 0.0 for name, figure in results.figures.items()}
    assert found["evidence_recall@5"] >= 0.95  # floors lie a little below what was measured
    assert found["contains"] >= 0.82
    assert found["citation_recall"] >= 0.8
    assert found["hallucination"] <= 0.1
    assert found["over_refusal"] <= 0.13


def test_no_question_failed_and_the_set_fits_the_pages(results: Results) -> None:
    assert not [q.error for q in results.questions if q.error]
    assert not results.about["questions"]["absent"]


def test_every_citation_resolves_and_says_what_it_is(results: Results) -> None:
    assert sum(len(s["citations"]) for q in results.questions for s in q.answer["sentences"]) > 30
    assert not [fault for q in results.questions for fault in q.faults]
