"""Fixtures over the servers, imported by the `conftest.py` of the areas that use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from servers.llama_cpp import LlamaCppServer
from servers.scripted import Reply, ScriptedServer


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start scripted servers that stop with the test: `serve(Reply(["…"]))`."""
    with ExitStack() as stack:
        yield lambda *replies: stack.enter_context(ScriptedServer(*replies))


@cache
def _shared_llama_cpp() -> LlamaCppServer:
    return LlamaCppServer()


@pytest.fixture(scope="session")
def llama_cpp() -> LlamaCppServer:
    """One real server for the whole run, whichever areas ask for it."""
    return _shared_llama_cpp()


__all__ = ["LlamaCppServer", "Reply", "ScriptedServer", "llama_cpp", "serve"]
