"""Row 12: what an address may reach. Connections are counted where they would be made."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from malmoi.documents import fetch
from malmoi.documents.urls import is_public
from malmoi.engine import Malmoi
from malmoi.errors import DocumentError, TooLarge, UrlRefused
from malmoi.settings import load_settings
from malmoi.settings.models import Documents

PUBLIC = "93.184.215.14"
NAMES: dict[str, Sequence[str]] = {
    "page.example": [PUBLIC],
    "other.example": ["8.8.4.4"],
    "xn--bj0bj06e.example": [PUBLIC],
    "inside.example": ["10.1.2.3"],
    "both.example": [PUBLIC, "192.168.0.7"],
    "mapped.example": ["::ffff:169.254.169.254"],
    "six.example": ["fd00:ec2::254"],
    "looped.example": ["127.0.0.1"],
    "empty.example": [],
    "odd.example": ["not an address"],
}
REFUSED = """
http://127.0.0.1/ http://127.1/ http://2130706433/ http://0x7f000001/ http://0x7f.0.0.1/ http://0177.0.0.1/
http://017700000001/ http://0/ http://0.0.0.0/ http://127.0.0.1./ http://localhost/ http://LOCALHOST./
http://localhost.localdomain/ http://[::1]/ http://[::]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/
http://[::127.0.0.1]/ http://[2002:7f00:1::]/ http://[64:ff9b::7f00:1]/ http://[64:ff9b:1::a00:1]/
http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/ http://[fe80::1]/ http://[fe80::1%25lo]/ http://[fec0::1]/
http://[fc00::1]/ http://[ff02::1]/ http://10.0.0.1/ http://172.16.5.4/ http://172.31.255.255/ http://192.168.1.1/
http://100.64.0.1/ http://169.254.169.254/latest/meta-data/ http://metadata.google.internal/ http://224.0.0.1/
http://240.0.0.1/ http://255.255.255.255/ http://192.0.0.8/ http://192.88.99.1/ http://198.18.0.1/ http://192.0.2.1/
http://203.0.113.9/ http://[2001:db8::1]/ http://[5f00::1]/ http://inside.example/ http://both.example/
http://mapped.example/ http://six.example/ http://looped.example/ http://empty.example/ http://odd.example/
http://page.example:22/ http://page.example:6379/ http://page.example:0/ https://page.example:8443/
http://name@page.example/ http://name:word@page.example/ http://page.example@127.0.0.1/ http://:@page.example/
file:///etc/passwd ftp://page.example/ gopher://page.example:70/ dict://127.0.0.1:11211/ ldap://127.0.0.1/
jar:http://page.example!/ http:///page http://page.example\\@127.0.0.1/ https:127.0.0.1 //127.0.0.1/
http://１２７.0.0.1/ http://①②⑦.0.0.1/ http://127。0。0。1/ http://%31%32%37.0.0.1/ http://127.0.0.1%00.page.example/
http://page.example%0d%0aHost:x/ http://[::1 http://[::1]:99999/ http://nowhere.example/
""".split()


def resolve(host: str, port: int) -> Sequence[str]:
    """The table above; addresses and this machine's own names by the system, as they would be."""
    if host in NAMES:
        return NAMES[host]
    if host.endswith((".example", ".internal")):
        raise socket.gaierror(f"no such name {host}")
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Wire(httpx.AsyncBaseTransport):
    """Notes every connection, and makes those to public addresses to a server of ours."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.reached: list[str] = []
        self.hosts: list[str] = []
        self.names: list[str] = []
        self._server = server

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.reached.append(request.url.host)
        self.hosts.append(request.headers["host"])
        self.names.append(request.extensions["sni_hostname"])
        inner = httpx.AsyncHTTPTransport()
        request.url = request.url.copy_with(scheme="http", host=self._server[0], port=self._server[1])
        return await inner.handle_async_request(request)


class Web(ThreadingHTTPServer):
    """Answers paths of `pages`; (status, headers, body) each."""

    daemon_threads = True
    pages: dict[str, tuple[int, dict[str, str], bytes]]
    dripping: threading.Event


class Handler(BaseHTTPRequestHandler):
    server: Web

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        if self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.server.dripping.wait(0.05):
                try:
                    self.wfile.write(b"a")
                except OSError:
                    return
            return
        status, headers, body = self.server.pages.get(self.path, (404, {}, b"nothing"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web(("127.0.0.1", 0), Handler)
    server.pages, server.dripping = {}, threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.dripping.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def wire(web: Web) -> Wire:
    return Wire(("127.0.0.1", web.server_address[1]))


@pytest.fixture
def get(wire: Wire) -> Callable[..., bytes]:
    def get(url: str, **settings: object) -> bytes:
        given = Documents.model_validate({"urls": True, "url_timeout_s": 20, **settings})
        return fetch(url, given, resolve=resolve, transport=wire).data or b""

    return get


PAGE = (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Page</title><p>The page says so.</p>")


def test_no_address_inside_is_reached(get: Callable[..., bytes], wire: Wire) -> None:
    assert len(REFUSED) >= 40
    refused = 0
    for url in REFUSED:
        with pytest.raises(DocumentError):
            get(url)
        refused += 1
    print(f"row 12: {refused}/{len(REFUSED)} addresses refused, {len(wire.reached)} connections made")  # noqa: T201
    assert wire.reached == []


def test_nothing_connects_to_this_machine_where_its_port_is_allowed(tmp_path: Path) -> None:
    """With the real transport and the system's resolver, before a socket that listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        listening.settimeout(0.2)
        settings = Documents.model_validate({"urls": True, "url_ports": [port], "url_private_hosts": ["localhost"]})
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]", "0"):
            with pytest.raises(UrlRefused):
                fetch(f"http://{host}:{port}/", settings)
        with pytest.raises(TimeoutError):
            listening.accept()


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://looped.example/",
        "//inside.example/",
        "file:///etc/passwd",
        "http://name:word@other.example/",
        "http://other.example:25/",
        "/twice",
    ],
)
def test_each_redirect_is_checked_again(location: str, get: Callable[..., bytes], wire: Wire, web: Web) -> None:
    web.pages["/"] = (302, {"Location": location}, b"")
    web.pages["/twice"] = (307, {"Location": "http://both.example/"}, b"")
    with pytest.raises(UrlRefused):
        get("http://page.example/")
    assert set(wire.reached) == {PUBLIC}


def test_a_name_that_changes_its_answer_is_asked_once(wire: Wire, web: Web) -> None:
    web.pages["/"] = PAGE
    answers = [[PUBLIC], ["127.0.0.1"]]
    fetched = fetch("http://rebind.example/", Documents(urls=True), resolve=lambda *_: answers.pop(0), transport=wire)
    assert b"says so" in (fetched.data or b"")
    assert wire.reached == [PUBLIC]
    assert answers == [["127.0.0.1"]]
    with pytest.raises(UrlRefused):
        fetch("http://rebind.example/", Documents(urls=True), resolve=lambda *_: answers.pop(0), transport=wire)
    assert wire.reached == [PUBLIC]


def test_a_name_that_changes_its_answer_between_redirects_is_refused(wire: Wire, web: Web) -> None:
    web.pages["/"] = (302, {"Location": "/next"}, b"")
    answers = [[PUBLIC], ["10.0.0.1"]]
    with pytest.raises(UrlRefused):
        fetch("http://rebind.example/", Documents(urls=True), resolve=lambda *_: answers.pop(0), transport=wire)
    assert wire.reached == [PUBLIC]


def test_a_public_page_is_fetched_from_the_address_that_was_checked(
    get: Callable[..., bytes], wire: Wire, web: Web
) -> None:
    web.pages["/a?b=1"] = (301, {"Location": "http://other.example/c"}, b"")
    web.pages["/c"] = PAGE
    assert b"says so" in get("http://page.example/a?b=1#part")
    assert wire.reached == [PUBLIC, "8.8.4.4"]
    assert wire.hosts == ["page.example", "other.example"]
    web.pages["/"] = PAGE
    get("https://한글.example/")
    assert (wire.reached[-1], wire.names[-1]) == (PUBLIC, wire.hosts[-1])


def test_what_it_says_of_itself_is_checked_too(get: Callable[..., bytes], web: Web) -> None:
    web.pages.update(
        {
            "/big": (200, {}, b"x" * 2000),
            "/packed": (200, {"Content-Encoding": "gzip"}, b"x"),
            "/gone": (410, {}, b""),
            "/loop": (302, {"Location": "/loop"}, b""),
        }
    )
    with pytest.raises(TooLarge):
        get("http://page.example/big", max_bytes=1000)
    for path in ("packed", "gone", "loop"):
        with pytest.raises(DocumentError):
            get(f"http://page.example/{path}")
    with pytest.raises(DocumentError, match="within"):
        get("http://page.example/drip", url_timeout_s=0.5)
    with pytest.raises(UrlRefused, match="http"):
        web.pages["/down"] = (302, {"Location": "http://page.example/"}, b"")
        get("https://page.example/down")


def test_hosts_may_be_narrowed_and_ones_own_network_opened(get: Callable[..., bytes], wire: Wire, web: Web) -> None:
    web.pages["/"] = PAGE
    with pytest.raises(UrlRefused):
        get("http://other.example/", url_hosts=["page.example"])
    assert get("http://PAGE.example./", url_hosts=["page.example:80"])
    assert get("http://inside.example/", url_private_hosts=["inside.example"])
    assert wire.reached == [PUBLIC, "10.1.2.3"]
    for host in ("looped.example", "mapped.example"):
        with pytest.raises(UrlRefused):
            get(f"http://{host}/", url_private_hosts=[host])


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "93.184.215.14"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_addresses_are_off_unless_set_and_a_page_is_refreshed(
    tmp_path: Path, web: Web, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Malmoi(load_settings(overrides={"index_dir": tmp_path / "off"})) as malmoi:
        (result,) = malmoi.add_url("http://page.example/news")
        assert (result.code, malmoi.documents()) == ("document.url", [])
    overrides = {"index_dir": tmp_path / "on", "documents.urls": True, "embedding.engine": "none"}
    real = fetch
    monkeypatch.setattr(
        "malmoi.engine.engine.fetch", lambda url, settings: real(url, settings, resolve=resolve, transport=wire)
    )
    with Malmoi(load_settings(overrides=overrides)) as malmoi:
        page = "<!doctype html><title>소식</title><article><p>가람시는 다리를 {}에 연다고 밝혔다.</p></article>"
        for day, status in (("3월 4일", "added"), ("3월 4일", "unchanged"), ("5월 6일", "replaced")):
            web.pages["/news?no=7"] = (200, {}, page.format(day).encode())
            (result,) = malmoi.add_url("http://page.example/news?no=7")
            assert result.status.value == status, result
        (info,) = malmoi.documents()
        assert info.uri == "http://page.example/news?no=7"
        assert info.name == "page.example/news?no=7.html"
        assert "5월 6일" in malmoi.document(info.id).text
        (tmp_path / "empty").mkdir()
        malmoi.sync(tmp_path / "empty")
        malmoi.add_bytes("같은 글.html", web.pages["/news?no=7"][2])
        assert [d.id for d in malmoi.documents()] == [info.id]
