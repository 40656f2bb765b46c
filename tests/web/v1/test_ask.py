"""Questions over the API: plain, streamed, stopped, lost and taken up again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from malmoi.types import Support, Verdict
from malmoi.web.app import listen
from web.small import Script, SmallMalmoi, app_of

QUOTE = "건립 비용은 55억 원이다."
FIRST = "가람시는 새 도서관을 3월에 연다고 밝혔다."
QUESTION = "도서관 비용은?"


def events_of(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(id, name, data) of each event."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


@pytest.fixture
def scripted(malmoi: SmallMalmoi) -> SmallMalmoi:
    sentences = [(FIRST, Support.SUPPORTED, "", [FIRST]), (QUOTE, Support.SUPPORTED, "", [QUOTE, FIRST])]
    malmoi.scripts[QUESTION] = Script(sentences, lead="두 가지를 적고 있습니다.", drafts=True)
    malmoi.scripts["느린 질문?"] = Script(sentences, pause=0.4)
    malmoi.scripts["끊기는 질문?"] = Script(sentences, fails=True)
    malmoi.closed_early.clear()
    return malmoi


def test_a_plain_answer_has_its_sentences_citations_and_markers(client: TestClient, scripted: SmallMalmoi) -> None:
    reply = client.post("/api/v1/ask", json={"question": QUESTION})
    answer = reply.json()
    assert reply.status_code == 200 and answer["state"] == "finished" and answer["verdict"] == "answered"
    assert answer["text"] == f"두 가지를 적고 있습니다.\n{FIRST} [1]\n{QUOTE} [2][1]"
    assert [c["quote"] for c in answer["citations"]] == [FIRST, QUOTE]
    assert [c["number"] for c in answer["sentences"][1]["citations"]] == [2, 1]
    page = client.get(answer["citations"][1]["url"].removeprefix("http://127.0.0.1"))
    assert f">{QUOTE}</mark>" in page.text
    assert answer["conversation"] is None and reply.headers["x-answer-id"] == answer["id"]
    assert client.get(f"/api/v1/answers/{answer['id']}").json() == answer


@pytest.mark.parametrize("how", [{"json": {"stream": True}}, {"headers": {"accept": "text/event-stream"}}])
def test_a_streamed_answer_is_the_plain_one_in_steps(
    client: TestClient, scripted: SmallMalmoi, how: dict[str, Any]
) -> None:
    body = {"question": QUESTION, **how.get("json", {})}
    reply = client.post("/api/v1/ask", json=body, headers=how.get("headers"))
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = events_of(reply.text)
    names = [name for _, name, _ in events]
    assert names[:2] == ["started", "passages"] and names[-1] == "finished"
    assert [n for n in names if n != "draft"] == ["started", "passages", "lead", "sentence", "sentence", "finished"]
    id = events[0][2]["answer"]
    numbers = [int(sent.removeprefix(f"{id}-")) for sent, _, _ in events]
    assert numbers == sorted(set(numbers))
    plain = client.post("/api/v1/ask", json={"question": QUESTION}).json()
    assert {**events[-1][2], "id": ""} == {**plain, "id": ""}
    assert [data for _, name, data in events if name == "sentence"] == plain["sentences"]


def test_a_conversation_keeps_questions_and_hands_them_on(client: TestClient, scripted: SmallMalmoi) -> None:
    first = client.post("/api/v1/ask", json={"question": QUESTION, "keep": True}).json()
    second = client.post("/api/v1/ask", json={"question": "언제 열지?", "conversation": first["conversation"]}).json()
    assert second["conversation"] == first["conversation"] and second["turn"] != first["turn"]
    assert scripted.asked[-1].history == (QUESTION,)
    again = {"question": "언제 여는가?", "conversation": first["conversation"], "replaces": second["turn"]}
    client.post("/api/v1/ask", json=again)
    assert scripted.asked[-1].history == (QUESTION,)
    client.post("/api/v1/ask", json={"question": "어디에?", "history": ["언제?", QUESTION]})
    assert scripted.asked[-1].history == ("언제?", QUESTION)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": " "}, 422, "question"),
        ({"question": "가" * 3000}, 422, "question"),
        ({}, 422, "web.request"),
        ({"question": "가?", "temperature": 1}, 422, "web.request"),
        ({"question": "가?", "keep": True, "history": ["나?"]}, 422, "web.request"),
        ({"question": "가?", "filters": {"date_from": "어제"}}, 422, "web.request"),
        ({"question": "가?", "collection": "none"}, 404, "collection.unknown"),
        ({"question": "가?", "collection": "없음"}, 422, "web.request"),
        ({"question": "가?", "conversation": "0" * 32}, 404, "conversation.unknown"),
    ],
)
def test_wrong_questions_get_problem_details(
    client: TestClient, scripted: SmallMalmoi, body: dict[str, Any], status: int, code: str
) -> None:
    for stream in (False, True):
        reply = client.post("/api/v1/ask", json={**body, "stream": stream}, headers={"accept-language": "ko"})
        problem = reply.json()
        assert (reply.status_code, problem["code"], problem["status"]) == (status, code, status)
        assert reply.headers["content-type"] == "application/problem+json"
        assert problem["request_id"] == reply.headers["x-request-id"] and any(
            "가" <= c <= "힣" for c in problem["title"]
        )


def test_filters_reach_the_search(client: TestClient, scripted: SmallMalmoi) -> None:
    filters = {"date_from": "2025-01-01", "sources": ["가람일보"], "comments": "include"}
    client.post("/api/v1/ask", json={"question": QUESTION, "filters": filters})
    asked = scripted.asked[-1].filters
    assert (asked.date_from, asked.publishers) == ("2025-01-01", {"가람일보"})
    assert {"comment", "body"} <= asked.kinds


def test_an_answer_that_breaks_off_ends_with_an_error(client: TestClient, scripted: SmallMalmoi) -> None:
    reply = client.post("/api/v1/ask", json={"question": "끊기는 질문?"})
    assert (reply.status_code, reply.json()["code"]) == (503, "answer.endpoint_unavailable")
    events = events_of(client.post("/api/v1/ask", json={"question": "끊기는 질문?", "stream": True}).text)
    assert [name for _, name, _ in events][-2:] == ["sentence", "error"]
    assert events[-1][2]["code"] == "answer.endpoint_unavailable" and events[-1][2]["status"] == 503
    kept = client.get(f"/api/v1/answers/{events[0][2]['answer']}").json()
    assert kept["state"] == "failed" and len(kept["sentences"]) == 1
    assert events[-1][2]["turn"] is None, "nothing is kept without a conversation"


def test_an_answer_that_broke_off_tells_what_is_kept_of_it_and_is_replaced(client: TestClient) -> None:
    asked = {"question": "끊기는 질문?", "stream": True}
    events = events_of(client.post("/api/v1/ask", json={**asked, "keep": True}).text)
    conversation, turn = events[0][2]["conversation"], events[-1][2]["turn"]
    client.post("/api/v1/ask", json={**asked, "conversation": conversation, "replaces": turn})
    turns = client.get(f"/api/v1/conversations/{conversation}").json()["turns"]
    assert turn and len(turns) == 1 and turns[0]["id"] != turn


def test_unknown_answers_and_paths(client: TestClient) -> None:
    for method, path, status in (
        ("GET", "/api/v1/answers/none", 404),
        ("POST", "/api/v1/answers/none/stop", 404),
        ("GET", "/api/v1/nothing", 404),
        ("PATCH", "/api/v1/ask", 405),
    ):
        reply = client.request(method, path)
        assert reply.status_code == status and reply.json()["status"] == status, path
        assert reply.json()["remedy"], path
    assert "POST" in client.put("/api/v1/ask").headers["allow"]


def test_a_wrong_request_is_told_what_is_wrong_and_where_to_look(client: TestClient) -> None:
    told = client.post("/api/v1/ask", json={"q": "?"}, headers={"Accept-Language": "en"}).json()
    assert told["field"] == "body.question" and "(missing)" in told["detail"] and "/api/v1/docs" in told["remedy"]


def test_the_page_about_the_api_shows_names_as_code(client: TestClient) -> None:
    page = client.get("/api/v1/docs").text
    assert "<code>request_id</code>" in page and "`" not in page.split("<details", 1)[0]


@contextmanager
def running(malmoi: SmallMalmoi) -> Iterator[str]:
    """The server on a real socket, because a lost connection needs one."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app_of(malmoi), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        finally:
            server.should_exit = True
            thread.join()


def read(url: str, until: str, **options: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Events up to the first of a name; then the connection is closed."""
    text = ""
    with httpx.stream(url=url, timeout=20, **options) as reply:
        assert reply.status_code == 200
        for part in reply.iter_text():
            text += part
            events = events_of(text[: text.rfind("\n\n") + 2])
            if any(name == until for _, name, _ in events):
                return events
    raise AssertionError(f"no event {until} in {text}")


def test_a_lost_connection(scripted: SmallMalmoi) -> None:
    with running(scripted) as api:
        body = {"question": "느린 질문?", "stream": True, "resume_within_s": 10}
        before = read(f"{api}/ask", "passages", method="POST", json=body)
        time.sleep(0.3)
        last = before[-1][0]
        after = read(f"{api}/ask", "finished", method="POST", json=body, headers={"last-event-id": last})
        assert [name for _, name, _ in after] == ["sentence", "sentence", "finished"]
        follow = f"{api}/answers/{before[0][2]['answer']}/events"
        assert read(follow, "finished", method="GET") == [*before, *after]
        assert read(follow, "finished", method="GET", headers={"last-event-id": after[0][0]}) == after[1:]
        assert not scripted.closed_early.is_set()

        # Without leave to resume, the answer ends with the connection.
        began = time.perf_counter()
        read(f"{api}/ask", "passages", method="POST", json={**body, "resume_within_s": 0})
        assert scripted.closed_early.wait(3)
        assert time.perf_counter() - began < 2
        scripted.closed_early.clear()
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{api}/ask", json={"question": "느린 질문?"}, timeout=0.3)
        assert scripted.closed_early.wait(3)


def test_an_answer_is_stopped_by_its_id(scripted: SmallMalmoi) -> None:
    with running(scripted) as api:
        body = {"question": "느린 질문?", "stream": True, "resume_within_s": 30, "keep": True}
        before = read(f"{api}/ask", "sentence", method="POST", json=body)
        id = before[0][2]["answer"]
        stopped = httpx.post(f"{api}/answers/{id}/stop").json()
        assert stopped["state"] == "stopped" and len(stopped["sentences"]) == 1 and stopped["turn"]
        assert httpx.post(f"{api}/answers/{id}/stop").json() == stopped
        assert scripted.closed_early.wait(3)


def test_nothing_found_is_told(client: TestClient, scripted: SmallMalmoi) -> None:
    answer = client.post("/api/v1/ask", json={"question": "달의 무게는?"}).json()
    assert answer["verdict"] == Verdict.ABSTAINED and answer["citations"] == [] and answer["passages"]


def test_a_silent_stream_shows_that_it_lives(
    client: TestClient, scripted: SmallMalmoi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("malmoi.web.v1.answers.HEARTBEAT_S", 0.05)
    text = client.post("/api/v1/ask", json={"question": "느린 질문?", "stream": True}).text
    assert ": heartbeat\n\n" in text and events_of(text)[-1][1] == "finished"


def test_what_is_withdrawn_is_said_to_be(client: TestClient, scripted: SmallMalmoi) -> None:
    scripted.scripts["다시?"] = Script([(QUOTE, Support.SUPPORTED, "", [QUOTE])], notice="모델이 답하지 않았습니다.")
    events = events_of(client.post("/api/v1/ask", json={"question": "다시?", "stream": True}).text)
    assert [n for _, n, _ in events] == ["started", "passages", "sentence", "restart", "sentence", "finished"]
    assert events[-1][2]["text"] == f"{QUOTE} [1]" and events[-1][2]["notice"]
    body = {"model": "malmoi", "stream": True, "messages": [{"role": "user", "content": "다시?"}]}
    lines = client.post("/v1/chat/completions", json=body).text.split("\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text == f"{QUOTE} [1]\n모델이 답하지 않았습니다.\n{QUOTE} [1]"
    [annotation] = chunks[-1]["choices"][0]["delta"]["annotations"]
    cited = annotation["url_citation"]
    assert text[cited["start_index"] : cited["end_index"]] == "[1]" and cited["start_index"] > text.index("모델")
