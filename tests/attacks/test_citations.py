"""Row 17: every citation that is shown resolves to the text of its document, whoever answers."""

from __future__ import annotations

import json
from pathlib import Path

from malmoi import samples
from malmoi.engine import Malmoi
from malmoi.settings import load_settings
from servers.scripted import Reply, ScriptedServer

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = [json.loads(line)["question"] for line in (ROOT / "evals/samples.jsonl").read_text("utf-8").splitlines()]


def test_all_shown_citations_resolve(tmp_path: Path) -> None:
    shown = resolved = 0
    made_up = Reply(["그 값은 120억 원이다.[1][2] ", "다른 자료는 다르게 적는다.[3][99] ", "근거 없는 말이다.[0][-1]"])
    with ScriptedServer(made_up) as server:
        overrides = {"index_dir": tmp_path / "index", "embedding.engine": "none", **server.settings()}
        with Malmoi(load_settings(overrides=overrides)) as malmoi:
            malmoi.add([samples.folder()])
            for number, question in enumerate(QUESTIONS):
                answer = malmoi.ask(question, answerer="llm" if number % 4 == 0 else "extractive")
                for citation in answer.citations:
                    shown += 1
                    text = malmoi.document(citation.document_id).text
                    resolved += text[citation.start : citation.end] == citation.quote != ""
    print(f"row 17: {resolved}/{shown} shown citations resolve, over {len(QUESTIONS)} questions")  # noqa: T201
    assert shown > len(QUESTIONS) / 2
    assert resolved == shown
