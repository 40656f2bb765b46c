"""`malmoi eval` from a file of questions to results, exports, judgements and a sweep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from malmoi.evaluation.results import read_results
from servers.fixtures import Reply, ScriptedServer

from .conftest import Command

QUESTIONS = [
    {"id": "leave", "question": "연차휴가는 1년에 며칠인가?", "answers": ["15일"], "relevant": ["leave.md"]},
    {"id": "lunch", "question": "점심값은 얼마인가?", "answers": ["6000원"], "relevant": ["cafe.txt"]},
    {"id": "moon", "question": "달 기지의 온도는 몇 도인가?", "answerable": False},
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(q, ensure_ascii=False) + "\n" for q in QUESTIONS), encoding="utf-8")
    return path


@pytest.fixture
def done(malmoi: Command, questions: Path, pages: Path, tmp_path: Path) -> Path:
    ran = malmoi(
        "eval", "run", "--questions", questions, "--documents", pages, "--out", tmp_path / "out", "--baselines"
    )
    assert ran.status == 0, ran.err
    return tmp_path / "out"


def test_a_run_writes_results_and_a_report_and_prints_its_figures(
    malmoi: Command, questions: Path, pages: Path, tmp_path: Path
) -> None:
    ran = malmoi(
        "eval", "run", "--questions", questions, "--documents", pages, "--out", tmp_path / "out", "--baselines"
    )
    assert ran.status == 0, ran.err
    assert "nDCG@10" in ran.out and "words alone (BM25)" in ran.out and "unanswerable" in ran.out
    results = read_results(tmp_path / "out")
    assert results.figures["hit@1"].n == 2 and results.figures["hallucination"].n == 1
    assert str(tmp_path / "out" / "results.json") in ran.out
    assert (tmp_path / "out" / "report.html").is_file()
    again = malmoi(
        "eval", "run", "--questions", questions, "--documents", pages, "--out", tmp_path / "out", "--baselines",
        language="ko",
    )  # fmt: skip
    assert "모든 질문" in again.out and "낱말만" in again.out
    assert len(list((tmp_path / "out" / "indexes").iterdir())) == 1, "the index is used again"


def test_a_run_over_the_collection_prints_json(malmoi: Command, questions: Path, index: Path, tmp_path: Path) -> None:
    ran = malmoi(
        "eval", "run", "--questions", questions, "--index", index, "--out", tmp_path / "o", "--limit", "1", "--json"
    )
    assert ran.status == 0 and ran.json["figures"]["hit@1"]["total"] == 1
    assert ran.json["about"]["questions"]["file"] == "set.jsonl"


def test_what_is_wrong_is_told_in_two_lines(malmoi: Command, questions: Path, tmp_path: Path) -> None:
    ran = malmoi("eval", "run", "--questions", questions, "--index", tmp_path / "none", "--out", tmp_path / "o")
    assert ran.status == 1 and "There is no collection" in ran.err and "--documents" in ran.err
    ran = malmoi("eval", "run", "--questions", tmp_path / "no.jsonl", "--out", tmp_path / "o", language="ko")
    assert ran.status == 1 and "질문 모음이 잘못되었습니다" in ran.err
    ran = malmoi("eval", "run", "--questions", questions, "--documents", tmp_path / "no", "--out", tmp_path / "o")
    assert ran.status == 1 and "There is nothing at" in ran.err
    (tmp_path / "empty").mkdir()
    ran = malmoi("eval", "run", "--questions", questions, "--documents", tmp_path / "empty", "--out", tmp_path / "o")
    assert ran.status == 1 and "No document could be read" in ran.err


def test_questions_that_do_not_fit_the_documents_are_named(
    malmoi: Command, questions: Path, pages: Path, tmp_path: Path
) -> None:
    with questions.open("a", encoding="utf-8") as file:
        file.write(
            '{"id": "lost", "question": "연차휴가?", "relevant": ["gone.txt"]}\n{"id": "empty", "question": "?"}\n'
        )
    ran = malmoi("eval", "run", "--questions", questions, "--documents", pages, "--out", tmp_path / "o")
    assert ran.status == 0
    assert "1 questions name documents" in ran.err and "lost" in ran.err
    assert "1 of 5 questions failed" in ran.err and "empty" in ran.err


def test_results_are_exported(malmoi: Command, done: Path, tmp_path: Path) -> None:
    ran = malmoi("eval", "export", done, "--form", "trec", "--out", tmp_path / "trec")
    assert ran.status == 0
    assert "leave 0 leave.md 1" in (tmp_path / "trec" / "qrels.trec").read_text(encoding="utf-8")
    assert malmoi("eval", "export", tmp_path, "--form", "ranx", "--out", tmp_path / "x").status == 1


def test_the_judge_tells_its_cost_first_and_its_agreement_last(malmoi: Command, done: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("id,correct\nleave,true\nlunch,true\n", encoding="utf-8")
    with ScriptedServer(Reply(['{"correct": true, "supported": true, "reason": "same"}'])) as server:
        named = ["--base-url", server.base_url, "--model", "scripted", "--set", "llm.api_key=test-key-9f3a"]
        dry = malmoi("eval", "judge", done, "--dry-run", *named)
        assert dry.status == 0 and " calls, about " in dry.out and not server.requests
        ran = malmoi("eval", "judge", done, "--labels", labels, *named)
        assert ran.status == 0, ran.err
        assert "accuracy 1.000" in ran.out and server.requests
        assert json.loads((done / "judged.json").read_text(encoding="utf-8"))["failures"] == 0
    assert "Name one with --base-url" in malmoi("eval", "judge", done).err


def test_a_sweep_makes_a_table_a_plot_and_the_same_figures_again(
    malmoi: Command, questions: Path, pages: Path, tmp_path: Path
) -> None:
    grid = tmp_path / "grid.toml"
    grid.write_text("[retrieval]\npassages = [1, 4]\n", encoding="utf-8")
    command = ["eval", "sweep", "--questions", questions, "--documents", pages, "--out", tmp_path / "s"]
    ran = malmoi(*command, "--grid", grid, "--set", "answering.max_sentences=1,2")
    assert ran.status == 0, ran.err
    assert "passages=4 max_sentences=2" in ran.out
    first = json.loads((tmp_path / "s" / "sweep.json").read_text(encoding="utf-8"))["cells"]
    assert len(first) == 4 and (tmp_path / "s" / first[0]["results"]).is_file()
    page = (tmp_path / "s" / "sweep.html").read_text(encoding="utf-8")
    assert page.count('<circle class="dot') == 4 and "http" not in page.replace("http-equiv", "")
    again = malmoi(*command, "--grid", grid, "--set", "answering.max_sentences=1,2", "--json")
    assert again.json["cells"] == first
    assert malmoi(*command).status == 1
    assert malmoi(*command, "--set", "retrieval.passages=many").status == 1
