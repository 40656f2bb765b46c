"""Row 14: a token that is not exactly right opens no session. Row 15: a site that is not on the list gets nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from starlette.testclient import TestClient

from malmoi.errors import SettingsError
from malmoi.settings import load_settings
from malmoi.web.widget.tokens import TokenReader, TokenRefused
from servers.host import AUDIENCE, SECRET, claims, mint
from web.small import SmallMalmoi, app_of

SITE = "https://portal.example"
MALLORY = OctKey.import_key(b"a key that the server has never seen, long enough")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    given = {"origins": [SITE, "http://intra.example:8080"], "secret": SECRET}
    index = tmp_path_factory.mktemp("tokens") / "index"
    malmoi = SmallMalmoi(load_settings(overrides={"index_dir": index, "widget": given}))
    with TestClient(app_of(malmoi), base_url="http://127.0.0.1") as opened:
        yield opened


def unsigned(header: dict[str, Any], body: dict[str, Any], signature: str = "") -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(body)}.{signature}"


def by_hand(key: bytes) -> str:
    """Signed with anything as the secret, which joserfc would not do."""
    told = unsigned({"alg": "HS256"}, claims()).rstrip(".")
    made = hmac.new(key, told.encode(), hashlib.sha256).digest()
    return f"{told}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def tampered() -> str:
    head, _, signature = mint().split(".")
    body = unsigned({}, claims(groups=["board"])).split(".")[1]
    return f"{head}.{body}.{signature}"


def begin(client: TestClient, token: str, origin: str = SITE, **more: Any) -> int:
    return client.post("/widget/session", json={"origin": origin, "token": token, **more}).status_code


def test_row_14_none_of_the_wrong_tokens_opens_a_session(
    client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(time.time())
    public = RSAKey.generate_key(2048).as_pem(private=False)
    used = mint()
    assert begin(client, used) == 200
    session = client.post("/widget/session", json={"origin": SITE, "token": mint()}).json()["session"]

    def in_another_collection() -> int:
        ask = {"question": "q", "collection": "board"}
        return client.post("/api/v1/ask", json=ask, headers={"authorization": f"Bearer {session}"}).status_code

    refused = {
        "no algorithm": begin(client, unsigned({"alg": "none"}, claims())),
        "swapped algorithm": begin(client, jwt.encode({"alg": "HS512"}, claims(), _key(), algorithms=["HS512"])),
        "a public key as secret": begin(client, by_hand(public)),
        "expired": begin(client, mint(iat=now - 200, exp=now - 1)),
        "too early": begin(client, mint(iat=now, nbf=now + 60)),
        "issued in the future": begin(client, mint(iat=now + 60)),
        "another audience": begin(client, mint(aud="other")),
        "one audience of several": begin(client, mint(aud=[AUDIENCE, "other"])),
        "another key": begin(client, mint(MALLORY)),
        "used before": begin(client, used),
        "lives too long": begin(client, mint(iat=now, exp=now + 301)),
        "no id": begin(client, mint(jti=None)),
        "no end": begin(client, mint(exp=None)),
        "no subject": begin(client, mint(sub=None)),
        "groups that are no list": begin(client, mint(groups="board")),
        "another site": begin(client, mint(), "https://evil.example"),
        "tampered with": begin(client, tampered()),
        "another collection": in_another_collection(),
        "a key that it brings along": begin(
            client, mint(MALLORY, header={"alg": "HS256", "jwk": MALLORY.as_dict(private=True)})
        ),
        "a critical header that is not known": begin(
            client, unsigned({"alg": "HS256", "crit": ["b64"], "b64": False}, claims(), "AAAA")
        ),
        "no token at all": begin(client, ""),
        "no JSON inside": begin(client, "a.b.c"),
    }
    with capsys.disabled():
        sys.stdout.write(f"\nrow 14: {sum(s in (401, 403, 404) for s in refused.values())}/{len(refused)} refused\n")
    assert set(refused.values()) <= {401, 403, 404}, refused
    assert begin(client, mint()) == 200, "a good one still opens a session"


def _key() -> OctKey:
    return OctKey.import_key(SECRET.encode())


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_public_key_takes_its_own_signature_only(tmp_path: Path, algorithm: str) -> None:
    keys: dict[str, Any] = {
        "RS256": RSAKey.generate_key(2048),
        "ES256": ECKey.generate_key("P-256"),
        "EdDSA": OKPKey.generate_key("Ed25519"),
    }
    file = tmp_path / "key.pem"
    file.write_bytes(keys[algorithm].as_pem(private=False))

    def reader(**more: Any) -> TokenReader:
        widget = {"algorithm": algorithm, "public_key_file": str(file), **more}
        return TokenReader(load_settings(overrides={"widget": widget}).widget)

    assert reader().read(_signed(algorithm, keys[algorithm])).subject == "dana"
    for other in set(keys) - {algorithm}:
        with pytest.raises(TokenRefused):
            reader().read(_signed(other, keys[other]))
    with pytest.raises(TokenRefused):
        reader().read(by_hand(file.read_bytes()))
    with pytest.raises(TokenRefused):
        reader(secret=SECRET).read(mint())
    file.write_bytes(keys[algorithm].as_pem(private=True))
    with pytest.raises(SettingsError, match="private"):
        reader()
    file.write_text("nothing")
    with pytest.raises(SettingsError, match="holds no key"):
        reader()


def _signed(algorithm: str, key: Any) -> str:
    if algorithm != "EdDSA":
        return jwt.encode({"alg": algorithm}, claims(), key)
    head = unsigned({"alg": "EdDSA"}, claims()).rstrip(".")
    made = key.private_key.sign(head.encode())
    return f"{head}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def test_a_token_may_be_ten_seconds_ahead_of_this_servers_clock() -> None:
    reader = TokenReader(load_settings(overrides={"widget": {"secret": SECRET}}).widget)
    now = time.time()
    assert reader.read(mint(iat=int(now) + 5, exp=int(now) + 305), at=now).expires
    with pytest.raises(TokenRefused, match="not valid yet"):
        reader.read(mint(iat=int(now) + 20), at=now)


@pytest.mark.parametrize("repeat", range(3))
def test_a_token_opens_one_session_even_for_many_at_once(client: TestClient, repeat: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    token = mint()
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: begin(client, token), range(8)))
    assert sorted(statuses) == [200] + [401] * 7


FOREIGN = [
    "https://evil.example", "null", "", "https://portal.example.evil.example", "https://evilportal.example",
    "https://sub.portal.example", "https://portal.example:8443", "http://portal.example", "https://portal.example/",
    "https://PORTAL.example", "https://portal.example.", "https://portal.example@evil.example", "http://intra.example",
    "http://intra.example:80", "http://intra.example:80800", "*", "https://*", "file://", "https://portal.exаmple",
]  # fmt: skip


def test_row_15_none_of_the_other_sites_is_let_in(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    allowed = []
    for origin in FOREIGN:
        frame = client.get("/widget/frame", params={"origin": origin})
        header = {"origin": origin.encode("ascii", "ignore").decode()}
        loader = client.get("/widget.js", headers=header)
        session = begin(client, mint(), origin)
        preflight = client.options("/widget/session", headers={**header, "access-control-request-method": "POST"})
        cross = client.post(
            "/widget/session",
            json={"origin": SITE, "token": mint()},
            headers={**header, "sec-fetch-site": "cross-site"},
        )
        opened = (
            frame.status_code == 200, "access-control-allow-origin" in loader.headers, session == 200,
            "access-control-allow-origin" in preflight.headers, cross.status_code == 200,
        )  # fmt: skip
        if any(opened):
            allowed.append((origin, opened))
    with capsys.disabled():
        sys.stdout.write(f"\nrow 15: {len(allowed)} of {len(FOREIGN)} foreign origins allowed\n")
    assert not allowed
    assert client.get("/widget/frame", params={"origin": SITE}).status_code == 200


def test_row_15_an_empty_list_lets_nobody_in(tmp_path: Path) -> None:
    malmoi = SmallMalmoi(load_settings(overrides={"index_dir": tmp_path, "widget": {"secret": SECRET}}))
    with TestClient(app_of(malmoi), base_url="http://127.0.0.1") as client:
        for origin in (SITE, "", "http://127.0.0.1"):
            assert client.get("/widget/frame", params={"origin": origin}).status_code == 403
            assert begin(client, mint(), origin) == 403
        assert "access-control-allow-origin" not in client.get("/widget.js", headers={"origin": SITE}).headers
