"""Run by `test_network_cut.py` inside a namespace without a network; prints what happened as one line of JSON."""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")
outside: list[str] = []


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Note every attempt to look up or reach another machine."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host and not str(host).startswith(LOOPBACK):
        outside.append(f"{event} {host}")


def raise_loopback() -> None:
    """Switch `lo` on (SIOCSIFFLAGS, IFF_UP | IFF_RUNNING)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", b"lo", 0x41))


def api(address: str) -> dict[str, int]:
    """Ask, and call at what else the server opens; statuses by path."""
    question = json.dumps({"question": "달여울 조력발전소의 총사업비는 얼마인가?"}).encode()
    found = {}
    for path, body in (("/api/v1/ask", question), ("/mcp", b"{}"), ("/metrics", None), ("/widget/malmoi.js", None)):
        request = urllib.request.Request(address + path, body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request) as reply:
                found[path] = reply.status
        except urllib.error.HTTPError as error:
            found[path] = error.code
    return found


def browse(address: str, chromium: str) -> list[str]:
    """Open the page in a browser, ask there and open a document; gives every address that it asked for."""
    from playwright.sync_api import sync_playwright

    requests: list[str] = []
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(locale="ko-KR", base_url=address)
        page.set_default_timeout(120_000)
        page.context.on("request", lambda request: requests.append(request.url))
        page.goto(address)
        page.wait_for_selector("body.ready")
        page.fill("#question", "달여울 조력발전소의 총사업비는 얼마인가?")
        page.press("#question", "Enter")
        page.wait_for_selector('#mm-live .turn[data-state="done"]')
        page.locator("#mm-live a.cite").first.click()
        page.goto(str(page.locator(".panel .whole").get_attribute("href")))
        browser.close()
    return requests


def main(folder: Path) -> None:
    """Add, verify, ask, serve, browse."""
    raise_loopback()
    sys.addaudithook(watch)
    from malmoi import samples
    from malmoi.collections import Collections
    from malmoi.settings import load_settings
    from malmoi.web.app import listen, run

    settings = load_settings(overrides={"index_dir": folder / "index"})
    with Collections(settings) as collections:
        collection = collections.open()
        files = sorted(path for path in samples.folder().iterdir() if path.suffix in (".txt", ".md", ".html"))[:4]
        results = collection.add(files)
        answer = collection.ask("달여울 조력발전소의 총사업비는 얼마인가?")
        verified = collection.verify().ok
        embedded = sum(info.embedded for info in collection.documents())
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        threading.Thread(target=run, args=(collections, settings, listener), daemon=True).start()
        status = 0
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
                    status = page.status
                break
            except OSError:
                time.sleep(0.1)
        browsed = browse(f"http://127.0.0.1:{port}", sys.argv[2]) if len(sys.argv) > 2 else []
        told = {
            "interfaces": [name for _, name in socket.if_nameindex()],
            "added": [result.status.value for result in results],
            "embedded": embedded,
            "verified": verified,
            "cited": [citation.document for citation in answer.citations],
            "page": status,
            "api": api(f"http://127.0.0.1:{port}"),
            "browsed": browsed,
            "outside": outside,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
