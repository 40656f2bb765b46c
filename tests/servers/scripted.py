"""An OpenAI-compatible chat server that says exactly what a test has written down for it.

    with ScriptedServer(Reply(["강은 ", "길다. [1]"])) as server:
        settings = load_settings(overrides=server.settings())

Each request takes the next reply; the last one is repeated. Requests are recorded. It is a real HTTP server on
127.0.0.1, so that a client meets real sockets, chunked bodies, delays and hang-ups.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

KEY = "test-key-9f3a"
MODEL = "scripted"


@dataclass(frozen=True)
class Reply:
    """One answer of the server.

    Attributes:
        deltas: pieces of text, each sent as one event.
        status: anything but 200 sends `error` as a JSON error instead.
        first_delay_s: silence before the response begins, headers included.
        delay_s: silence before each piece.
        break_after: pieces after which the connection is cut, or None to go on to the end.
        finish_reason: of the last event; None leaves it out.
        raw: sent as the body's first bytes, as they are.
        reasoning: pieces of reasoning sent before the text.
    """

    deltas: Sequence[str] = ()
    status: int = 200
    error: Mapping[str, Any] = field(default_factory=dict)
    first_delay_s: float = 0.0
    delay_s: float = 0.0
    break_after: int | None = None
    finish_reason: str | None = "stop"
    raw: bytes = b""
    reasoning: Sequence[str] = ()


@dataclass
class Recorded:
    """One request as it came; `hung_up` is set once the client was seen to have gone before the end."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    hung_up: threading.Event = field(default_factory=threading.Event)
    served: threading.Event = field(default_factory=threading.Event)

    @property
    def prompt(self) -> str:
        """All messages, one after the other."""
        return "\n".join(str(m["content"]) for m in self.body["messages"])


class ScriptedServer:
    """Serves from its first use as a context manager to its end, on a free port."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies) or [Reply(["ok"])]
        self.requests: list[Recorded] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"script": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def settings(self, **more: object) -> dict[str, object]:
        """Overrides for `load_settings` that point to this server."""
        return {"llm.base_url": self.base_url, "llm.api_key": KEY, "llm.model": MODEL, **more}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, request: Recorded) -> Reply:
        with self._lock:
            self.requests.append(request)
            return self.replies[min(len(self.requests), len(self.replies)) - 1]

    def wait(self, seconds: float, watched: Any, request: Recorded) -> None:
        """Be silent; a client that hangs up meanwhile is noticed."""
        end = time.monotonic() + seconds
        watched.settimeout(0.02)
        while time.monotonic() < end and not self._closing.is_set():
            try:
                gone = watched.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                gone = True
            if gone:
                request.hung_up.set()
                raise ConnectionAbortedError
        watched.settimeout(None)


class _Handler(BaseHTTPRequestHandler):
    script: ClassVar[ScriptedServer]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        request = Recorded(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        reply = self.script.take(request)
        self.close_connection = True
        try:
            self._answer(request, reply)
        except OSError:
            request.hung_up.set()
        request.served.set()

    def _answer(self, request: Recorded, reply: Reply) -> None:
        self.script.wait(reply.first_delay_s, self.connection, request)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            self._error(401, {"message": "Invalid API Key", "type": "authentication_error"})
        elif reply.status != 200:
            self._error(reply.status, reply.error)
        else:
            self._stream(request, reply)

    def _error(self, status: int, error: Mapping[str, Any]) -> None:
        content = json.dumps({"error": dict(error)}).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, request: Recorded, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if reply.raw:
            self._chunk(reply.raw)
        for piece in reply.reasoning:
            self.script.wait(reply.delay_s, self.connection, request)
            self._event({"reasoning_content": piece})
        for number, delta in enumerate(reply.deltas):
            if number == reply.break_after:
                self.connection.close()
                return
            self.script.wait(reply.delay_s, self.connection, request)
            self._event({"content": delta})
        if reply.break_after == len(reply.deltas):
            self.connection.close()
            return
        if reply.finish_reason:
            self._event({}, reply.finish_reason)
        self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, delta: dict[str, str], finish_reason: str | None = None) -> None:
        content = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": MODEL,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        }
        self._chunk(b"data: " + json.dumps(content).encode() + b"\n\n")

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()
