"""Logs, counts and health, as an operator sees them."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
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


def test_no_secret_given_to_a_running_server_stands_in_its_log(tmp_path: Path) -> None:
    """A server of its own, asked with every secret in the places where clients put them; faults included."""
    (tmp_path / "page.txt").write_text("가온교\n\n가온교의 공사비는 120억 원이다.\n", "utf-8")
    command = [sys.executable, "-m", "malmoi"]
    settings = ["embedding.engine=none", "server.log_level=debug", "server.log_format=json", "llm.api_key=tiger-lily-9"]
    set_ = [part for setting in settings for part in ("--set", setting)]
    index = ["--index", str(tmp_path / "index")]
    subprocess.run([*command, "add", str(tmp_path / "page.txt"), *index, *set_[:2]], check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path / "log"
    asked = 0
    with log.open("wb") as written:
        server = subprocess.Popen(
            [*command, "serve", "--port", str(port), *index, *set_], stdout=written, stderr=subprocess.STDOUT
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                for _ in range(900):
                    try:
                        client.get("/healthz")
                        break
                    except httpx.TransportError:
                        time.sleep(0.2)
                told = ""
                for secret, _ in SECRETS:
                    flat = " ".join(secret.split())
                    quoted = quote(secret)
                    told += client.get(f"/api/documents?key={quoted}", headers={"authorization": f"Bearer {flat}"}).text
                    told += client.get(f"/document/{quoted}", headers={"cookie": f"malmoi_session={quoted}"}).text
                    told += client.post("/api/v1/ask", json={"question": secret, "language": "ko"}).text
                    told += client.post("/api/v1/ask", content=secret.encode()).text
                    told += client.post("/mcp", content=secret.encode(), headers={"x-api-key": flat}).text
                    asked += 5
        finally:
            server.terminate()
            server.wait(60)
    lines_written = log.read_text("utf-8")
    shown = [hidden for _, hidden in SECRETS[:-1] if hidden in lines_written]
    traces = told.count("Traceback") + told.count('File \\"')
    print(f"row 18: {len(shown)} of {len(SECRETS)} secrets in the log of {asked} requests, {traces} traces to clients")  # noqa: T201
    assert lines_written.count('"route"') >= asked
    assert shown == []
    assert traces == 0
