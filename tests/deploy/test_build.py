"""The Dockerfile carried out without an engine, in a folder: built and run as it says, stopped as engines do."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import httpx
import pytest

from servers.scripted import Reply, ScriptedServer

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
FULL = os.environ.get("MALMOI_CHECK_BUILD") == "full"
"""Installs everything from the lock anew (the network, 1 GB); otherwise the packages of this environment are used."""


def build(root: Path) -> None:
    """The steps of the first stage, its folders below `root`; the base image and apt-get are this machine's own."""
    stage = DOCKERFILE.split("\nFROM ")[1]
    for word, rest in re.findall(r"^(COPY|RUN) (.*)$", stage, re.MULTILINE):
        if word == "COPY":
            *names, target = rest.split()
            for name in names:
                copy(ROOT / name, root / "src" / ("" if target == "./" else target))
            continue
        for step in re.split(r"\s&&\s", rest):
            if step.strip().startswith(("apt-get", "rm -rf /var")) or ("requirements.lock" in step and not FULL):
                continue
            here = step.replace("/venv", f"{root}/venv").replace("=/model", f"={root}/model")
            here = re.sub(r"\bpython -m venv\b", f"{sys.executable} -m venv", here)
            subprocess.run(["bash", "-ec", here], cwd=root / "src", check=True)
            if "-m venv" in here and not FULL:
                site = next((root / "venv" / "lib").glob("python*/site-packages"))
                (site / "packages.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", "utf-8")


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def environment(root: Path) -> dict[str, str]:
    """What the last stage sets, with its folders below `root`."""
    found = re.findall(r"(\w+)=(\S+)", re.findall(r"^ENV (.*)$", DOCKERFILE.rpartition("\nFROM ")[2], re.MULTILINE)[0])
    set_ = {k: v.replace("/venv", f"{root}/venv").replace("/data", f"{root}/data") for k, v in found}
    set_["XDG_CACHE_HOME"] = f"{root}/model"
    set_["PATH"] = set_["PATH"].replace("$PATH", os.environ["PATH"])
    return {**{k: v for k, v in os.environ.items() if not k.startswith("MALMOI_")}, **set_}


@pytest.mark.slow
def test_the_dockerfiles_steps_make_a_server_that_stops_gracefully(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "data").mkdir()
    build(tmp_path)
    env, data = environment(tmp_path), tmp_path / "data"

    def malmoi(*arguments: str, given: str = "") -> str:
        command = [str(tmp_path / "venv" / "bin" / "malmoi"), *arguments]
        done = subprocess.run(command, cwd=data, env=env, input=given, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run(
        [str(tmp_path / "venv" / "bin" / "python"), "-c", "import malmoi; print(malmoi.__file__)"],
        cwd=data, env=env, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert where.startswith(str(tmp_path / "venv")), where
    (data / "다리.txt").write_text("가온교\n\n가온교의 공사비는 120억 원이다. 길이는 480미터이다.\n", "utf-8")
    malmoi("add", "다리.txt")
    malmoi("people", "add", "haneul", "--role", "admin", "--password-stdin", given="correct horse battery staple\n")
    key = json.loads(malmoi("keys", "create", "check", "--json"))["key"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with ScriptedServer(Reply(["가온교의 공사비는 ", "120억 ", "원이다.[1]"], delay_s=1.5)) as model:
        env |= {
            "MALMOI_SERVER__HOST": "127.0.0.1",
            "MALMOI_SERVER__PORT": str(port),
            "MALMOI_SERVER__PUBLIC_URL": address,
            "MALMOI_SIGN_IN__METHOD": "local",
            **{f"MALMOI_{k.upper().replace('.', '__')}": str(v) for k, v in model.settings().items()},
        }
        with (tmp_path / "log").open("wb") as log:
            command = re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[-1]
            server = subprocess.Popen(
                [str(tmp_path / "venv" / "bin" / "malmoi"), *json.loads(command)[1:]],
                cwd=data, env=env, stdout=log, stderr=log,
            )  # fmt: skip
            try:
                wait_for(f"{address}/healthz", server)
                wait_for(f"{address}/readyz", server)
                assert httpx.get(f"{address}/api/v1/documents").status_code == 401
                asked = {"question": "가온교의 공사비는 얼마인가?", "stream": True}
                came: list[str] = []
                asking = threading.Thread(target=ask, args=(address, key, asked, came))
                asking.start()
                until = time.monotonic() + 60
                while not model.requests and time.monotonic() < until:
                    time.sleep(0.05)
                assert model.requests, (tmp_path / "log").read_text("utf-8")[-2000:]
                server.send_signal(signal.SIGTERM)
                asking.join(60)
                assert server.wait(60) in (0, -signal.SIGTERM)
            finally:
                if server.poll() is None:
                    server.kill()
                    server.wait()
    written = (tmp_path / "log").read_text("utf-8")
    assert "120억 원이다" in "".join(came), (came, written[-2000:])
    assert "supported" in "".join(came)
    assert key not in written and "correct horse" not in written
    assert "Traceback" not in written


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise AssertionError(f"{url} does not answer")


def ask(address: str, key: str, question: dict[str, object], came: list[str]) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.stream("POST", f"{address}/api/v1/ask", json=question, headers=headers, timeout=120) as reply:
        came.extend(reply.iter_text())
