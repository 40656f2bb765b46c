"""A small OpenAI-compatible embeddings server whose answers can be scripted."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answer = tuple[int, Any]


def vector_of(text: str, dimension: int = 8) -> list[float]:
    """A fixed vector for a text, different for different texts."""
    digest = hashlib.sha256(text.encode()).digest()
    return [byte / 255 + 0.01 for byte in digest[:dimension]]


def good_answer(request: dict[str, Any]) -> Answer:
    """What a correct server says; items in reverse, since only `index` gives the order."""
    items = [
        {"object": "embedding", "index": i, "embedding": vector_of(text)} for i, text in enumerate(request["input"])
    ]
    return 200, {
        "object": "list",
        "model": request["model"],
        "data": items[::-1],
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


@dataclass
class EmbeddingServer:
    """Answers `script` first, one entry a request, and correctly afterwards; keeps every request."""

    url: str = ""
    script: list[Callable[[dict[str, Any]], Answer]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@pytest.fixture
def embedding_server() -> Iterator[EmbeddingServer]:
    state = EmbeddingServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.requests.append(request)
            state.keys.append(self.headers.get("Authorization", ""))
            status, body = (state.script.pop(0) if state.script else good_answer)(request)
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except ConnectionError:
                pass  # the client gave up waiting, which is what some tests are about

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def error(status: int, message: str = "no", code: str | None = None) -> Callable[[dict[str, Any]], Answer]:
    """A scripted failure in OpenAI's form."""
    return lambda _: (status, {"error": {"message": message, "type": "server_error", "code": code}})


def late(seconds: float) -> Callable[[dict[str, Any]], Answer]:
    """A correct answer that comes too late."""

    def answer(request: dict[str, Any]) -> Answer:
        time.sleep(seconds)
        return good_answer(request)

    return answer
