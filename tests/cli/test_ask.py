"""`malmoi ask`, for readers and for programs."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from malmoi.documents import read_paths

from .conftest import Command

TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
CITATION = {
    "document": TEXT, "title": TEXT, "start": {"type": "integer"}, "end": {"type": "integer"}, "quote": TEXT,
    "kind": {"enum": ["head", "body", "comment", "caption", "note", "furniture"]},
    "date": MAYBE, "source": MAYBE, "author": MAYBE, "document_id": TEXT,
}  # fmt: skip


def whole(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def many(item: dict[str, object]) -> dict[str, object]:
    return {"type": "array", "items": item}


SENTENCE = {
    "text": TEXT,
    "support": {"enum": ["supported", "partial", "unsupported", "contradicted"]},
    "citations": many(whole(CITATION)),
    "reason": TEXT,
}
ANSWER = whole(
    {
        "question": TEXT,
        "searched": TEXT,
        "answer": TEXT,
        "lead": TEXT,
        "verdict": {"enum": ["answered", "partial", "conflicting", "abstained"]},
        "sentences": many(whole(SENTENCE)),
        "passages": many(whole({**CITATION, "score": {"type": "number"}})),
        "answerer": TEXT,
        "language": {"enum": ["ko", "en"]},
        "notice": TEXT,
        "timings": {"type": "object", "additionalProperties": {"type": "number"}},
    }
)


@pytest.mark.parametrize("question", ["연차휴가는 1년에 며칠인가?", "오늘 날씨는 어떤가?"])
def test_json_is_one_object_of_the_published_form(question: str, malmoi: Command, index: Path) -> None:
    ran = malmoi("ask", question, "--index", index, "--json")
    assert ran.status == 0
    jsonschema.validate(ran.json, ANSWER)
    assert ran.json["question"] == question


def test_every_quote_stands_in_its_document(malmoi: Command, index: Path, pages: Path) -> None:
    answer = malmoi("ask", "연차휴가는 1년에 며칠인가?", "--index", index, "--json").json
    texts = {d.name: d.text for s in read_paths([pages], max_bytes=10_000) for d in s.documents()}
    cited = [c for s in answer["sentences"] for c in s["citations"]]
    assert cited
    for c in [*cited, *answer["passages"]]:
        assert texts[c["document"]][c["start"] : c["end"]] == c["quote"]
    assert "15일" in answer["answer"]
    assert cited[0]["document"] == "leave.md"
    assert cited[0]["date"] == "2025-02-11"


def test_a_reader_sees_sentence_number_source_and_quote(malmoi: Command, index: Path) -> None:
    shown = malmoi("ask", "연차휴가는 1년에 며칠인가?", "--index", index, language="ko").out
    answer, _, sources = shown.partition("근거")
    assert "15일을 준다. [1]" in answer
    assert "[1] 휴가 규정" in sources
    assert "2025-02-11 · 본문" in sources
    assert "연차휴가는 1년에 15일을 준다." in sources
    assert "그대로 뽑은 문장" in sources


def test_what_the_documents_do_not_hold_is_declined(malmoi: Command, index: Path) -> None:
    answer = malmoi("ask", "화성 탐사선의 이름은 무엇인가?", "--index", index, "--json").json
    assert answer["verdict"] == "abstained"
    assert answer["sentences"] == []


def test_filters_reach_the_search(malmoi: Command, index: Path) -> None:
    answer = malmoi("ask", "연차휴가는 1년에 며칠인가?", "--document", "cafe.txt", "--index", index, "--json").json
    assert "leave.md" not in {p["document"] for p in answer["passages"]}


def test_earlier_questions_carry_the_topic(malmoi: Command, index: Path) -> None:
    arguments = ["ask", "그건 첫해에 며칠인가?", "--history", "연차휴가는 1년에 며칠인가?", "--index", index, "--json"]
    answer = malmoi(*arguments).json
    assert "연차" in answer["searched"]


def test_an_empty_question_is_refused(malmoi: Command, index: Path) -> None:
    ran = malmoi("ask", "  ", "--index", index)
    assert ran.status == 1
    assert "Traceback" not in ran.err


def test_a_model_that_is_not_set_cannot_be_asked_for(malmoi: Command, index: Path) -> None:
    ran = malmoi("ask", "연차휴가는?", "--index", index, "--set", "answering.answerer=llm")
    assert ran.status == 1
    assert "llm.base_url" in ran.err


def test_as_a_program_of_its_own(process: Command, pages: Path, tmp_path: Path) -> None:
    """From files to an answer with vectors, in a locale that is not UTF-8."""
    settings = {"MALMOI_INDEX_DIR": str(tmp_path / "index"), "LC_ALL": "POSIX"}
    assert process("add", pages, **settings).status == 0
    ran = process("ask", "구내식당 점심값은 얼마인가?", "--json", **settings)
    assert ran.status == 0
    jsonschema.validate(ran.json, ANSWER)
    assert "6000원" in ran.json["answer"]
    assert ran.err == ""
