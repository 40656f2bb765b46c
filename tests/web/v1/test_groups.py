"""Who may see what over the API, and runs over sets of questions, against a real server."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from web.v1.conftest import Served
from web.v1.served import COST, LAND


def client_for(real: Served, who: str) -> httpx.Client:
    headers = {"authorization": f"Bearer {real.keys[who]}", "accept-language": "ko"}
    return httpx.Client(base_url=f"{real.url}/api/v1", headers=headers, timeout=30)


def test_documents_of_a_group_are_unknown_to_others(real: Served) -> None:
    with client_for(real, "reader") as reader, client_for(real, "insider") as insider:
        told = insider.post("/ask", json={"question": LAND, "keep": True}).json()
        assert "77억" in told["text"]
        [cited] = told["citations"]
        assert "77억" not in reader.post("/ask", json={"question": LAND}).text
        assert "77억" not in reader.post("/search", json={"query": LAND}).text
        where = {"document": cited["document_id"], "start": cited["start"], "end": cited["end"]}
        assert insider.get("/passages", params=where).status_code == 200
        for path in (f"/documents/{cited['document_id']}", f"/answers/{told['id']}"):
            assert (insider.get(path).status_code, reader.get(path).status_code) == (200, 404)
        assert reader.get("/passages", params=where).status_code == 404
        assert reader.get(f"/conversations/{told['conversation']}").status_code == 404
        assert reader.put("/feedback", json={"turn": told["turn"], "value": 1}).status_code == 404
        totals = [each.get("/documents").json()["total"] for each in (reader, insider)]
        assert totals == [1, 2]


def test_a_key_opens_the_collections_and_scopes_it_names(real: Served) -> None:
    with client_for(real, "harbour") as harbour, client_for(real, "reader") as reader:
        assert [c["name"] for c in harbour.get("/collections").json()["collections"]] == ["harbour"]
        assert harbour.post("/ask", json={"question": COST}).json()["collection"] == "harbour"
        assert harbour.post("/ask", json={"question": COST, "collection": "default"}).status_code == 404
        assert reader.post("/documents", params={"name": "a.txt"}, content=b"x").status_code == 403
        assert reader.get("/evaluations/sets").json()["code"] == "web.forbidden"
    nobody = httpx.get(f"{real.url}/api/v1/me")
    assert nobody.status_code == 401 and nobody.headers["content-type"] == "application/problem+json"
    browser = {"origin": "https://other.example", "sec-fetch-site": "cross-site"}
    assert httpx.post(f"{real.url}/api/v1/ask", json={"question": COST}, headers=browser).status_code == 403


def until_ended(client: httpx.Client, run: dict[str, Any]) -> dict[str, Any]:
    for _ in range(300):
        found: dict[str, Any] = client.get(f"/evaluations/runs/{run['id']}").json()
        if found["state"] != "running":
            return found
        time.sleep(0.1)
    raise AssertionError("the run never ended")


def test_a_set_of_questions_is_asked_in_the_background(real: Served) -> None:
    evals = real.folder / "evals"
    evals.mkdir(exist_ok=True)
    line = {
        "id": "cost",
        "question": COST,
        "lang": "ko",
        "type": "value",
        "answerable": True,
        "answers": ["55억"],
        "evidence": [[{"doc": "도서관.txt", "quote": "새 도서관의 건립 비용은 55억 원이다."}]],
    }
    (evals / "공지.jsonl").write_text(json.dumps(line, ensure_ascii=False) + "\n", "utf-8")
    (evals / "wrong.jsonl").write_text("nothing\n", "utf-8")
    with client_for(real, "editor") as editor:
        assert [s["name"] for s in editor.get("/evaluations/sets").json()["sets"]] == ["wrong.jsonl", "공지.jsonl"]
        for wanted, status in (({"set": "../공지.jsonl"}, 404), ({"set": "wrong.jsonl"}, 422)):
            assert editor.post("/evaluations/runs", json=wanted).status_code == status
        assert editor.post("/evaluations/runs", json={"set": "공지.jsonl", "answerer": "llm"}).status_code == 400
        begun = editor.post("/evaluations/runs", json={"set": "공지.jsonl"})
        assert begun.status_code == 202 and begun.json()["total"] == 1
        ended = until_ended(editor, begun.json())
        assert (ended["state"], ended["done"]) == ("finished", 1)
        assert ended["figures"]["contains"]["mean"] == 1.0 and ended["timings"]["total"]["p50_ms"] > 0
        [asked] = editor.get(f"/evaluations/runs/{ended['id']}/questions").json()["questions"]
        assert asked["question"]["id"] == "cost" and asked["outcome"] == "right"
        assert [r["id"] for r in editor.get("/evaluations/runs").json()["runs"]] == [ended["id"]]
        assert editor.get("/evaluations/runs/20250101T000000-00000000").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/ask", "/v1/chat/completions", "/mcp"])
def test_nobody_without_a_key_asks(real: Served, path: str) -> None:
    assert httpx.post(f"{real.url}{path}", json={}).status_code == 401
