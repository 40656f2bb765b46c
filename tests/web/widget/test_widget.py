"""What the widget fetches, and its sessions."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from malmoi.errors import SettingsError
from malmoi.settings import load_settings
from malmoi.web.widget.desk import Desk, SessionEnded
from malmoi.web.widget.routes import CONVERSATION, FOLDER, conversation_assets, loader_asset
from servers.host import SECRET, mint
from web.small import SmallMalmoi, app_of

SITE = "https://portal.example"
Served = Callable[..., TestClient]


def begin(client: TestClient, **wanted: Any) -> Any:
    return client.post("/widget/session", json={"origin": SITE, "token": mint(), **wanted})


def bearer(reply: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {reply.json()['session']}"}


def test_the_files_are_as_small_as_promised(capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes as they are sent: 6,000 for the loader, 35,000 for all that the first opening fetches."""
    loader = len(loader_asset().packed)
    conversation = {name: len(asset.packed) for name, asset in conversation_assets().items()}
    with capsys.disabled():
        sys.stdout.write(f"\nloader {loader} bytes, conversation {sum(conversation.values())} bytes: {conversation}\n")
    assert loader <= 6_000
    assert sum(conversation.values()) <= 35_000
    assert {p.name for p in FOLDER.iterdir()} == {*CONVERSATION, "loader.js"}, "a file that is not measured"


def test_nothing_is_fetched_from_anywhere_else() -> None:
    for file in FOLDER.iterdir():
        source = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|@font-face|url\(", source.replace("url|src", "")), file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function", source)


def test_the_loader_is_for_the_listed_sites_and_the_frame_says_who_may_hold_it(served: Served) -> None:
    client = served(origins=[SITE, "http://intra.example:8080"])
    loader = client.get("/widget.js", headers={"origin": SITE})
    assert loader.headers["access-control-allow-origin"] == SITE
    assert loader.headers["cross-origin-resource-policy"] == "cross-origin"
    assert loader.headers["content-encoding"] == "gzip" and "Origin" in loader.headers["vary"]
    assert "__TEXTS__" not in loader.text and "질문하기" in loader.text
    again = client.get("/widget.js", headers={"if-none-match": loader.headers["etag"]})
    assert again.status_code == 304
    frame = client.get("/widget/frame", params={"origin": SITE, "lang": "ko"})
    policy = frame.headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors http://intra.example:8080 {SITE}")
    assert "x-frame-options" not in frame.headers and "unsafe" not in policy
    assert 'lang="ko"' in frame.text and f'data-site="{SITE}"' in frame.text
    assert 'lang="en"' in client.get("/widget/frame", params={"origin": SITE, "lang": "en-GB"}).text
    build = re.search(r'href="(\w+)/conversation.css"', frame.text)
    assert build
    for name in CONVERSATION:
        assert "immutable" in client.get(f"/widget/{build[1]}/{name}").headers["cache-control"]
    assert client.get(f"/widget/{build[1]}/loader.js").status_code == 404
    assert client.get("/sign-in").headers["x-frame-options"] == "SAMEORIGIN"


def test_a_token_opens_a_session_for_one_person_and_one_collection(served: Served) -> None:
    client = served()
    opened = begin(client, language="ko")
    assert opened.status_code == 200 and opened.headers["cache-control"] == "no-store"
    told = opened.json()
    assert told["session"].startswith("mw_") and told["expires_in"] == 600 and told["collection"] == "default"
    asked = client.post("/api/v1/ask", json={"question": "무엇인가?", "keep": True}, headers=bearer(opened))
    assert asked.status_code == 200
    assert client.delete("/api/documents/x", headers=bearer(opened)).status_code == 403
    other = client.post("/api/v1/ask", json={"question": "q", "collection": "board"}, headers=bearer(opened))
    assert other.status_code == 404
    for forged in ("mw_none", told["session"][:-1], told["session"] + "x"):
        refused = client.get("/api/documents", headers={"authorization": f"Bearer {forged}"})
        assert refused.status_code == 401


def test_a_renewed_session_goes_on_with_its_conversation_and_only_with_its_own(served: Served) -> None:
    client = served()
    first = begin(client)
    kept = client.post("/api/v1/ask", json={"question": "무엇인가?", "keep": True}, headers=bearer(first)).json()
    noted = client.put("/widget/conversation", json={"id": kept["conversation"]}, headers=bearer(first))
    assert noted.status_code == 204
    thread = first.json()["thread"]
    assert begin(client, thread=thread).json()["conversation"] == kept["conversation"]
    someone = begin(client, thread=thread, token=mint(sub="noor"))
    assert someone.json()["conversation"] == ""
    stolen = client.put("/widget/conversation", json={"id": kept["conversation"]}, headers=bearer(someone))
    assert stolen.status_code == 404
    assert begin(client, thread="unknown").json()["conversation"] == ""
    assert client.put("/widget/conversation", json={"id": ""}, headers=bearer(first)).status_code == 204
    assert begin(client, thread=thread).json()["conversation"] == ""


def test_nobody_without_a_token_unless_the_operator_says_so(served: Served) -> None:
    assert begin(served(), token="").status_code == 401
    client = served(anonymous=True, anonymous_groups=["guests"])
    first = begin(client, token="")
    assert first.status_code == 200
    kept = client.post("/api/v1/ask", json={"question": "무엇인가?", "keep": True}, headers=bearer(first)).json()
    client.put("/widget/conversation", json={"id": kept["conversation"]}, headers=bearer(first))
    again = begin(client, token="", thread=first.json()["thread"])
    assert again.json()["conversation"] == kept["conversation"]
    stranger = begin(client, token="")
    found = client.get(f"/api/v1/conversations/{kept['conversation']}", headers=bearer(stranger))
    assert found.status_code == 404
    assert begin(client, thread=first.json()["thread"]).json()["conversation"] == "", "a name is not put on a guest"


def test_groups_come_from_the_token_or_for_guests_from_the_settings(tmp_path: Path) -> None:
    given = {"origins": [SITE], "secret": SECRET, "anonymous": True, "anonymous_groups": ["guests"]}
    desk = Desk(load_settings(overrides={"index_dir": tmp_path, "widget": given}))
    named = desk.open(origin=SITE, collection="default", token=mint(groups=["board", "staff"])).session
    guest = desk.open(origin=SITE, collection="default", token="").session
    assert named.principal.id == "widget:dana" and named.principal.groups == {"board", "staff"}
    assert guest.principal.id.startswith("widget-anonymous:") and guest.principal.groups == {"guests"}
    desk.close()


def test_a_session_ends_in_time_and_with_its_sites_place_on_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def desk(**given: Any) -> Desk:
        widget = {"origins": [SITE], "secret": SECRET, **given}
        return Desk(load_settings(overrides={"index_dir": tmp_path, "widget": widget}))

    first = desk()
    token = first.open(origin=SITE, collection="default", token=mint()).token
    first.close()
    again = desk()  # after a restart
    assert again.find(token).principal.name == "다나"
    again.close()
    moved = desk(origins=["https://other.example"])
    with pytest.raises(SessionEnded):
        moved.find(token)
    moved.close()
    later = time.time() + 601
    monkeypatch.setattr("malmoi.web.widget.desk.time.time", lambda: later)
    old = desk()
    with pytest.raises(SessionEnded):
        old.find(token)
    old.close()


def test_secrets_are_on_the_disk_as_hashes_only(served: Served, tmp_path: Path) -> None:
    token = begin(served()).json()["session"]
    for file in tmp_path.glob("widget.sqlite*"):
        assert token.encode() not in file.read_bytes() and token[3:].encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("widget", "named"),
    [
        ({"origins": ["https://*.example"]}, "https://*.example"),
        ({"origins": ["*"]}, "*"),
        ({"origins": ["null"]}, "null"),
        ({"origins": ["https://portal.example/"]}, "https://portal.example/"),
        ({"origins": ["https://portal.example:443"]}, "https://portal.example:443"),
        ({"origins": ["https://Portal.example"]}, "https://Portal.example"),
        ({"origins": ["portal.example"]}, "portal.example"),
        ({"secret": "short"}, "32 bytes"),
        ({"algorithm": "none"}, "widget.algorithm"),
    ],
)
def test_settings_that_would_let_more_in_than_they_say_are_refused(widget: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(named)):
        load_settings(overrides={"widget": widget})


def test_sessions_are_counted_by_address(tmp_path: Path) -> None:
    given = {"origins": [SITE], "secret": SECRET}
    overrides = {"index_dir": tmp_path, "widget": given, "limits": {"address_questions_per_minute": 3}}
    with TestClient(app_of(SmallMalmoi(load_settings(overrides=overrides))), base_url="http://127.0.0.1") as client:
        replies = [begin(client) for _ in range(4)]
        assert [r.status_code for r in replies] == [200, 200, 200, 429]
        assert int(replies[-1].headers["retry-after"]) > 0
        assert begin(client, origin="https://evil.example").status_code == 403
