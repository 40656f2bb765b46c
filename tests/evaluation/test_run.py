"""Runs over a small collection, and what their results hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from malmoi.errors import ResultsError, SettingsError
from malmoi.evaluation import run
from malmoi.evaluation.baselines import own
from malmoi.evaluation.measures import risk_coverage
from malmoi.evaluation.results import Outcome, QuestionResult, Results, read_results, write_results
from malmoi.evaluation.run import Examiner, evaluate, open_over, spread
from malmoi.settings import load_settings

from .conftest import QUESTIONS

if TYPE_CHECKING:
    from malmoi.engine import Malmoi


@pytest.fixture(scope="module")
def results(collection: Malmoi) -> Results:
    return evaluate(collection, QUESTIONS, baselines=own(collection), source={"file": "q.jsonl", "sha256": "0"})


def of(results: Results, id_: str) -> QuestionResult:
    return next(result for result in results.questions if result.question.id == id_)


def test_answers_are_measured_against_their_gold(results: Results) -> None:
    keeper = of(results, "keeper")
    assert keeper.outcome is Outcome.RIGHT
    assert keeper.measures["contains"] == keeper.measures["citation_recall"] == keeper.measures["hit@1"] == 1.0
    assert keeper.measures["hallucination"] is None and keeper.measures["conflict_values"] is None
    assert keeper.passages[0].gold and keeper.ranked[0] == "harbour.txt"
    assert of(results, "whale").outcome is Outcome.DECLINED_RIGHTLY
    assert of(results, "whale").measures["contains"] is None
    assert of(results, "lights").measures["conflict_values"] is not None
    assert not any(result.faults for result in results.questions)


def test_figures_tell_how_many_questions_they_are_of(results: Results) -> None:
    assert (results.figures["contains"].n, results.figures["contains"].total) == (3, 4)
    assert results.figures["hallucination"].n == 1
    assert set(results.by_type) == {"fact", "conflict", "unanswerable"}
    assert "contains" not in results.by_type["unanswerable"]
    assert set(results.baselines) == {"words"}
    assert results.baselines["words"]["hit@1"].n == 3


def test_a_run_tells_what_it_was_made_with(results: Results) -> None:
    about = results.about
    assert about["questions"] == {"file": "q.jsonl", "sha256": "0", "count": 4, "absent": []}
    assert about["index"]["documents"] == 3 and len(about["index"]["fingerprint"]) == 16
    assert about["settings"]["embedding.engine"] == "none" and "index_dir" not in about["settings"]
    assert about["packages"]["kiwipiepy"] and about["analyser"].startswith("kiwi")


def test_the_same_run_twice_gives_the_same_figures(results: Results, harbour: Path, tmp_path: Path) -> None:
    settings = load_settings(overrides={"embedding.engine": "none"})
    other, _ = open_over(settings, harbour, tmp_path)
    with other:
        again = evaluate(other, QUESTIONS, baselines=own(other), source={"file": "q.jsonl", "sha256": "0"})
    assert again.repeatable() == results.repeatable()
    fewer = evaluate_with(harbour, tmp_path, passages=1)
    assert fewer.repeatable() != results.repeatable()


def evaluate_with(harbour: Path, folder: Path, **retrieval: object) -> Results:
    overrides = {"embedding.engine": "none", **{f"retrieval.{k}": v for k, v in retrieval.items()}}
    opened, files = open_over(load_settings(overrides=overrides), harbour, folder)
    assert all(file.status.value == "unchanged" for file in files), "the index is used again"
    with opened:
        return evaluate(opened, QUESTIONS)


def test_results_are_read_as_they_were_written(results: Results, tmp_path: Path) -> None:
    write_results(results, tmp_path / "results.json")
    read = read_results(tmp_path)
    assert read.to_json() == results.to_json()
    assert read.questions[0] == results.questions[0]
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("content", ["{", "{}", '{"format": 99}', "[]"])
def test_what_are_no_results_is_told(content: str, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(ResultsError):
        read_results(tmp_path)
    with pytest.raises(ResultsError, match="no results"):
        read_results(tmp_path / "elsewhere")


def test_an_interrupted_run_goes_on_where_it_stopped(
    collection: Malmoi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = tmp_path / "out" / ".partial.jsonl"
    asked: list[str] = []

    class Counting(Examiner):
        def ask(self, question: run.Question) -> run.Asked:
            if len(asked) == 2:
                raise KeyboardInterrupt
            asked.append(question.id)
            return super().ask(question)

    monkeypatch.setattr(run, "Examiner", Counting)
    with pytest.raises(KeyboardInterrupt):
        evaluate(collection, QUESTIONS, partial=partial)
    partial.write_text(partial.read_text(encoding="utf-8") + '{"result": {"quest', encoding="utf-8")
    monkeypatch.undo()
    later: list[str] = []

    class Later(Examiner):
        def ask(self, question: run.Question) -> run.Asked:
            later.append(question.id)
            return super().ask(question)

    monkeypatch.setattr(run, "Examiner", Later)
    resumed = evaluate(collection, QUESTIONS, partial=partial, keep=True)
    assert asked == ["keeper", "ferry"] and later == ["lights", "whale"]
    assert resumed.repeatable() == evaluate(collection, QUESTIONS).repeatable()
    later.clear()
    evaluate(collection, QUESTIONS, partial=partial)
    assert later == [] and not partial.exists()


def test_a_changed_setting_starts_anew(collection: Malmoi, tmp_path: Path) -> None:
    partial = tmp_path / ".partial.jsonl"
    first = evaluate(collection, QUESTIONS[:1], partial=partial, keep=True)
    kept = partial.read_text(encoding="utf-8")
    partial.write_text(kept.replace('"outcome": "right"', '"outcome": "wrong"'), encoding="utf-8")
    same = evaluate(collection, QUESTIONS[:1], partial=partial, keep=True)
    assert same.questions[0].outcome is Outcome.WRONG, "what was kept is not asked again"
    assert evaluate(collection, QUESTIONS[:1], partial=partial, seed=8).questions[0].outcome is Outcome.RIGHT
    assert first.questions[0].outcome is Outcome.RIGHT


def test_a_question_that_fails_is_recorded_and_averaged_nowhere(collection: Malmoi) -> None:
    broken = replace(QUESTIONS[0], id="broken", question="?!")
    found = evaluate(collection, [QUESTIONS[0], broken])
    assert of(found, "broken").outcome is Outcome.FAILED and "empty" in of(found, "broken").error
    assert (found.figures["contains"].mean, found.figures["contains"].n, found.figures["contains"].total) == (1.0, 1, 2)


def test_candidates_are_the_only_documents_searched(collection: Malmoi) -> None:
    asked = replace(QUESTIONS[0], candidates=("ferry.txt",))
    result = evaluate(collection, [asked], baselines=own(collection)).questions[0]
    assert {passage.document for passage in result.passages} <= {"ferry.txt"}
    assert result.measures["hit@1"] == 0.0 and result.baselines["words"]["hit@1"] == 0.0


def test_questions_about_other_documents_are_named(collection: Malmoi) -> None:
    strange = replace(QUESTIONS[0], relevant=("nowhere.txt",))
    assert evaluate(collection, [strange]).about["questions"]["absent"] == ["keeper"]


def test_a_model_that_is_not_set_up_is_refused(collection: Malmoi) -> None:
    with pytest.raises(SettingsError):
        evaluate(collection, QUESTIONS, answerer="llm")


def test_a_limit_takes_questions_from_all_over_the_set() -> None:
    numbered = [replace(QUESTIONS[0], id=str(n)) for n in range(10)]
    assert [q.id for q in spread(numbered, 3)] == ["0", "3", "6"]
    assert spread(numbered, None) == numbered == spread(numbered, 20)


def test_the_risk_curve_ends_where_the_run_answered(results: Results) -> None:
    points = risk_coverage(results.questions)
    assert points and points[-1].coverage == sum(r.answered for r in results.questions) / 4
    assert [p.confidence for p in points] == sorted((p.confidence for p in points), reverse=True)
