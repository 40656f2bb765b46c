"""Run by `test_network_cut.py` inside a namespace without a network; prints what happened as one line of JSON."""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import sys
import threading
import time
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


def main(folder: Path) -> None:
    """Add, verify, ask, serve."""
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
        told = {
            "interfaces": [name for _, name in socket.if_nameindex()],
            "added": [result.status.value for result in results],
            "embedded": embedded,
            "verified": verified,
            "cited": [citation.document for citation in answer.citations],
            "page": status,
            "outside": outside,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
