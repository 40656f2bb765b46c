from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from malmoi.documents import read_bytes
from malmoi.errors import SettingsError
from malmoi.settings import load_settings
from malmoi.web.app import is_loopback, listen, serve
from malmoi.web.language import reader_language, reader_theme
from web.small import OneCollection, SmallMalmoi


@pytest.mark.parametrize(
    "path", ["/", "/api/documents", "/ui/theme.css", "/document/none", "/gradio_api/upload", "/nothing"]
)
def test_every_reply_has_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "default-src 'none'" in policy
    script = re.search(r"script-src ([^;]*)", policy)
    assert script and "'unsafe-inline'" not in script[1] and "http" not in script[1]


def test_the_page_is_ours_from_the_first_byte(client: TestClient) -> None:
    page = client.get("/", headers={"accept-language": "ko"}).text
    assert 'lang="ko" data-theme="auto"' in page and "ui/chat.js" in page
    assert not re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//", page)
    assert "og:image" not in page and "manifest.json" not in page
    client.cookies.update({"malmoi_language": "en", "malmoi_theme": "dark"})
    assert 'lang="en" data-theme="dark"' in client.get("/", headers={"accept-language": "ko"}).text


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7860", "", "[::2]", "0.0.0.0"]
)
def test_foreign_hosts_are_refused(client: TestClient, host: str) -> None:
    assert client.get("/api/documents", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "[::1]:7860", "LOCALHOST:1"])
def test_loopback_hosts_are_served(client: TestClient, host: str) -> None:
    assert client.get("/api/documents", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_change_nothing(client: TestClient, malmoi: SmallMalmoi, headers: dict[str, str]) -> None:
    id = next(iter(malmoi.held))
    replies = [
        client.post("/api/documents", params={"name": "x.txt"}, content=b"text", headers=headers),
        client.delete(f"/api/documents/{id}", headers=headers),
        client.post("/gradio_api/queue/join", json={}, headers=headers),
    ]
    assert [reply.status_code for reply in replies] == [403] * 3
    assert list(malmoi.held) == [id]


def test_no_other_origin_may_read(client: TestClient) -> None:
    for origin in ("https://evil.example", "null", "http://localhost:3000"):
        for path in ("/api/documents", "/config", "/"):
            reply = client.get(path, headers={"origin": origin})
            assert "access-control-allow-origin" not in reply.headers


def test_gradios_unused_paths_are_closed(client: TestClient) -> None:
    for path in ("/gradio_api/upload", "/gradio_api/call/ask", "/gradio_api/run/ask"):
        assert client.post(path, json={}).status_code == 404
    for path in (
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/proxy=http://evil.example/",
        "/gradio_api/info",
        "/docs",
        "/openapi.json",
        "/login_check",
        "/gradio_api/file/etc/passwd",
        "/monitoring",
        "/gradio_api/runs",
    ):
        assert client.get(path).status_code == 404


def test_a_hostile_document_page_runs_nothing(client: TestClient, malmoi: SmallMalmoi) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    [document] = read_bytes(f"{evil}.txt", f"{evil}\n\n본문 {evil} 이다.".encode())
    malmoi.put(document)
    page = client.get(f"/document/{document.id}").text
    assert page.count("<script") == 1 and "<img" not in page and "&lt;img src=x" in page


def test_only_this_machine_is_served(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.168.0.10", "example.com"):
        assert not is_loopback(host)
        settings = load_settings(overrides={"index_dir": tmp_path, "server": {"host": host, "port": 0}})
        with pytest.raises(SettingsError, match="this machine only"):
            serve(OneCollection(SmallMalmoi(settings)), settings)
    assert all(map(is_loopback, ("127.0.0.1", "127.3.2.1", "::1", "[::1]", "localhost")))


def test_a_taken_port_is_told() -> None:
    with listen("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(SettingsError, match="--port"):
            listen("127.0.0.1", first.getsockname()[1])


def test_language_and_theme_follow_choice_then_setting_then_browser() -> None:
    assert reader_language({"malmoi_language": "en"}, "ko", "ko") == "en"
    assert reader_language({"malmoi_language": "xx"}, "en", "ko") == "ko"
    assert reader_language({}, "en;q=0.3, ko-KR;q=0.9") == "ko"
    assert reader_language({}, "ko;q=broken, de") == "en"
    assert reader_theme({"malmoi_theme": "dark"}) == "dark" and reader_theme({"malmoi_theme": "<"}) == "auto"
