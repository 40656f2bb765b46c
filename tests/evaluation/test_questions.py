from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from malmoi.errors import QuestionSetError
from malmoi.evaluation import tables
from malmoi.evaluation.questions import Question, Quote, read_questions


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


OWN = {
    "id": "a1", "type": "conflict", "lang": "ko", "question": "등대는 몇 층인가?", "answerable": True,
    "answers": ["3층", "세 층"], "history": ["등대는 어디 있나?"], "wrong": ["5층"], "candidates": ["a.txt", "b.txt"],
    "evidence": [
        [{"doc": "a.txt", "quote": "3층"}, {"doc": "b.txt", "quote": "세 층"}], [{"doc": "c.txt", "quote": "4층"}],
    ],
}  # fmt: skip
READ = Question(
    id="a1", type="conflict", lang="ko", question="등대는 몇 층인가?", answerable=True, answers=("3층", "세 층"),
    history=("등대는 어디 있나?",), wrong=("5층",), candidates=("a.txt", "b.txt"),
    evidence=((Quote("a.txt", "3층"), Quote("b.txt", "세 층")), (Quote("c.txt", "4층"),)),
)  # fmt: skip


def test_own_fields_are_read_from_jsonl(tmp_path: Path) -> None:
    assert read_questions(written(tmp_path, "q.jsonl", "\ufeff" + lines(OWN) + "\n")) == [READ]


def test_the_same_set_is_read_from_csv_xlsx_and_parquet(tmp_path: Path) -> None:
    import openpyxl
    import pyarrow
    import pyarrow.parquet

    cells = {k: json.dumps(v, ensure_ascii=False) if isinstance(v, list) else v for k, v in OWN.items()}
    with (tmp_path / "q.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(cells))
        writer.writeheader()
        writer.writerow(cells)
    book = openpyxl.Workbook()
    book.active.append(list(cells))
    book.active.append(list(cells.values()))
    book.save(tmp_path / "q.xlsx")
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([OWN]), tmp_path / "q.parquet")
    for name in ("q.csv", "q.xlsx", "q.parquet"):
        assert read_questions(tmp_path / name) == [READ], name


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (
            {"user_input": "왜?", "reference": "바람", "reference_contexts": ["바람이 불어서"], "response": "몰라",
             "retrieved_contexts": ["x"], "reference_context_ids": ["d1"]},
            Question("1", "왜?", "ko", "fact", True, ("바람",), ((Quote("", "바람이 불어서"),),), ("d1",)),
        ),
        (
            {"user_input": [{"type": "human", "content": "어디?"}, {"type": "ai", "content": "섬"},
                            {"type": "human", "content": "언제?"}]},
            Question("1", "언제?", "ko", "fact", True, history=("어디?",)),
        ),
        (
            {"input": "Why?", "expected_output": "Wind", "actual_output": "Rain", "context": ["The wind."],
             "retrieval_context": ["x"]},
            Question("1", "Why?", "en", "fact", True, ("Wind",), ((Quote("", "The wind."),),)),
        ),
        (
            {"turns": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ann"},
                       {"role": "user", "content": "When?"}]},
            Question("1", "When?", "en", "fact", True, history=("Who?",)),
        ),
        (
            {"qid": "k7", "query": "언제?", "retrieval_gt": [["d1", "d2"], ["d3"]], "generation_gt": ["어제", "전날"]},
            Question("k7", "언제?", "ko", "fact", True, ("어제", "전날"), (), ("d1", "d2", "d3")),
        ),
        (
            {"vars": {"question": "Where?"}, "assert": [{"type": "icontains-any", "value": ["Rome", "Roma"]},
                                                          {"type": "llm-rubric", "value": "is polite"}]},
            Question("1", "Where?", "en", "fact", True, ("Rome", "Roma")),
        ),
        (
            {"question": "Who?", "__expected": "contains: Ann", "__expected2": "equals: Ann Lee"},
            Question("1", "Who?", "en", "fact", True, ("Ann", "Ann Lee")),
        ),
        (
            {"question": "Who?", "is_impossible": True, "answers": []},
            Question("1", "Who?", "en", "unanswerable", False),
        ),
    ],
    ids=["ragas", "ragas turns", "deepeval", "deepeval turns", "autorag", "promptfoo", "promptfoo csv", "squad"],
)  # fmt: skip
def test_columns_of_other_harnesses(row: dict[str, Any], wanted: Question, tmp_path: Path) -> None:
    assert read_questions(written(tmp_path, "q.jsonl", lines(row))) == [wanted]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("q.jsonl", '{"question": "a?"}\n{broken\n', "line 2, column 2: this is not JSON"),
        ("q.jsonl", '{"question": "a?"}\n["b?"]\n', "line 2: this is not a JSON object"),
        ("q.jsonl", '{"question": "a?", "id": "x"}\n\n{"question": "b?", "id": "x"}\n', "line 3: the id x"),
        ("q.jsonl", '{"answers": ["a"]}\n', "line 1: no question in the columns answers"),
        ("q.jsonl", '{"question": "a?", "answerable": "perhaps"}\n', "line 1: answerable is 'perhaps'"),
        ("q.jsonl", '{"question": "a?", "answerable": false, "answers": ["b"]}\n', "line 1: it is not answerable"),
        ("q.jsonl", '{"question": "a?", "evidence": [[{"doc": "b"}]]}\n', "line 1: {'doc': 'b'} is no evidence"),
        ("q.jsonl", "\n", "holds no questions"),
        ("q.csv", "id,question\n1,a?,b\n", "line 2: more cells than the heading has"),
        ("q.json", '{"question": "a?"}', "is not a list of questions"),
        ("q.txt", "a?", "has no known ending"),
        ("q.xlsx", "a?", "cannot be read"),
        ("q.parquet", "a?", "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_and_line(name: str, content: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError) as raised:
        read_questions(written(tmp_path, name, content))
    assert told in raised.value.problem and str(tmp_path / name) in raised.value.problem
    assert raised.value.remedy


def test_a_missing_library_is_named_with_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables.importlib, "import_module", _refuse)
    with pytest.raises(QuestionSetError, match=r"malmoi\[tables\]"):
        read_questions(written(tmp_path, "q.xlsx", "a?"))


def _refuse(name: str) -> None:
    raise ModuleNotFoundError(name)
