"""The whole of Malmoi in a network namespace that has nothing but its own loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("network_cut_child.py")
UNSHARE = ("unshare", "--net", "--map-root-user")


@pytest.fixture(scope="module")
def cut() -> tuple[str, ...]:
    if shutil.which("unshare") is None or subprocess.run([*UNSHARE, "true"], capture_output=True).returncode:
        pytest.skip("network namespaces cannot be made here")
    return UNSHARE


def test_adds_asks_and_serves_the_page_without_a_network(cut: tuple[str, ...], tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    done = subprocess.run(
        [*cut, sys.executable, str(CHILD), str(tmp_path), *([browser] if browser else [])],
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("MALMOI_")},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["interfaces"] == ["lo"]
    assert told["added"] and set(told["added"]) == {"added"}
    assert told["embedded"] > 0
    assert told["verified"]
    assert told["cited"], "the answer has no citation"
    assert told["page"] == 200
    assert told["api"]["/api/v1/ask"] == 200, told["api"]
    assert told["outside"] == [], "tried to reach another machine"
    left = [url for url in told["browsed"] if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    print(f"row 20: {len(told['outside']) + len(left)} attempts to leave; {len(told['browsed'])} requests of the page")  # noqa: T201
    assert left == []
    assert bool(told["browsed"]) == bool(browser)
