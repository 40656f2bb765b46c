"""The printed code of sites, run as it is printed, and a reader at each of them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from browser.conftest import serving
from browser.widget import COST, fill
from malmoi.conversation import ConversationStore
from malmoi.settings import load_settings
from servers.host import SECRET
from servers.provider import NODE, node
from web.small import SmallMalmoi, app_of

pytestmark = pytest.mark.browser


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def printed(framework: str, bot: str, *more: str) -> str:
    command = [sys.executable, "-m", "malmoi", *more, "widget", "snippet", "--framework", framework, "--bot", bot]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "MALMOI_LANGUAGE": "ko"}
    )
    return done.stdout


@contextmanager
def running(command: list[str], folder: Path, port: int, bot: str) -> Iterator[None]:
    """A site as a process of its own."""
    environment = {**os.environ, "MALMOI_WIDGET_SECRET": SECRET, "PORT": str(port), "MALMOI_BOT": bot}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                httpx.get(f"http://127.0.0.1:{port}/", timeout=2)
                break
            except httpx.TransportError:
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "host-page"


@pytest.mark.parametrize("framework", ["fastapi", "express", "example"])
def test_a_site_as_printed_shows_the_chat_to_whom_it_names(browser: Browser, tmp_path: Path, framework: str) -> None:
    port = free_port()
    site = f"http://localhost:{port}"
    widget = {"origins": [site], "secret": SECRET}
    malmoi = SmallMalmoi(load_settings(overrides={"index_dir": tmp_path / "index", "widget": widget}))
    fill(malmoi)
    with serving(app_of(malmoi)) as bot:
        code = "" if framework == "example" else printed(framework, bot)
        assert SECRET not in code
        command = [sys.executable, "-m", "uvicorn", "portal:app", "--host", "127.0.0.1", "--port", str(port)]
        if framework == "example":
            shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
        elif framework == "fastapi":
            (tmp_path / "portal.py").write_text(code, encoding="utf-8")
        else:
            (tmp_path / "portal.mjs").write_text(code, encoding="utf-8")
            (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
            command = [node(), "portal.mjs"]
        with running(command, tmp_path, port, bot):
            foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
            assert httpx.post(f"http://127.0.0.1:{port}/my/token", headers=foreign).status_code == 401
            context = browser.new_context(locale="ko-KR")
            faults: list[str] = []
            context.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.goto(site)
            page.click("malmoi-chat .launcher")
            chat = page.frame_locator("malmoi-chat iframe")
            chat.locator("#question").fill(COST)
            chat.locator("#question").press("Enter")
            chat.locator(".turn[data-state=finished]").wait_for()
            chat.locator(".origin").first.click()
            chat.locator("mark").wait_for()
            context.close()
    assert [f for f in faults if "404" not in f] == []  # the sites have no picture of their own for the tab
    store = ConversationStore(tmp_path / "index")
    assert store.owners() == ["widget:dana"]
    store.close()


def test_the_code_for_spring_says_the_same_things() -> None:
    """It is not run here."""
    code = printed("spring", "https://bot.example", "--collection", "rules")
    for part in (
        "MacAlgorithm.HS256",
        'audience(List.of("malmoi"))',
        "plusSeconds(120)",
        "UUID.randomUUID",
        "Sec-Fetch",
    ):
        assert part in code
    assert 'collection="rules"' in code and "{{" not in code and "}}" not in code


def test_the_code_for_spring_parses_as_java(tmp_path: Path) -> None:
    javac = shutil.which("javac")
    if javac is None:
        pytest.skip("no Java compiler on this machine")
    file = tmp_path / "MalmoiSite.java"
    file.write_text(printed("spring", "https://bot.example"), encoding="utf-8")
    done = subprocess.run(
        [javac, "-Xmaxerrs", "500", "-d", tmp_path, file], capture_output=True, text=True, check=False
    )
    errors = re.findall(r"error: (.*)", done.stderr)
    unknown = re.compile(r"package \S+ does not exist|cannot find symbol|static import only")
    assert [e for e in errors if not unknown.match(e)] == []
