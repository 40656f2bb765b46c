"""Logs, counts and health, as an operator sees them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from malmoi.web.observe import MASK, redact, set_up_logging
from web.small import SmallMalmoi

SECRETS = [
    ("mm_3kfj29fkJDK39dkslcmcnvh3829dkJKDh3", "3kfj29"),
    ("sk-proj-abcdef0123456789", "proj-abc"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "eyJzdWI"),
    ("Bearer abc.def-ghi", "abc.def"),
    ("Basic dXNlcjpwYXNz", "dXNlcj"),
    ("password=hunter2hunter2", "hunter2"),
    ("api_key: 9f8e7d6c5b4a", "9f8e7d"),
    ("API-KEY=9f8e7d6c5b4a", "9f8e7d"),
    ('secret="tiger-lily-9"', "tiger"),
    ("token=zzzzyyyyxxxx", "zzzz"),
    ("Authorization: abcdefghijk", "abcdefghijk"),
    ("Cookie: malmoi_session=abcdefghijklmnop", "abcdefghijklmnop"),
    ("https://user:passw0rd@host.example/", "passw0rd"),
    ("postgresql://malmoi:s3cr3t@db/malmoi", "s3cr3t"),
    ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----", "MIIEvQ"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    ("passwd: correct-horse", "correct-horse"),
    ("apikey=0123456789", "0123456789"),
    ("token: eyJ0", "eyJ0"),
    ("the operator's own", "operator"),
]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """What the log wrote as JSON, filled when the test reads it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    found: list[str] = []
    yield found
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize(("written", "hidden"), SECRETS)
def test_no_secret_stands_in_a_log(
    written: str, hidden: str, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging("info", "json", ("the operator's own",))
    log = logging.getLogger("malmoi.test")
    log.warning("it said %s and went on", written)
    log.warning("extra", extra={"detail": written})
    try:
        raise ValueError(written)
    except ValueError:
        log.exception("failed")
    printed = capsys.readouterr().err
    assert hidden not in printed
    assert printed.count(MASK) >= 3
    assert all(json.loads(line) for line in printed.splitlines())


def test_ordinary_words_stay() -> None:
    plain = "The token count is 12; https://host.example/a:b@c stays. 비밀번호를 바꾸었다."
    assert redact(plain) == plain


def test_a_request_is_one_line_without_its_question(
    client: TestClient, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging("info", "json")
    reply = client.get("/api/documents?q=비밀스러운", headers={"x-request-id": "given-by-proxy"})
    assert reply.headers["x-request-id"] == "given-by-proxy"
    entry = next(json.loads(line) for line in capsys.readouterr().err.splitlines() if '"route"' in line)
    assert (entry["route"], entry["status"], entry["request_id"]) == ("/api/documents", 200, "given-by-proxy")
    assert "비밀" not in json.dumps(entry, ensure_ascii=False)


@pytest.mark.parametrize(
    "given", ["", "short", "a b c d e f g h", "x" * 65, "한글한글한글한글".encode().decode("latin-1")]
)
def test_an_odd_request_id_is_replaced(client: TestClient, given: str) -> None:
    id = client.get("/healthz", headers={"x-request-id": given.encode("latin-1")}).headers["x-request-id"]
    assert id != given and len(id) == 32


def test_health_readiness_and_counts(client: TestClient, malmoi: SmallMalmoi) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    client.get("/api/documents")
    client.get("/document/0123456789abcdef")
    client.get("/nothing/here")
    counts = client.get("/metrics").text
    assert 'malmoi_requests_total{method="GET",route="/api/documents",status="200"}' in counts
    assert 'route="/document/{id}",status="404"' in counts
    assert 'route="other",status="404"' in counts
    assert "0123456789abcdef" not in counts and "nothing" not in counts
