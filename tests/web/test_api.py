from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from malmoi.conversation import ConversationStore, Reply
from malmoi.types import AnswerSentence, Support, Verdict
from malmoi.web.render import digest
from malmoi.web.uploads import file_name
from web.small import SmallMalmoi

QUOTE = "건립 비용은 55억 원이다."


def where(malmoi: SmallMalmoi) -> dict[str, str | int]:
    citation = malmoi.citation(QUOTE)
    return {"document": citation.document_id, "start": citation.start, "end": citation.end}


def test_a_passage_comes_with_its_surroundings(client: TestClient, malmoi: SmallMalmoi) -> None:
    passage = client.get("/api/passage", params={**where(malmoi), "check": digest(QUOTE)}).json()
    assert passage["quote"] == QUOTE and passage["before"].endswith("밝혔다. ")
    assert passage["date"] == "2025-02-11" and passage["kind"] == "body" and passage["name"] == "도서관.txt"
    page = client.get("/" + passage["url"])
    assert f'<mark id="cited" tabindex="-1">{QUOTE}</mark>' in page.text


@pytest.mark.parametrize(
    "wrong",
    [{"start": -1}, {"end": 10**9}, {"start": 10**6}, {"end": 0}, {"document": "nothing"}, {"check": "0" * 12}],
)
def test_a_passage_that_is_not_there(client: TestClient, malmoi: SmallMalmoi, wrong: dict[str, object]) -> None:
    reply = client.get("/api/passage", params={**where(malmoi), **wrong})
    assert reply.status_code == 404
    assert reply.json()["error"].keys() == {"code", "problem", "remedy"}


def test_errors_are_in_the_readers_language(client: TestClient) -> None:
    for header, expected in (("ko-KR,ko;q=0.9,en;q=0.8", "문서"), ("en", "document"), ("fr,en;q=0.5,ko;q=0.7", "문서")):
        reply = client.get("/api/passage?document=x&start=0&end=1", headers={"accept-language": header})
        assert expected in reply.json()["error"]["problem"]


def test_malformed_requests_are_refused_in_our_form(client: TestClient) -> None:
    reply = client.get("/api/passage?document=x&start=zero&end=1")
    assert reply.status_code == 422 and reply.json()["error"]["code"] == "web.request"


def test_an_unknown_document_page(client: TestClient) -> None:
    reply = client.get("/document/nothing", headers={"accept-language": "ko"})
    assert reply.status_code == 404 and "말모이로 돌아가기" in reply.text


def test_upload_tells_steps_and_results(client: TestClient, malmoi: SmallMalmoi) -> None:
    def add(name: str, text: str) -> list[dict[str, dict[str, str]]]:
        reply = client.post("/api/documents", params={"name": name}, content=text.encode())
        return [json.loads(line) for line in reply.text.splitlines()]

    text = "새 문서\n\n새 문서의 내용은 이것이다."
    *steps, last = add("새 문서.txt", text)
    assert steps[0]["step"] == "read" and last["result"]["status"] == "added"
    assert add("새 문서.txt", text)[-1]["result"]["status"] == "unchanged"
    assert (
        add("다른 이름.txt", text)[-1]["result"] | {"other": "새 문서.txt"} == add("다른 이름.txt", text)[-1]["result"]
    )
    assert add("새 문서.txt", text + " 더.")[-1]["result"]["status"] == "replaced"
    failed = add("그림.xyz", "x")[-1]["result"]
    assert failed["status"] == "failed" and "not supported" in failed["problem"]
    client.cookies.set("malmoi_language", "ko")
    assert "지원하지 않는" in add("그림.xyz", "x")[-1]["result"]["problem"]
    assert client.get("/api/documents").json()["total"] == 2


def test_too_large_a_file_is_refused_while_it_comes(client: TestClient, malmoi: SmallMalmoi) -> None:
    reply = client.post("/api/documents", params={"name": "큰.txt"}, content=b"a" * 5001)
    assert reply.status_code == 413 and reply.json()["error"]["code"] == "document.too_large"
    assert len(malmoi.held) == 1


def test_documents_are_listed_found_and_removed(client: TestClient, malmoi: SmallMalmoi) -> None:
    for number in range(5):
        client.post(
            "/api/documents", params={"name": f"{number}.txt"}, content=f"제목 {number}\n\n글 {number}이다.".encode()
        )
    page = client.get("/api/documents", params={"limit": 2}).json()
    assert page["total"] == 6 and len(page["documents"]) == 2 and page["found"] == 6
    [found] = client.get("/api/documents", params={"q": "도서관"}).json()["documents"]
    assert client.delete(f"/api/documents/{found['id']}").json()["results"][0]["status"] == "removed"
    assert client.delete(f"/api/documents/{found['id']}").status_code == 404
    assert client.get("/api/documents").json()["total"] == 5


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\글\\가.md", "가.md"),
        ("a\x00b\u202e.txt", "ab.txt"),
        ("..", "unnamed"),
        ("가" * 500 + ".txt", "가" * 196 + ".txt"),
    ],
)
def test_a_browsers_file_name_is_only_a_name(given: str, kept: str) -> None:
    assert file_name(given) == kept


def test_ratings_are_kept_and_exported(client: TestClient, store: ConversationStore, malmoi: SmallMalmoi) -> None:
    sentence = AnswerSentence(QUOTE, Support.SUPPORTED, (malmoi.citation(QUOTE),))
    made = store.create()
    turn = store.append(made.id, "비용은?", Reply("", (sentence,), Verdict.ANSWERED, (), "", "extractive"))
    assert client.post("/api/ratings", json={"turn": turn.id, "value": 1}).status_code == 200
    reply = client.get("/api/ratings.jsonl")
    line = json.loads(reply.text)
    assert line["answers"] == [QUOTE] and line["evidence"] == [[{"doc": "도서관.txt", "quote": QUOTE}]]
    assert "attachment" in reply.headers["content-disposition"]
    assert client.post("/api/ratings", json={"turn": "none", "value": 1}).status_code == 404
    assert client.post("/api/ratings", json={"turn": turn.id, "value": 7}).status_code == 422
    assert client.post("/api/ratings", json={"turn": turn.id, "value": -1, "reason": "x"}).status_code == 422


def test_a_conversation_is_exported_under_its_title(client: TestClient, store: ConversationStore) -> None:
    made = store.create('도서관 / "비용"')
    store.append(made.id, "비용은?", Reply("답이 없습니다.", (), Verdict.ABSTAINED))
    reply = client.get(f"/api/conversations/{made.id}.md", headers={"accept-language": "ko"})
    assert "## 비용은?" in reply.text and "문서에 답이 없음" in reply.text
    assert unquote(reply.headers["content-disposition"]).endswith("UTF-8''도서관 비용 .md")
    assert client.get("/api/conversations/none.md").status_code == 404


def test_the_pages_texts(client: TestClient, tmp_path: Path) -> None:
    korean, english = (client.get(f"/api/texts/{language}").json() for language in ("ko", "en"))
    assert korean.keys() == english.keys() and korean["chat.send"] == "묻기"
    assert all(key.startswith("chat.") for key in korean)
    assert client.get("/api/texts/xx").status_code == 404
