"""Conversations, documents, passages, feedback and what is open, over the API."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from starlette.testclient import TestClient

from malmoi.conversation import RATING_REASONS, ConversationStore
from malmoi.types import Support
from malmoi.web.v1.conversations import Reason
from web.small import Script, SmallMalmoi

QUOTE = "건립 비용은 55억 원이다."
QUESTION = "도서관 비용은?"
API = "/api/v1"


@pytest.fixture
def asked(client: TestClient, malmoi: SmallMalmoi, store: ConversationStore) -> dict[str, Any]:
    malmoi.scripts[QUESTION] = Script([(QUOTE, Support.PARTIAL, "이유", [QUOTE])])
    answer: dict[str, Any] = client.post(f"{API}/ask", json={"question": QUESTION, "keep": True}).json()
    return answer


def test_conversations_are_begun_listed_renamed_and_deleted(client: TestClient, asked: dict[str, Any]) -> None:
    made = client.post(f"{API}/conversations", json={"title": "둘째"})
    assert made.status_code == 201
    listed = client.get(f"{API}/conversations", params={"limit": 1}).json()
    assert listed["total"] == 2 and listed["conversations"] == [made.json()]
    id = asked["conversation"]
    assert client.patch(f"{API}/conversations/{id}", json={"title": "도서관"}).json()["title"] == "도서관"
    whole = client.get(f"{API}/conversations/{id}").json()
    [turn] = whole["turns"]
    assert turn["id"] == asked["turn"] and turn["answer"]["sentences"] == asked["sentences"]
    assert turn["answer"]["text"] == asked["text"] and turn["rating"] is None
    assert client.delete(f"{API}/conversations/{id}").status_code == 204
    assert client.get(f"{API}/conversations/{id}").json()["code"] == "conversation.unknown"


def test_answers_are_rated_and_read_back_as_questions(client: TestClient, asked: dict[str, Any]) -> None:
    rating = {"turn": asked["turn"], "value": 1, "comment": "좋다"}
    assert client.put(f"{API}/feedback", json=rating).status_code == 200
    [question] = client.get(f"{API}/feedback").json()["questions"]
    assert question["question"] == QUESTION and question["answers"] == [QUOTE]
    [turn] = client.get(f"{API}/conversations/{asked['conversation']}").json()["turns"]
    assert turn["rating"] == {"value": 1, "reason": "", "comment": "좋다"}
    client.put(f"{API}/feedback", json={**rating, "value": 0})
    assert client.get(f"{API}/feedback").json() == {"questions": []}
    assert client.put(f"{API}/feedback", json={**rating, "value": 5}).status_code == 422
    assert client.put(f"{API}/feedback", json={**rating, "turn": "none"}).status_code == 404


def test_a_rating_may_have_every_reason_that_is_kept() -> None:
    assert set(get_args(Reason)) == {"", *RATING_REASONS}


def test_a_citation_is_opened_and_told_apart_from_a_changed_document(client: TestClient, asked: dict[str, Any]) -> None:
    [cited] = asked["citations"]
    where = {"document": cited["document_id"], "start": cited["start"], "end": cited["end"]}
    opened = client.get(f"{API}/passages", params={**where, "check": cited["check"]}).json()
    assert opened["quote"] == QUOTE and opened["url"] == cited["url"] and opened["before"].endswith("밝혔다. ")
    for wrong in ({"end": cited["end"] - 1}, {"document": "none"}):
        reply = client.get(f"{API}/passages", params={**where, "check": cited["check"], **wrong})
        assert reply.status_code == 404 and reply.json()["code"].startswith("document.")


@pytest.mark.parametrize("how", ["form", "body"])
def test_documents_are_added_shown_and_removed(client: TestClient, how: str) -> None:
    def send(name: str, content: bytes) -> Any:
        if how == "form":
            return client.post(f"{API}/documents", files={"file": (name, content)})
        return client.post(f"{API}/documents", params={"name": name}, content=content)

    added = send("글/새 문서.txt", "새 문서\n\n둘째 문단이다.".encode())
    [result] = added.json()["results"]
    assert added.status_code == 200 and (result["name"], result["status"]) == ("새 문서.txt", "added")
    listed = client.get(f"{API}/documents", params={"q": "새 문서"}).json()
    assert (listed["found"], listed["total"]) == (1, 2)
    [info] = listed["documents"]
    assert client.get(f"{API}/documents/{info['id']}").json() == info
    for name, content, status, code in (
        ("그림.xyz", b"x", 415, "document.format"),
        ("큰.txt", b"a" * 80_000, 413, "document.too_large"),
        ("", b"x", 422, "web.request"),
    ):
        reply = send(name, content)
        assert (reply.status_code, reply.json()["code"]) in {(status, code), (413, "web.body")}
        assert reply.status_code == status
    assert client.delete(f"{API}/documents/{info['id']}").json()["results"][0]["status"] == "removed"
    assert client.delete(f"{API}/documents/{info['id']}").status_code == 404


def test_a_form_without_a_file(client: TestClient) -> None:
    broken = client.post(
        f"{API}/documents", content=b"nothing", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert broken.status_code in (400, 422) and broken.json()["code"].startswith("web.")
    assert client.post(f"{API}/documents", files={"other": ("a.txt", b"x")}).json()["code"] == "web.request"


def test_who_asks_and_what_is_open(client: TestClient, malmoi: SmallMalmoi) -> None:
    me = client.get(f"{API}/me", headers={"accept-language": "ko"}).json()
    assert (me["id"], me["via"], me["role"], me["language"]) == ("local", "local", "admin", "ko")
    assert set(me["permissions"]) == {"ask", "documents", "evaluate", "admin"}
    assert client.get(f"{API}/collections").json() == {"collections": [{"name": "default", "title": "default"}]}
    details = client.get(f"{API}/collections/default").json()
    assert details["documents"] == 1 and details["answerer"] == "extractive"
    assert client.get(f"{API}/collections/other").json()["code"] == "collection.unknown"


def test_the_description_and_its_page(client: TestClient) -> None:
    described = client.get(f"{API}/openapi.json").json()
    assert described["servers"] == [{"url": "http://127.0.0.1"}]
    assert {f"{API}/ask", f"{API}/documents/{{id}}", f"{API}/evaluations/runs"} <= described["paths"].keys()
    operations = [o for methods in described["paths"].values() for o in methods.values()]
    assert all(o["tags"] and o["summary"] and "401" in o["responses"] for o in operations)
    page = client.get(f"{API}/docs")
    assert page.status_code == 200 and "http" not in page.text.replace("http://127.0.0.1", "").split("</head>")[0]
    assert page.text.count('class="operation"') == len(operations)
