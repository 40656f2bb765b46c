"""What an operator sees and does, and that nobody else can."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from malmoi.catalog.failures import read_failures
from malmoi.conversation import ConversationStore, Reply
from malmoi.people import ApiKeys, Scope
from malmoi.settings import load_settings
from malmoi.types import AnswerSentence, Citation, Role, SectionKind, Support, Verdict
from malmoi.web.admin import asked
from malmoi.web.admin.audit import FILE_NAME
from malmoi.web.admin.groups_of_questions import group
from malmoi.web.admin.office import SECTIONS
from malmoi.web.admin.plots import ORDER, latency_plot, questions_plot
from malmoi.web.usage import DayOfUse
from web.admin.conftest import PASSWORD, bearer, signed_in

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
SPAN = Citation("d1", "푸른다리.txt", "푸른다리", 0, 3, "푸른다", SectionKind.BODY, "2025-03-04", None, None)


def routes(app: FastAPI) -> list[tuple[str, str]]:
    found = []
    for route in _all(app.routes):
        if route.path.startswith("/admin"):
            found += [(method, route.path.replace("{id}", "x").replace("{run}", "x")) for method in route.methods]
    return found


def _all(given: object) -> list[APIRoute]:
    found: list[APIRoute] = []
    for route in given:  # type: ignore[attr-defined]
        if isinstance(route, APIRoute):
            found.append(route)
        elif hasattr(route, "effective_route_contexts") or hasattr(route, "original_router"):
            found += _all(getattr(route, "original_router", route).routes)
    return found


def test_every_route_is_closed_to_all_but_admins(app: FastAPI, keys: ApiKeys) -> None:
    found = routes(app)
    assert len(found) >= 25 and ("POST", "/admin/people") in found
    editor, reader = signed_in(app, "edith"), signed_in(app, "rea")
    nobody = TestClient(app, base_url="http://127.0.0.1")
    narrow = bearer(keys, Role.ADMIN, Scope.ASK, Scope.DOCUMENTS, Scope.EVALUATE)
    refused = 0
    for method, path in found:
        form = {"name": "rea", "role": "admin", "id": "x", "what": "all", "state": "closed", "again": "x"}
        for client in (editor, reader):
            reply = client.request(method, path, data=form if method == "POST" else None, follow_redirects=False)
            assert reply.status_code == 403, (method, path)
            refused += 1
        assert nobody.request(method, path, follow_redirects=False).status_code == 401, (method, path)
        assert nobody.request(method, path, headers=narrow, follow_redirects=False).status_code == 403, (method, path)
        refused += 2
    print(f"\nadmin: {refused} requests over {len(found)} operations refused, 0 let in")  # noqa: T201


def test_another_site_cannot_act_for_the_admin(admin: TestClient) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        reply = admin.post("/admin/keys", data={"name": "evil", "scopes": "admin"}, headers=headers)
        assert reply.status_code == 403
    assert "evil" not in admin.get("/admin/keys").text


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens(admin: TestClient, section: str, language: str) -> None:
    page = admin.get(f"/admin/{section}", headers={"accept-language": language})
    assert page.status_code == 200 and f'lang="{language}"' in page.text
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "'unsafe" not in page.headers["content-security-policy"]


def test_documents_are_added_grouped_and_removed_and_failures_stay_known(admin: TestClient, index: Path) -> None:
    files = [("files", ("새 글.txt", "가람시는 새 도서관을 연다.".encode())), ("files", ("그림.xyz", b"\x00\x01"))]
    page = admin.post("/admin/documents", files=files, data={"groups": "staff, hr"})
    assert page.status_code in (200, 415) and "새 글.txt" in page.text
    failures = read_failures(index)
    assert [f.name for f in failures] == ["그림.xyz"] and failures[0].problem and "그림.xyz" in page.text
    listed = admin.get("/admin/documents?q=글").text
    assert "hr, staff" in listed
    id = listed.split('name="id" value="')[1].split('"')[0]
    assert admin.post("/admin/documents/groups", data={"id": id, "groups": "board"}).status_code == 200
    assert "board" in admin.get("/admin/documents").text
    assert admin.post("/admin/documents/groups", data={"id": id, "groups": "a\tb"}).status_code == 422
    admin.post("/admin/documents/remove", data={"id": id})
    assert "새 글.txt" not in admin.get("/admin/documents?q=글").text.split('<h2 id="held">')[1]
    admin.post("/admin/documents/failures")
    assert read_failures(index) == []


@pytest.fixture
def store(index: Path) -> ConversationStore:
    made = ConversationStore(index)
    asked.delete(made)
    return made


def say(store: ConversationStore, owner: str, question: str, verdict: Verdict) -> str:
    id = store.create(question, owner=owner).id
    sentences = () if verdict is Verdict.ABSTAINED else (AnswerSentence("120억 원이다.", Support.SUPPORTED, (SPAN,)),)
    reply = Reply(sentences=sentences, verdict=verdict, passages=(SPAN,), answerer="extractive")
    store.append(id, question, reply, owner=owner)
    return id


def test_conversations_are_found_read_and_deleted(admin: TestClient, store: ConversationStore, index: Path) -> None:
    first = say(store, "local:ara", "다리는 얼마인가?", Verdict.ANSWERED)
    say(store, "local:bom", "내일 날씨는?", Verdict.ABSTAINED)
    third = say(store, "key:abc", HOSTILE, Verdict.CONFLICTING)
    store.rate(store.turns(first, owner="local:ara")[0].id, -1, "wrong", "<b>틀렸다</b>", owner="local:ara")

    def found(**wanted: str) -> list[bool]:
        table = admin.get("/admin/conversations", params=wanted).text.split('<h2 id="list">')[1].split("<h2")[0]
        return [words in table for words in ("다리는 얼마인가?", "내일 날씨는?", "&lt;img src=x")]

    today = datetime.now(UTC).date().isoformat()
    assert found() == [True, True, True]
    assert found(rating="down") == found(rating="any") == [True, False, False]
    assert found(rating="up") == [False, False, False]
    assert found(verdict="abstained") == [False, True, False]
    assert found(owner="key:abc") == [False, False, True]
    assert found(since=today, until=today) == [True, True, True] and found(until="2000-01-01") == [False] * 3
    page = admin.get(f"/admin/conversations/{first}").text
    assert "120억 원이다." in page and "&lt;b&gt;틀렸다" in page
    assert "<script>alert" not in admin.get(f"/admin/conversations/{third}").text
    exported = [json.loads(line) for line in admin.get("/admin/ratings.jsonl").text.splitlines()]
    assert [line["question"] for line in exported] == ["다리는 얼마인가?"]
    admin.post("/admin/conversations/delete", data={"what": "one", "id": third})
    assert found() == [True, True, False]
    assert admin.post("/admin/conversations/delete", data={"what": "person"}).status_code == 404
    assert found() == [True, True, False], "naming nobody deletes nothing"
    admin.post("/admin/conversations/delete", data={"what": "person", "owner": "local:bom"})
    assert found() == [True, False, False]
    admin.post("/admin/conversations/delete", data={"what": "all"})
    assert found() == [False, False, False]
    log = (index / FILE_NAME).read_text("utf-8")
    assert first in log and "다리는 얼마인가" not in log, "what was done is noted, not what was said"


def test_what_is_older_than_it_is_kept_goes(admin: TestClient, store: ConversationStore) -> None:
    old, new = (say(store, "local:ara", q, Verdict.ANSWERED) for q in ("옛 질문", "새 질문"))
    with store.transaction() as run:
        long_ago = (datetime.now(UTC) - timedelta(days=40)).isoformat()
        run("UPDATE conversation SET updated = ? WHERE id = ?", (long_ago, old))
    assert admin.post("/admin/conversations/retention", data={"days": "abc"}).status_code == 400
    assert len(store.conversations(owner="local:ara")) == 2
    admin.post("/admin/conversations/retention", data={"days": "30"})
    assert [c.id for c in store.conversations(owner="local:ara")] == [new]
    admin.post("/admin/conversations/retention", data={"days": ""})


def test_unanswered_questions_are_put_together_and_join_the_set(
    admin: TestClient, store: ConversationStore, index: Path
) -> None:
    for question in ("푸른다리의 통행료는 얼마인가?", "푸른다리 통행료는 얼마인가요?", "시장의 이름은 무엇인가?"):
        say(store, "local:ara", question, Verdict.ABSTAINED)
    say(store, "local:ara", "개통일은 언제인가?", Verdict.ANSWERED)
    page = admin.get("/admin/unanswered", headers={"accept-language": "ko"}).text
    assert page.count("<article") == 2 and "2번" in page and "개통일" not in page
    assert page.index("시장의 이름") < page.index("통행료"), "newest first"
    turn = asked.unanswered(store)[0].turn
    form = {"turn": turn, "question": "시장의 이름은?", "answers": "나래\n 나래 시장 ", "answerable": "true"}
    assert admin.post("/admin/unanswered", data={**form, "answers": ""}).status_code == 422
    admin.post("/admin/unanswered", data=form)
    admin.post("/admin/unanswered", data=form)
    lines = (index / "evals" / "asked.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 1 and json.loads(lines[0])["answers"] == ["나래", "나래 시장"]
    assert "asked.jsonl" in admin.get("/admin/evaluations").text


def test_alike_is_by_shared_words() -> None:
    made = [
        asked.Unanswered(str(n), "c", text, "", Reply(), "abstained", "")
        for n, text in enumerate(("a b c", "a b d", "x y", "c b a"))
    ]
    found = group(made, str.split)
    assert [[q.turn for q in g.questions] for g in found] == [["0", "1", "3"], ["2"]]


def test_people_are_added_changed_and_closed(admin: TestClient, app: FastAPI, index: Path) -> None:
    form = {"name": "nara", "password": PASSWORD, "role": "reader", "groups": "hr", "display": HOSTILE}
    admin.post("/admin/people", data=form)
    page = admin.get("/admin/people").text
    assert "nara" in page and "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert admin.post("/admin/people", data=form).status_code == 400, "the name is taken"
    assert admin.post("/admin/people", data={**form, "name": "short", "password": "kurz"}).status_code == 400
    nara = signed_in(app, "nara")
    assert nara.get("/admin/people").status_code == 403
    admin.post("/admin/people/change", data={"name": "nara", "role": "admin", "groups": ""})
    assert nara.get("/admin/people").status_code == 200
    admin.post("/admin/people/password", data={"name": "nara", "password": PASSWORD + "!"})
    assert nara.get("/admin/people", headers={"accept": "text/html"}).url.path == "/sign-in", "sessions end"
    admin.post("/admin/people/state", data={"name": "nara", "state": "closed"})
    again = TestClient(app, base_url="http://127.0.0.1")
    assert again.post("/sign-in", data={"name": "nara", "password": PASSWORD + "!"}).status_code == 401
    for path, change in (("change", {"role": "reader"}), ("state", {"state": "closed"})):
        assert admin.post(f"/admin/people/{path}", data={"name": "ada", **change}).status_code == 400
    assert admin.get("/admin/people").status_code == 200, "nobody locks themselves out"
    assert PASSWORD not in (index / FILE_NAME).read_text("utf-8")


def test_a_key_is_shown_once_and_ends_when_revoked(admin: TestClient, app: FastAPI, index: Path) -> None:
    page = admin.post("/admin/keys", data={"name": "cron", "scopes": ["ask"], "role": "reader", "days": "30"}).text
    secret = page.split('<code id="secret" tabindex="0">')[1].split("<")[0]
    assert secret.startswith("mm_") and secret not in admin.get("/admin/keys").text
    program, header = TestClient(app, base_url="http://127.0.0.1"), {"authorization": f"Bearer {secret}"}
    assert program.get("/api/documents", headers=header).status_code == 200
    id = admin.get("/admin/keys").text.split('name="id" value="')[1].split('"')[0]
    admin.post("/admin/keys/revoke", data={"id": id})
    assert program.get("/api/documents", headers=header).status_code == 401
    assert admin.post("/admin/keys", data={"name": "x", "scopes": "admin", "role": "reader"}).status_code == 400
    assert secret not in (index / FILE_NAME).read_text("utf-8")


def test_collections_are_made_changed_and_removed(admin: TestClient, index: Path) -> None:
    admin.post("/admin/collections", data={"name": "hr", "groups": "staff"})
    form = {
        "name": "hr", "title_ko": "인사", "greeting_en": "Ask <b>us</b>", "suggestions_ko": "연차는?\n\n휴가는?",
        "groups": "staff", "theme": "--accent: #0a7;\n--radius: 8px", "logo": "인",
    }  # fmt: skip
    admin.post("/admin/collections/settings", data=form)
    page = admin.get("/admin/collections").text
    assert "인사" in page and "--accent: #0a7" in page and "Ask &lt;b&gt;us" in page
    for wrong in ({"theme": "--accent: url(//evil)"}, {"theme": "no colon"}, {"groups": "a\tb"}):
        assert admin.post("/admin/collections/settings", data={**form, **wrong}).status_code == 400
    assert "--radius: 8px" in admin.get("/admin/collections").text, "the old settings stay"
    assert admin.post("/admin/collections", data={"name": "../evil"}).status_code == 400
    assert admin.post("/admin/collections/remove", data={"name": "hr", "again": "HR"}).status_code == 400
    assert (index / "collections" / "hr").is_dir()
    admin.post("/admin/collections/remove", data={"name": "hr", "again": "hr"})
    assert not (index / "collections" / "hr").exists()


def test_reports_open_in_a_sandbox(admin: TestClient, index: Path) -> None:
    folder = index / "evals" / "run-1"
    folder.mkdir(parents=True)
    (folder / "results.json").write_text("{broken", "utf-8")
    (folder / "report.html").write_text("<script>parent.document.title = 'taken'</script>", "utf-8")
    assert "run-1" in admin.get("/admin/evaluations").text
    report = admin.get("/admin/evaluations/run-1/report.html")
    policy = report.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts") and "allow-same-origin" not in policy
    for name in ("..", "%2e%2e", "..%2Frun-1", ".hidden", "none"):
        assert admin.get(f"/admin/evaluations/{name}/report.html").status_code in (400, 404, 422), name
    compared = admin.get("/admin/evaluations/compare", params={"a": "run-1", "b": "../../.."})
    assert compared.status_code == 422


def test_the_log_names_who_did_what(admin: TestClient, index: Path) -> None:
    admin.post("/admin/collections", data={"name": "noted"})
    admin.post("/admin/collections/remove", data={"name": "noted", "again": "noted"})
    last = [json.loads(line) for line in (index / FILE_NAME).read_text("utf-8").splitlines()][-2:]
    assert [(e["name"], e["act"], e["target"]) for e in last] == [
        ("ada", "collection_make", "noted"),
        ("ada", "collection_remove", "noted"),
    ]
    assert (index / FILE_NAME).stat().st_mode & 0o077 == 0
    page = admin.get("/admin/audit", headers={"accept-language": "en"}).text
    assert page.index("removed a collection") < page.index("made a collection")


def test_plots_stay_within_their_frame() -> None:
    days = [DayOfUse(f"2025-01-{n:02}", {"answered": n, "failed": 3}, n * 10.0, n * 37.0) for n in range(1, 31)]
    plot = questions_plot(days)
    assert len(plot.bars) == 60 and {b.verdict for b in plot.bars} <= set(ORDER)
    assert all(b.y >= 10 and b.y + b.height <= 176.11 and b.x >= 46 and b.x + b.width <= 720 for b in plot.bars)
    tallest = sum(b.height for b in plot.bars[-2:])
    assert tallest == pytest.approx(166 * 33 / 40, abs=0.2), "heights are to scale"
    assert all(10 <= y <= 176 for _, points in latency_plot(days).lines for _, y in points)
    assert questions_plot([DayOfUse("2025-01-01")]).bars == ()


def test_settings_of_limits_and_retention() -> None:
    settings = load_settings(overrides={"retention": {"conversation_days": 30}})
    assert settings.retention.conversation_days == 30 and settings.limits.answers_at_once == 4
