"""The TypeScript client: strictly typed, and against a real server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from client.cutting import Cutting
from client.test_client import SLOW, slow
from servers.provider import NODE, node
from web.small import SmallMalmoi
from web.v1.conftest import Served
from web.v1.served import COST

__all__ = ["slow"]
SOURCE = NODE.parents[1] / "clients" / "typescript"


def run(*arguments: str) -> str:
    done = subprocess.run([node(), *arguments], capture_output=True, text=True, timeout=120, cwd=NODE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_compiles_strictly_and_asks(real: Served, slow: tuple[SmallMalmoi, str], tmp_path: Path) -> None:
    small, url = slow
    small.closed_early.clear()
    run(str(NODE / "node_modules" / "typescript" / "bin" / "tsc"), "-p", str(SOURCE), "--outDir", str(tmp_path))
    assert {"malmoi.js", "malmoi.d.ts"} <= {path.name for path in tmp_path.iterdir()}
    (tmp_path / "package.json").write_text('{"type": "module"}')
    with Cutting(url, [b"event: passages"]) as network:
        asked = [str(tmp_path / "malmoi.js"), real.url, real.keys["reader"], COST, url, network.url, SLOW]
        told = json.loads(run(str(NODE / "client.mjs"), *asked))
    assert "55억 원" in told["answer"]["text"] and told["opened"]["quote"] == told["answer"]["citations"][0]["quote"]
    assert told["found"] >= 1 and told["streamed"][0] == "started" and told["streamed"][-1] == "finished"
    assert told["refused"] == [True, 401, "web.credentials"]
    assert [kind for kind in told["resumed"] if kind not in ("draft", "queued")] == [
        "started", "passages", "sentence", "sentence", "finished",
    ]  # fmt: skip
    assert told["aborted"] == "AbortError" and small.closed_early.wait(3)
