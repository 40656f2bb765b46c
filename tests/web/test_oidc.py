"""Signing in at a real OpenID Connect provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from malmoi.settings import load_settings
from servers.provider import Provider
from web.small import SmallMalmoi, app_of

HERE = "http://127.0.0.1"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider(f"{HERE}/sign-in/callback") as running:
        yield running


@pytest.fixture(scope="module")
def client(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = load_settings(
        overrides={
            "index_dir": tmp_path_factory.mktemp("oidc"),
            "sign_in": {
                "method": "oidc",
                "oidc_issuer": provider.issuer,
                "oidc_client_id": "malmoi",
                "oidc_client_secret": "a-secret-between-the-two",
                "oidc_scope": "openid profile",
                "editor_groups": "항만과",
            },
        }
    )
    app = app_of(SmallMalmoi(settings))
    with TestClient(app, base_url=HERE) as opened:
        yield opened


@pytest.fixture
def nobody(client: TestClient) -> TestClient:
    client.cookies.clear()
    return client


def leave(client: TestClient) -> str:
    """Start signing in; the address of the provider that one is sent to."""
    gone = client.get("/sign-in/provider?next=/%3Fc%3D1", follow_redirects=False)
    assert gone.status_code == 303 or gone.status_code == 302, gone.text
    return gone.headers["location"]


def test_someone_signs_in_at_the_provider(nobody: TestClient, provider: Provider) -> None:
    address = leave(nobody)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["state"] and asked["nonce"]
    back = provider.sign_in(address, "dana")
    entered = nobody.get(back, follow_redirects=False)
    assert (entered.status_code, entered.headers["location"]) == (303, "/?c=1")
    assert nobody.get("/api/documents").status_code == 200
    assert nobody.post("/api/documents?name=b.txt", content="새 글이다.".encode()).status_code == 200, "an editor"


def test_groups_decide_what_one_may_do(nobody: TestClient, provider: Provider) -> None:
    nobody.get(provider.sign_in(leave(nobody), "noor"), follow_redirects=False)
    assert nobody.get("/api/documents").status_code == 200
    assert nobody.post("/api/documents?name=b.txt", content=b"x").status_code == 403


def test_a_code_works_once_and_only_in_the_browser_that_asked(nobody: TestClient, provider: Provider) -> None:
    back = provider.sign_in(leave(nobody), "dana")
    signing_in = dict(nobody.cookies)
    nobody.cookies.clear()
    assert nobody.get(back, follow_redirects=False).status_code == 401
    assert nobody.get("/api/documents").status_code == 401
    nobody.cookies.update(signing_in)
    assert nobody.get(back, follow_redirects=False).status_code == 303
    nobody.cookies.clear()
    nobody.cookies.update(signing_in)
    assert nobody.get(back, follow_redirects=False).status_code == 401, "the code was used"


def test_a_refusal_is_told_and_lets_nobody_in(nobody: TestClient) -> None:
    leave(nobody)
    refused = nobody.get("/sign-in/callback?error=access_denied&state=other", follow_redirects=False)
    assert refused.status_code == 401 and "alert" in refused.text
    assert "access_denied" not in refused.text


def test_a_provider_that_is_gone_is_told(tmp_path: Path) -> None:
    settings = load_settings(
        overrides={
            "index_dir": tmp_path,
            "sign_in": {"method": "oidc", "oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "malmoi"},
        }
    )
    with TestClient(app_of(SmallMalmoi(settings)), base_url=HERE) as client:
        gone = client.get("/sign-in/provider", follow_redirects=False)
    assert gone.status_code == 502 and "alert" in gone.text
