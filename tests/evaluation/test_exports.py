from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from malmoi.evaluation.exports import export, ragas, trec
from malmoi.evaluation.ranking import measure

from .made_results import results_of, run


def test_trec_files_give_the_same_ndcg_as_malmoi(tmp_path: Path) -> None:
    results = run(40)
    paths = export(results, "trec", tmp_path)
    ranked: dict[str, list[str]] = {}
    for line in paths[0].read_text(encoding="utf-8").splitlines():
        question, _, document, rank, score, name = line.split()
        ranked.setdefault(question, []).append(document)
        assert int(rank) == len(ranked[question]) and float(score) > 0 and name == "malmoi"
    relevant: dict[str, list[frozenset[str]]] = {}
    for line in paths[1].read_text(encoding="utf-8").splitlines():
        question, _, document, _ = line.split()
        relevant.setdefault(question, []).append(frozenset({document}))
    assert relevant
    for result in results.questions:
        if result.question.id in relevant:
            own = [passage.document for passage in result.passages]
            assert measure(ranked[result.question.id], relevant[result.question.id]) == measure(
                own, [frozenset({name}) for name in result.question.gold_documents]
            )


def test_names_with_spaces_stay_one_field() -> None:
    result = run(1).questions[0]
    spaced = replace(result, question=replace(result.question, id="a b%"), ranked=("연차 휴가.txt",))
    assert trec(results_of([spaced]))["run.trec"] == "a%20b%25 Q0 연차%20휴가.txt 1 1.000000 malmoi\n"


def test_ranx_maps_questions_to_scores_that_fall(tmp_path: Path) -> None:
    run_path, qrels_path = export(run(5), "ranx", tmp_path)
    for scores in json.loads(run_path.read_text(encoding="utf-8")).values():
        assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert all(set(found.values()) == {1} for found in json.loads(qrels_path.read_text(encoding="utf-8")).values())


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_ragas_columns_are_read_again(form: str, tmp_path: Path) -> None:
    from malmoi.evaluation.questions import read_questions

    results = run(5)
    export(results, "ragas", tmp_path)
    read = read_questions(tmp_path / f"ragas.{form}")
    assert [q.question for q in read] == [r.question.question for r in results.questions]
    assert [q.answers[:1] for q in read] == [r.question.answers[:1] for r in results.questions]
    with (tmp_path / "ragas.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 5
    assert (
        json.loads(ragas(results)["ragas.jsonl"].splitlines()[0])["response"] == results.questions[0].answer["answer"]
    )
