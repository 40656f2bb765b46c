"""Who may use the server: sign-in by accounts and by a proxy, keys, and nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from malmoi.errors import SettingsError
from malmoi.people import Accounts, ApiKeys, Scope
from malmoi.people.database import PeopleDatabase
from malmoi.settings import load_settings
from malmoi.types import Role
from malmoi.web.app import serve
from malmoi.web.sign_in import installation_secret, local_path
from web.small import OneCollection, SmallMalmoi, app_of

PASSWORD = "모래톱 위의 등대 일곱"
Served = Callable[..., TestClient]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serves a small collection with the given sign-in settings; `client` is the address that requests come from."""
    with ExitStack() as stack:

        def make(client: str = "127.0.0.1", server: dict[str, Any] | None = None, **sign_in: Any) -> TestClient:
            settings = load_settings(overrides={"index_dir": tmp_path, "sign_in": sign_in, "server": server or {}})
            malmoi = SmallMalmoi(settings)
            malmoi.add_bytes("notice.txt", "가람시는 새 도서관을 연다.".encode())
            app = app_of(malmoi)
            return stack.enter_context(TestClient(app, base_url="http://127.0.0.1", client=(client, 5000)))

        yield make


@pytest.fixture
def people(tmp_path: Path) -> Iterator[PeopleDatabase]:
    database = PeopleDatabase(tmp_path)
    yield database
    database.close()


def sign_in(client: TestClient, name: str, password: str, wanted: str = "/") -> Any:
    form = {"name": name, "password": password, "next": wanted}
    return client.post("/sign-in", data=form, follow_redirects=False)


def test_nothing_but_the_way_in_is_open_to_nobody(served: Served) -> None:
    client = served(method="local")
    for path in ("/", "/config", "/api/documents", "/api/ratings.jsonl", "/document/x", "/gradio_api/queue/data"):
        assert client.get(path).status_code == 401, path
    page = client.get("/?c=1", headers={"accept": "text/html"}, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2F%3Fc%3D1")
    assert client.get("/sign-in").status_code == client.get("/ui/theme.css").status_code == 200
    assert client.post("/gradio_api/queue/join", json={}).status_code == 401


def test_name_and_password_open_the_page(served: Served, people: PeopleDatabase) -> None:
    Accounts(people).add("dana", PASSWORD)
    client = served(method="local")
    refused = sign_in(client, "dana", "이것은 틀린 암호")
    assert refused.status_code == 401 and "set-cookie" not in refused.headers
    assert "alert" in refused.text and "form-action 'self'" in refused.headers["content-security-policy"]
    entered = sign_in(client, "dana", PASSWORD, "/?c=7")
    assert (entered.status_code, entered.headers["location"]) == (303, "/?c=7")
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    assert client.get("/api/documents").status_code == 200
    assert client.post("/sign-out", follow_redirects=False).status_code == 303
    assert client.get("/api/documents").status_code == 401


def test_a_reader_changes_no_documents_and_an_editor_does(served: Served, people: PeopleDatabase) -> None:
    accounts = Accounts(people)
    accounts.add("dana", PASSWORD)
    client = served(method="local")
    sign_in(client, "dana", PASSWORD)
    body = "새 글이다.".encode()
    assert client.post("/api/documents?name=b.txt", content=body).status_code == 403
    accounts.set_role("dana", Role.EDITOR)
    assert client.post("/api/documents?name=b.txt", content=body).status_code == 200


def test_a_session_ends_at_once_with_its_account(served: Served, people: PeopleDatabase) -> None:
    accounts = Accounts(people)
    accounts.add("dana", PASSWORD)
    client = served(method="local")
    sign_in(client, "dana", PASSWORD)
    accounts.set_disabled("dana", True)
    assert client.get("/api/documents").status_code == 401


def test_a_key_opens_what_its_scopes_say_until_it_is_revoked(served: Served, people: PeopleDatabase) -> None:
    keys = ApiKeys(people)
    key, secret = keys.make("intranet", role=Role.EDITOR, scopes=[Scope.ASK])
    client = served(method="local")
    headers = {"authorization": f"Bearer {secret}"}
    assert client.get("/api/documents", headers=headers).status_code == 200
    assert client.post("/api/documents?name=b.txt", content=b"x", headers=headers).status_code == 403
    keys.revoke(key.id)
    refused = client.get("/api/documents", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "web.credentials")


def test_a_wrong_key_is_refused_even_where_nobody_signs_in(served: Served) -> None:
    assert served().get("/api/documents", headers={"authorization": "Bearer mm_guess"}).status_code == 401


def test_a_proxy_is_believed_from_its_own_address_only(served: Served) -> None:
    settings = {"method": "proxy", "editor_groups": ["항만과"], "server": {"trusted_proxies": ["10.0.0.0/8"]}}
    # A server passes header values on as the bytes of UTF-8.
    headers = [(b"x-forwarded-user", b"dana"), (b"x-forwarded-groups", "staff, 항만과".encode())]
    inside, outside = served("10.1.2.3", **settings), served("192.0.2.7", **settings)
    assert outside.get("/api/documents", headers=headers).status_code == 401
    assert inside.get("/api/documents").status_code == 401
    assert inside.get("/api/documents", headers=headers).status_code == 200
    twice = [*headers, (b"x-forwarded-user", b"admin")]
    assert inside.get("/api/documents", headers=twice).status_code == 401
    mapped = served("::ffff:10.1.2.3", **settings)
    assert mapped.get("/api/documents", headers=headers).status_code == 200


def test_another_address_needs_sign_in_and_a_name(tmp_path: Path) -> None:
    def start(**overrides: Any) -> None:
        server = {"host": "0.0.0.0", "port": 0}
        settings = load_settings(overrides={"index_dir": tmp_path, "server": server, **overrides})
        serve(OneCollection(SmallMalmoi(settings)), settings)

    with pytest.raises(SettingsError, match="without sign-in"):
        start()
    with pytest.raises(SettingsError, match="public_url"):
        start(sign_in={"method": "local"})


def test_the_public_name_is_served_and_makes_secure_cookies(served: Served, people: PeopleDatabase) -> None:
    Accounts(people).add("dana", PASSWORD)
    client = served(method="local", server={"public_url": "https://malmoi.example"})
    there = {"host": "malmoi.example"}
    assert client.get("/sign-in", headers=there).status_code == 200
    assert client.get("/sign-in", headers={"host": "evil.example"}).status_code == 421
    form = {"name": "dana", "password": PASSWORD}
    entered = client.post("/sign-in", data=form, headers=there, follow_redirects=False)
    assert "secure" in entered.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\/evil", "javascript:1", "", "/a\nb", "/ok\\"],
)
def test_nobody_is_sent_to_another_site(wanted: str) -> None:
    assert local_path(wanted) == "/"


def test_the_installations_secret_is_made_once_and_private(tmp_path: Path) -> None:
    first = installation_secret(tmp_path)
    assert installation_secret(tmp_path) == first and len(first) == 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_proxy_may_leave_the_prefix_on_or_take_it_off(served: Served, people: PeopleDatabase) -> None:
    Accounts(people).add("dana", PASSWORD)
    client = served(method="local", server={"public_url": "http://127.0.0.1/office"})
    asked = client.get("/office/document/x", headers={"accept": "text/html"}, follow_redirects=False)
    assert asked.headers["location"] == "/office/sign-in?next=%2Fdocument%2Fx"
    form = {"name": "dana", "password": PASSWORD, "next": "/document/x"}
    entered = client.post("/office/sign-in", data=form, follow_redirects=False)
    assert entered.headers["location"] == "/office/document/x"
    assert "path=/office" in entered.headers["set-cookie"].lower()
    token = {"cookie": entered.headers["set-cookie"].partition(";")[0]}
    for path in ("/office/api/documents", "/api/documents"):
        assert client.get(path, headers=token).status_code == 200
    assert client.get("/office", follow_redirects=False).headers["location"] == "/office/"
    assert client.get("/officer/api/documents", headers=token).status_code == 404
