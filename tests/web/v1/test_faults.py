"""Row 18: a fault inside the server is a clean error with the request's id; its trace is in the log alone."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from web.small import SmallMalmoi

INSIDE = "입구 뒤의 비밀 8421"


@pytest.fixture
def broken(malmoi: SmallMalmoi, monkeypatch: pytest.MonkeyPatch) -> SmallMalmoi:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError(INSIDE)

    for name in ("stream", "documents", "document", "add_bytes", "remove", "search"):
        monkeypatch.setattr(SmallMalmoi, name, fail, raising=False)
    return malmoi


REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/v1/ask", {"json": {"question": "비용은?"}}),
    ("POST", "/api/v1/search", {"json": {"query": "비용은?"}}),
    ("GET", "/api/v1/passages?document=a&start=0&end=1", {}),
    ("GET", "/api/v1/documents", {}),
    ("GET", "/api/v1/documents/a", {}),
    ("POST", "/api/v1/documents?name=a.txt", {"content": b"x"}),
    ("DELETE", "/api/v1/documents/a", {}),
    ("GET", "/api/v1/collections/default", {}),
    ("GET", "/api/documents", {}),
    ("GET", "/document/a", {}),
    ("POST", "/v1/chat/completions", {"json": {"model": "malmoi", "messages": [{"role": "user", "content": "왜?"}]}}),
]


@pytest.mark.parametrize(("method", "path", "options"), REQUESTS)
def test_a_fault_shows_nothing_of_the_inside(
    client: TestClient,
    broken: SmallMalmoi,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    options: dict[str, Any],
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = client.request(method, path, headers={"accept-language": "ko"}, **options)
    assert reply.status_code == 500
    told = reply.text + str(dict(reply.headers))
    assert INSIDE not in told and "Traceback" not in told and ".py" not in told
    assert json.loads(reply.text) and reply.headers["x-request-id"]
    if path.startswith("/api/v1"):
        assert reply.json()["request_id"] == reply.headers["x-request-id"]
    assert any(record.exc_info and INSIDE in str(record.exc_info[1]) for record in caplog.records)


def test_a_fault_in_a_stream_ends_it_with_an_error(client: TestClient, broken: SmallMalmoi) -> None:
    text = client.post("/api/v1/ask", json={"question": "비용은?", "stream": True}).text
    assert text.rstrip().rsplit("event: ", 1)[1].startswith("error") and INSIDE not in text
    body = {"model": "malmoi", "stream": True, "messages": [{"role": "user", "content": "비용은?"}]}
    text = client.post("/v1/chat/completions", json=body).text
    assert '"error"' in text and INSIDE not in text
